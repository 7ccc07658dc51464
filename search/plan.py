"""The plan of a query: its demands, its text for the encoder, and the alternatives of each word.

`search.query.planning` builds the plan once; every later step reads it, and no step changes it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import chain

from search.records import Filters
from search.understood import (
    DateHint,
    LeadOnly,
    MissingPhrase,
    ReversedDays,
    UnknownSource,
    UnreadMarks,
)

Phrase = tuple[str, ...]  # terms in a row


@dataclass(frozen=True, slots=True)
class Alternative:
    """A term, a sequence of terms, or a stem, by which one word of a query is found.

    `weight` is 1 for the word itself and less for its possible meanings. A related alternative is a
    translation or a synonym; a snippet does not mark it as the word. The own stem of a word is its
    second alternative, and its score is added to that of the term. An alternative that `only_ranks`
    is a stem, a synonym or a guess: a document that holds it does not match by it.
    """

    terms: Phrase
    weight: float = 1.0
    is_related: bool = False
    is_own_stem: bool = False
    only_ranks: bool = False


class Field(StrEnum):
    """The part of a document that a demand applies to."""

    ANYWHERE = "anywhere"  # title and text
    TITLE = "title"
    LEAD = "lead"  # the title and the first words of the text
    AUTHOR = "author"


@dataclass(frozen=True, slots=True)
class Contains:
    """A demand that a document holds the terms of one of the `spellings` in a row.

    `text` is as typed. Above 0, `distance` is the number of other words that may stand between the
    terms, which may then come in any order. Where `is_prefix`, each spelling is a single term, and
    longer terms that begin with it satisfy the demand too. Where `is_quoted`, the words match only
    as typed; without it, a word may also match by its name in another language.
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
    """A demand that at least `least` of the parts hold; `least` is 1 or more."""

    least: int
    parts: "tuple[Demand, ...]"


@dataclass(frozen=True, slots=True)
class NoneOf:
    """A demand that none of the parts holds."""

    parts: "tuple[Demand, ...]"


# The demand of a query operator on a whole document: on its title and full text.
Demand = Contains | AllOf | AnyOf | AtLeast | NoneOf


def has_own_stem(word: Sequence[Alternative]) -> bool:
    """Return whether the second alternative of a word is the stem of its first, the term."""
    return len(word) > 1 and word[1].is_own_stem


def in_field(demand: Demand, field: Field) -> Demand:
    """Return the demand with its literals for `Field.ANYWHERE` restricted to one field."""
    match demand:
        case Contains(field=Field.ANYWHERE):
            return replace(demand, field=field)
        case Contains():
            return demand
        case AtLeast(least, parts):
            return AtLeast(least, tuple(in_field(part, field) for part in parts))
        case AllOf(parts) | AnyOf(parts) | NoneOf(parts):
            return type(demand)(tuple(in_field(part, field) for part in parts))


def leaves_of(demand: Demand) -> tuple[Contains, ...]:
    """Return literals such that every document that satisfies the demand holds at least one.

    The tuple is empty where a document may satisfy the demand without any literal.
    """
    match demand:
        case Contains():
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
    """The documents that a query may return, as one index evaluated its filters and demands.

    An index returns a subclass with the data that it needs to apply the scope. The documents pass
    `filters` and satisfy each of `demands`, which include quoted phrases. None of these documents
    holds a phrase of `missing`, so the words of these phrases are searched as plain words.
    """

    filters: Filters = field(default_factory=Filters)
    demands: tuple[Demand, ...] = ()
    missing: tuple[MissingPhrase, ...] = ()


@dataclass(frozen=True, slots=True)
class QueryPlan:
    """A query in the form that indexes and encoders read.

    `words` holds the alternatives of each content word; a document scores by the best alternative.
    `matching_words` holds the words that decide a match, with the alternatives that count for it: a
    document matches if it holds at least `least` of these words. `text` is the typed query without
    operators; misspelt words that mean nothing to the encoder are corrected in it. `glosses` are
    the words that the Arabic press uses for words of Moroccan Arabic, and for names and set phrases
    in Latin letters. `corrections` holds, for each typed word that no document holds, the likeliest
    term. `day_filter` was parsed from the words, and the scope applies it. `notes` are the parts
    that were not understood or read otherwise, and further restrictions. Where `lists_all`, the
    query has no word and returns everything in its scope.
    """

    text: str
    words: tuple[tuple[Alternative, ...], ...]
    scope: Scope
    matching_words: tuple[tuple[Alternative, ...], ...] = ()
    lists_all: bool = False
    date_hint: DateHint | None = None
    day_filter: DateHint | None = None
    corrections: tuple[tuple[str, str], ...] = ()
    glosses: tuple[str, ...] = ()
    notes: tuple[LeadOnly | ReversedDays | UnreadMarks | UnknownSource, ...] = ()

    @property
    def text_to_encode(self) -> str:
        """Return the text to encode: the query and its glosses.

        Encoders were trained on little Moroccan Arabic, on few of its spellings in Latin letters,
        and on hardly any initials of institutions. The query stays, since the glosses are guesses.
        """
        return " ".join((self.text, *self.glosses))

    @property
    def demands_more_than_words(self) -> bool:
        return bool(self.lists_all or self.scope.demands)

    @property
    def least(self) -> int:
        """Return the number of `matching_words` that a matching document must hold.

        It is three quarters of them, rounded up: all of up to three, all but one of up to seven.
        """
        return -(-3 * len(self.matching_words) // 4)

    @property
    def matches_nothing(self) -> bool:
        """Return whether the query demands nothing that a document could hold."""
        return not (self.matching_words or self.scope.demands or self.lists_all)

    @property
    def terms(self) -> list[str]:
        """Return every term that counts as a word of the query, in the query's order.

        Terms that must stand in a row are joined by spaces into one string.
        """
        return self._terms(are_related=False)

    @property
    def related_terms(self) -> list[str]:
        """Return the terms that only share a meaning with a word of the query, in its order."""
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
