"""Turns what a reader typed into the plan of a query, for one state of an archive."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import chain

from search.encoders.identity import PieceReader
from search.index import Index
from search.language.analysis import fold, term_of, terms
from search.language.names import spellings_of
from search.lexicon.newspapers import canonical_source
from search.plan import Alternative, Holds, NoneOf, QueryPlan
from search.query.expansion import Expansion, expand
from search.query.syntax import ParsedQuery, parse_query
from search.records import Filters, Mode, Query

# Passages from which on a word that none of them holds is rarely a word.
_KNOWS_WORDS_FROM = 20_000
_FEWEST_LETTERS = 3  # of a part of a newspaper's name
_TITLES_COMPARED = 20  # with the words of the query in a row


def plan_query(query: Query, index: Index, reader: PieceReader | None) -> QueryPlan:
    """Make the plan of a query; `reader` is the encoder's, if it knows word pieces.

    In the mode of words alone, only what the query says is looked for.
    """
    parsed = parse_query(query.text)
    if _narrows(parsed) and _is_title(query.text, index):
        parsed = replace(parsed, words=query.text, excluded=(), sources=(), since=None, until=None)
    phrases = [literal(phrase) for phrase in parsed.phrases]
    excluded = tuple(map(literal, parsed.excluded))
    scope = index.scope(
        _narrowed(query.filters, parsed, index), (NoneOf(excluded),) if excluded else (), phrases
    )
    missing = {phrase.words for phrase in scope.missing}
    satisfied = [phrase for phrase in phrases if phrase.text not in missing]
    expansion = expand(
        _without(parsed.words, [phrase.text for phrase in satisfied]),
        index.terms,
        index.gazetteer,
        by_meaning=query.mode is not Mode.LEXICAL,
    )
    quoted = tuple(tuple(map(Alternative, phrase.spellings)) for phrase in satisfied)
    corrections, text = expansion.corrections, parsed.words
    if reader is not None:
        corrections = _likely_slips(expansion, reader)
        is_lost = len(corrections) == len(expansion.words)
        if is_lost or index.identity.passages >= _KNOWS_WORDS_FROM:
            text = _respelled(text, corrections, reader)
    return QueryPlan(
        text=text,
        words=(*quoted, *expansion.words),
        scope=scope,
        counted=expansion.counted,
        lists_all=not parsed.words and (_narrows(parsed) or not query.filters.is_open),
        date_hint=parsed.date_hint,
        corrections=corrections,
        glosses=expansion.glosses,
    )


def literal(text: str) -> Holds:
    """Demand the words of a text in a row, as they are written."""
    return Holds(text, spellings_of(tuple(terms(text))))


def _narrows(parsed: ParsedQuery) -> bool:
    return bool(parsed.excluded or parsed.sources or parsed.since or parsed.until)


def _is_title(text: str, index: Index) -> bool:
    """Return whether a document has this very title, whatever its hyphens and colons look like."""
    title = terms(text)
    if len(title) < 2:
        return False
    in_row = QueryPlan(text, ((Alternative(tuple(title)),),), index.scope(Filters()))
    candidates = index.rank_by_words(in_row, _TITLES_COMPARED).candidates
    documents = index.documents(candidates.doc_ids()).values()
    return any(terms(document.title) == title for document in documents)


def _without(text: str, phrases: Iterable[str]) -> str:
    """Return the words of a query that were not quoted: each phrase stands in it as it is."""
    for phrase in phrases:
        text = text.replace(phrase, " ", 1)
    return text


def _likely_slips(expansion: Expansion, reader: PieceReader) -> tuple[tuple[str, str], ...]:
    """Return the corrections but those of Latin words that the encoder knows as well.

    «driving» is no slip for «diving» because no Arabic article says it.
    """
    return tuple(
        (typed, term)
        for typed, term in expansion.corrections
        if not typed.isascii() or reader.count_pieces(term) < reader.count_pieces(typed)
    )


def _respelled(text: str, corrections: Iterable[tuple[str, str]], reader: PieceReader) -> str:
    """Return the text with misspelt words corrected: their pieces would mean anything.

    A word is misspelt that no document holds and the encoder knows in more pieces than its
    correction. A small archive lacks many a sound word too, so there only a query without any known
    word is respelt.
    """
    for typed, term in corrections:
        if reader.count_pieces(term) < reader.count_pieces(term_of(typed)):
            text = text.replace(typed, term, 1)
    return text


def _narrowed(filters: Filters, parsed: ParsedQuery, index: Index) -> Filters:
    """Return the filters with what the query itself demands of newspapers and days."""
    sources = resolve_sources(filters, index).sources
    if parsed.sources:
        named = _sources_named(parsed.sources, index)
        sources = named if sources is None else tuple(name for name in sources if name in named)
    since = max((day for day in (filters.since, parsed.since) if day), default=None)
    until = min((day for day in (filters.until, parsed.until) if day), default=None)
    if since and until and since > until:
        return replace(filters, sources=())  # no day is in both
    return replace(filters, sources=sources, since=since, until=until)


def resolve_sources(filters: Filters, index: Index) -> Filters:
    """Return the filters with newspapers as the archive names them; an unknown name stays."""
    if filters.sources is None:
        return filters
    named = (_sources_named((name,), index) or (name,) for name in filters.sources)
    return replace(filters, sources=tuple(dict.fromkeys(chain.from_iterable(named))))


def _stored_name(name: str, index: Index) -> str:
    """Return the name under which a newspaper is kept, also by one of its aliases."""
    return name if name in index.source_names else canonical_source(name, index.newspapers)


def _sources_named(typed: Iterable[str], index: Index) -> tuple[str, ...]:
    """Return the newspapers of these names; of a name that none has, those that hold it.

    By its words, or else by its letters.
    """
    names = index.source_names
    named: list[str] = []
    for text in typed:
        if text in names:
            named.append(text)
            continue
        wanted = fold(_stored_name(text, index))
        same = [name for name in names if fold(name) == wanted]
        words = set(terms(text))
        holding = [name for name in names if words and words <= set(terms(name))]
        if not (same or holding) and len(wanted) >= _FEWEST_LETTERS:
            holding = [name for name in names if wanted in fold(name)]
        named += same or holding
    return tuple(dict.fromkeys(named))
