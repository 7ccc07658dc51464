"""The plan of a query: what must match, what is meant, and what each word may be found by.

Made once by `search.query.planning`; every later step reads it and none changes it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import chain

from search.records import DateHint, Filters, LeadOnly, MissingPhrase, UnknownSource, UnreadMarks

Phrase = tuple[str, ...]  # terms in a row


@dataclass(frozen=True, slots=True)
class Alternative:
    """A term, several in a row, or a stem, that one word of a query is found by.

    `weight` is 1 for the word itself and less for what the word may mean. A related alternative, a
    translation or a synonym, is not marked as the word where it is found. The own stem of a word is
    its second alternative: its score adds to that of the term. Where `only_ranks`, a document that
    holds the alternative does not match by it: a stem, a synonym, a guess.
    """

    terms: Phrase
    weight: float = 1.0
    is_related: bool = False
    is_own_stem: bool = False
    only_ranks: bool = False


class Field(StrEnum):
    """The part of a document that a demand looks into."""

    ANYWHERE = "anywhere"  # title and text
    TITLE = "title"
    LEAD = "lead"  # the title and the first words of the text
    AUTHOR = "author"


@dataclass(frozen=True, slots=True)
class Holds:
    """Demands that a document holds the terms of one of the `spellings` in a row.

    `text` is as typed. With a `distance`, so many other words may stand between the terms, in any
    order. Where `is_prefix`, each spelling is one term, and longer terms that begin with
    it do as well. What `is_quoted` stands for nothing but itself; another word may be there by
    what it is called in another language.
    """

    text: str
    spellings: tuple[Phrase, ...]
    field: Field = Field.ANYWHERE
    distance: int = 0
    is_prefix: bool = False
    is_quoted: bool = False


@dataclass(frozen=True, slots=True)
class AllOf:
    parts: "tuple[Demand, ...]"


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: "tuple[Demand, ...]"


@dataclass(frozen=True, slots=True)
class AtLeast:
    """Demands so many of the parts, one or more."""

    least: int
    parts: "tuple[Demand, ...]"


@dataclass(frozen=True, slots=True)
class NoneOf:
    """Demands that none of the parts holds."""

    parts: "tuple[Demand, ...]"


# What an operator of the query language demands of a whole document: its title and full text.
Demand = Holds | AllOf | AnyOf | AtLeast | NoneOf


def has_own_stem(word: Sequence[Alternative]) -> bool:
    """Return whether a word is looked for by its term and, second, by the stem of this term."""
    return len(word) > 1 and word[1].is_own_stem


def in_field(demand: Demand, field: Field) -> Demand:
    """Return a demand with whatever it looks for anywhere looked for in one field."""
    match demand:
        case Holds(field=Field.ANYWHERE):
            return replace(demand, field=field)
        case Holds():
            return demand
        case AtLeast(least, parts):
            return AtLeast(least, tuple(in_field(part, field) for part in parts))
        case AllOf(parts) | AnyOf(parts) | NoneOf(parts):
            return type(demand)(tuple(in_field(part, field) for part in parts))


def leaves_of(demand: Demand) -> tuple[Holds, ...]:
    """Return literals of which a document that satisfies the demand holds at least one.

    Nothing where a document may satisfy the demand without any.
    """
    match demand:
        case Holds():
            return (demand,) if demand.field is not Field.AUTHOR else ()
        case AllOf(parts):
            return tuple(chain.from_iterable(map(leaves_of, parts)))
        case AnyOf(parts) | AtLeast(_, parts):
            leaves = list(map(leaves_of, parts))
            return tuple(chain.from_iterable(leaves)) if all(leaves) else ()
        case NoneOf():
            return ()


@dataclass(frozen=True, slots=True)
class Scope:
    """The documents that a query may return, as one index evaluated what was demanded.

    An index returns a subclass with what it needs to apply it. Documents pass `filters` and satisfy
    each of `demands`, quoted phrases among them. `missing` phrases stand in no document that does,
    so they are plain words.
    """

    filters: Filters = field(default_factory=Filters)
    demands: tuple[Demand, ...] = ()
    missing: tuple[MissingPhrase, ...] = ()


@dataclass(frozen=True, slots=True)
class QueryPlan:
    """A query as it is put to an index and to an encoder.

    `words` holds, for each content word, the alternatives it is found by; the best one counts. The
    `counted` ones of them tell whether a document matches: it holds at least `least` of these.
    `text` is what was typed to be searched, without operators and with misspelt words corrected
    where they mean nothing to the encoder. `glosses` are what the Arabic press writes for words of
    Moroccan Arabic, and for names and set phrases in Latin letters. `corrections` gives the
    likeliest term for each typed word that no document holds. `day_filter` was read from words and
    is applied by the scope; `notes` tell what was not
    understood, and what else narrows it. Where `lists_all`, the query has
    no word and returns everything in its scope.
    """

    text: str
    words: tuple[tuple[Alternative, ...], ...]
    scope: Scope
    counted: tuple[tuple[Alternative, ...], ...] = ()
    lists_all: bool = False
    date_hint: DateHint | None = None
    day_filter: DateHint | None = None
    corrections: tuple[tuple[str, str], ...] = ()
    glosses: tuple[str, ...] = ()
    notes: tuple[LeadOnly | UnreadMarks | UnknownSource, ...] = ()

    @property
    def meant(self) -> str:
        """The text for an encoder to read: the query and its glosses.

        Encoders have met little Moroccan Arabic, few of its spellings in Latin letters, and hardly
        any institution by its initials. The query stays, since the glosses are guesses.
        """
        return " ".join((self.text, *self.glosses))

    @property
    def demands_more_than_words(self) -> bool:
        return bool(self.lists_all or self.scope.demands)

    @property
    def least(self) -> int:
        """The number of counted words that a matching document holds.

        All of up to three, all but one of up to five, three quarters of more.
        """
        count = len(self.counted)
        if count <= 3:
            return count
        return count - 1 if count <= 5 else -(-3 * count // 4)

    @property
    def matches_nothing(self) -> bool:
        """Nothing was asked for that a document could hold."""
        return not (self.counted or self.scope.demands or self.lists_all)

    @property
    def terms(self) -> list[str]:
        """Every term that counts as a word of the query, in the query's order.

        Terms that are demanded in a row stand together, with spaces between them.
        """
        return self._terms(are_related=False)

    @property
    def related_terms(self) -> list[str]:
        """Every term that only means what a word of the query does, in the query's order."""
        return self._terms(are_related=True)

    def _terms(self, *, are_related: bool) -> list[str]:
        alternatives: Iterable[Alternative] = chain.from_iterable(self.words)
        return list(
            dict.fromkeys(
                " ".join(alternative.terms)
                for alternative in alternatives
                if alternative.is_related is are_related
            )
        )
