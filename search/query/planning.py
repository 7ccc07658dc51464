"""Turns what a reader typed into what the two searches are asked, for one state of an archive."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import numpy.typing as npt

from search.index.local.columns import Catalogue, Ids, Mask
from search.index.local.lexical.searcher import LexicalSearcher
from search.index.local.scope import EVERYTHING, Narrowing, narrow_by
from search.language.analysis import fold, term_of, terms
from search.lexicon.gazetteer import Gazetteer
from search.query.expansion import expand
from search.query.spelling import choose_written
from search.query.syntax import ParsedQuery, parse_query
from search.records import DateWish, Document, Filters, MissingPhrase
from search.vocabulary import Alternative, LexicalQuery

_KNOWS_WORDS_FROM = 20_000  # passages; a word that none of them holds is rarely a word
_TEXTS_READ = 10  # to learn how a corrected word is written
# Passages with a phrase that are listed, so that it may stand anywhere in a document. One that more
# hold is looked for in what is found alone: to list them takes longer than the search.
MOST_LISTED = 20_000


@dataclass(frozen=True, slots=True)
class Interpretation:
    """What is searched: `meant` by meaning, `lexical` by words, both within `filters`.

    `text` is what was typed to be searched, `glosses` what the Arabic press would write for its
    words of Moroccan Arabic, and for names and set phrases in Latin letters. `corrections` gives
    the likeliest term for each word, as typed, that no document holds; `missing` the phrases that
    none of the documents asked for holds: they demand nothing. `passes` tells of each document of
    the catalogue whether it may be found: filters, phrases and what is excluded allow it; None
    where all may. `narrowing` is what the filters alone leave.
    """

    text: str
    lexical: LexicalQuery
    filters: Filters
    wish: DateWish | None
    corrections: tuple[tuple[str, str], ...]
    glosses: tuple[str, ...] = ()
    missing: tuple[MissingPhrase, ...] = ()
    passes: Mask | None = field(default=None, compare=False)
    narrowing: Narrowing = field(default=EVERYTHING, compare=False)

    @property
    def meant(self) -> str:
        """The text and its glosses, for an encoder to read.

        Encoders have met little Moroccan Arabic, few of the ways to spell it in Latin letters, and
        hardly an institution by its initials. Both, since the glosses are guesses.
        """
        return " ".join((self.text, *self.glosses))


def interpret(
    text: str,
    filters: Filters,
    catalogue: Catalogue,
    lexical: LexicalSearcher,
    *,
    gazetteer: Gazetteer | None = None,
    by_meaning: bool = True,
) -> Interpretation:
    """Read a query as one to this archive; unless `by_meaning`, only what it says is looked for.

    Names are those of `gazetteer`, by default the shipped one.
    """
    parsed = parse_query(text)
    expansion = expand(
        parsed.words, lexical, gazetteer or Gazetteer.shipped(), by_meaning=by_meaning
    )
    narrowed = _narrow(filters, parsed, catalogue.source_names)
    asks = bool(parsed.excluded or parsed.sources or parsed.since or parsed.until)
    asked = Interpretation(
        text=parsed.words,
        lexical=LexicalQuery(
            words=expansion.words,
            excluded=tuple(tuple(terms(words)) for words in parsed.excluded),
            lists_all=asks and not parsed.words,
        ),
        filters=narrowed,
        wish=parsed.wish,
        corrections=expansion.corrections,
        glosses=expansion.glosses,
    )
    phrases = [(phrase, tuple(terms(phrase))) for phrase in parsed.phrases]
    return _restrict(asked, phrases, catalogue, lexical)


def _restrict(
    asked: Interpretation,
    phrases: Sequence[tuple[str, tuple[str, ...]]],
    catalogue: Catalogue,
    lexical: LexicalSearcher,
) -> Interpretation:
    """Find out which documents may be found.

    Those phrases are demanded that leave one; the others are plain words.
    """
    narrowing = narrow_by(asked.filters, catalogue)
    asked = replace(asked, passes=narrowing.passes, narrowing=narrowing)
    if not phrases and not asked.lexical.excluded:
        return asked
    passes = np.ones(len(catalogue.rows), bool) if asked.passes is None else asked.passes.copy()
    for excluded in asked.lexical.excluded:
        passes &= ~_documents_of(lexical.holding(excluded, asked.filters), catalogue)
    demanded: list[tuple[str, ...]] = []
    frequent: list[tuple[str, ...]] = []
    missing: list[MissingPhrase] = []
    is_any = bool(passes.any())
    for written, phrase in phrases if is_any else ():
        held = lexical.holding(phrase, asked.filters, MOST_LISTED + 1)
        if len(held) > MOST_LISTED:
            frequent.append(phrase)
        elif (both := passes & _documents_of(held, catalogue)).any():
            passes = both
            demanded.append(phrase)
        else:
            missing.append(MissingPhrase(written))
    query = replace(asked.lexical, phrases=tuple(demanded), frequent=tuple(frequent))
    return replace(asked, lexical=query, passes=passes, missing=tuple(missing))


def _documents_of(passage_ids: Ids, catalogue: Catalogue) -> Mask:
    """Tell of each document whether it has any of these passages."""
    held = np.zeros(len(catalogue.rows), dtype=bool)
    places = catalogue.places_of(passage_ids)
    held[places[places >= 0]] = True
    return held


def respell(
    asked: Interpretation, catalogue: Catalogue, count_pieces: Callable[[str], int]
) -> Interpretation:
    """Let the encoder read a misspelt word as what was meant: its pieces would mean anything.

    Misspelt is what no document holds and the encoder knows in more pieces than the correction. A
    small archive lacks many a sound word too, so there only a query without any known word is
    respelt.
    """
    # «driving» is no slip for «diving» because no Arabic article says it.
    asked = replace(
        asked,
        corrections=tuple(
            (typed, term)
            for typed, term in asked.corrections
            if not typed.isascii() or count_pieces(term) < count_pieces(typed)
        ),
    )
    is_lost = len(asked.corrections) == len(asked.lexical.words)
    if len(catalogue.passage_ids) < _KNOWS_WORDS_FROM and not is_lost:
        return asked
    text = asked.text
    for typed, term in asked.corrections:
        if count_pieces(term) < count_pieces(term_of(typed)):
            text = text.replace(typed, term, 1)
    return replace(asked, text=text)


def suggest(
    text: str,
    asked: Interpretation,
    catalogue: Catalogue,
    lexical: LexicalSearcher,
    read: Callable[[Iterable[int]], Mapping[int, Document]],
) -> str | None:
    """Write the query with the words that no document holds corrected, if any can be.

    `read` gives the documents of some rows: they show how the words meant are written.
    """
    corrected = text
    for typed, term in asked.corrections:
        query = LexicalQuery(((Alternative((term,)),),))
        places = catalogue.places_of(lexical.search(query, Filters(), _TEXTS_READ).ids)
        documents = read(int(catalogue.rows[place]) for place in places if place >= 0).values()
        texts = [f"{document.title}\n{document.body}" for document in documents]
        if written := choose_written(term, typed, texts):
            corrected = corrected.replace(typed, written, 1)
    return None if corrected == text else corrected


def is_wished(wish: DateWish, days: npt.NDArray[np.int32]) -> npt.NDArray[np.bool_]:
    """Tell which of the catalogue's days lie within the wish."""
    since, until = wish.since or date.min, wish.until or date.max
    found: npt.NDArray[np.bool_] = (days >= since.toordinal()) & (days <= until.toordinal())
    return found  # none without a day: NO_DAY is before all


def _narrow(filters: Filters, parsed: ParsedQuery, names: Collection[str | None]) -> Filters:
    """Add what the query asks to what was asked beside it."""
    sources = filters.sources
    if parsed.sources:
        meant = _sources_meant(parsed.sources, names)
        sources = meant if sources is None else tuple(name for name in sources if name in meant)
    since = max((day for day in (filters.since, parsed.since) if day), default=None)
    until = min((day for day in (filters.until, parsed.until) if day), default=None)
    if since and until and since > until:
        return replace(filters, sources=())  # no day is in both
    return replace(filters, sources=sources, since=since, until=until)


def _sources_meant(typed: Iterable[str], names: Collection[str | None]) -> tuple[str, ...]:
    """Give the newspapers of these names; of a name that none has, those with its words."""
    known = [name for name in names if name is not None]
    meant: list[str] = []
    for wanted in typed:
        same = [name for name in known if fold(name) == fold(wanted)]
        asked = set(terms(wanted))
        meant += same or [name for name in known if asked and asked <= set(terms(name))]
    return tuple(dict.fromkeys(meant))
