"""Build the plan of a query from the text that a reader typed, for one state of an archive."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import chain

from search.encoders.identity import PieceEncoder
from search.index import Index
from search.language.analysis import fold, is_stop_word, term_of, terms, written_words
from search.language.names import spellings_of
from search.lexicon.newspapers import nearest_sources, stored_sources
from search.plan import (
    AllOf,
    Alternative,
    AnyOf,
    Contains,
    Demand,
    Field,
    NoneOf,
    QueryPlan,
    leaves_of,
)
from search.query.expansion import Expansion, expand
from search.query.lead import demand_lead
from search.query.spelling import replace_word
from search.query.syntax import ParsedQuery, parse_query
from search.records import Filters, Mode, Query, Within
from search.understood import LeadOnly, ReversedDays, UnknownSource, UnreadMarks

# From this number of passages on, a word that no passage holds is rarely a real word.
_KNOWS_WORDS_FROM = 20_000
_NEIGHBOURS = 5  # newspaper names that are offered for a name that the archive lacks
_PLAIN_MARKS = str.maketrans(
    dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u0640", "-")
    | dict.fromkeys("«»“”„‹›‚‘’'", '"')
)
_TITLES_COMPARED = 20  # titles of documents that hold the words of the query in a row


def plan_query(query: Query, index: Index, piece_encoder: PieceEncoder | None) -> QueryPlan:
    """Build the plan of a query; `piece_encoder` is the encoder's, if it knows word pieces.

    In lexical mode, only the words of the query are searched for. Days that are read from words and
    would leave no document do not filter: their words rank, and they are counted only where the
    query has no other words.
    """
    plan = _plan_text(query, index, piece_encoder)
    return _within_lead(plan, index) if query.within is Within.LEAD else plan


def _plan_text(query: Query, index: Index, piece_encoder: PieceEncoder | None) -> QueryPlan:
    parsed = parse_query(query.text)
    if _narrows(parsed) and _is_title(query.text, index):
        parsed = ParsedQuery(words=query.text, plain=query.text)
    plan = _plan_parsed(query, parsed, index, piece_encoder)
    days = parsed.day_filter
    if days is None or index.count_matches(plan):
        return plan
    favoured = replace(
        parsed,
        words=f"{parsed.words} {days.words}".strip(),  # ranking and the encoder read them
        plain=parsed.plain if parsed.words else days.words,
        day_filter=None,
        date_hint=replace(days, left_nothing=True),
    )
    return _plan_parsed(query, favoured, index, piece_encoder)


def _plan_parsed(
    query: Query, parsed: ParsedQuery, index: Index, piece_encoder: PieceEncoder | None
) -> QueryPlan:
    filters, unknown = _narrowed(query.filters.in_order, parsed, index)
    by_meaning = query.mode is not Mode.LEXICAL
    phrases = [literal(phrase) for phrase in parsed.phrases]
    demands = [*(_with_other_names(demand, index) for demand in parsed.demands), *_authors(parsed)]
    scope = index.scope(filters, demands, phrases)
    missing = [phrase.words for phrase in scope.missing]
    satisfied = [phrase for phrase in phrases if phrase.text not in missing]
    unquoted = parsed.words
    if satisfied:
        unquoted = " ".join([parsed.plain, *_texts_of(parsed.demands), *missing])
    expansion = expand(unquoted, index.terms, index.gazetteer, by_meaning=by_meaning)
    matching_words = expansion.matching_words
    if not by_meaning:  # the mode changes how documents are ranked, never which of them match
        matching_words = expand(unquoted, index.terms, index.gazetteer).matching_words
    # Beside a demand, stop words demand nothing: «ماذا عن "سد الوحدة"»
    counts_plain = not (satisfied or demands) or not all(
        map(is_stop_word, written_words(parsed.plain))
    )
    plain = {
        *(terms(parsed.plain) if counts_plain else ()),
        *chain.from_iterable(map(terms, missing)),
    }
    # An unread mark is not counted, unless the query has no other term
    plain = plain - set(terms(" ".join(parsed.unread))) or plain
    quoted = tuple(tuple(map(Alternative, phrase.spellings)) for phrase in satisfied)
    corrections, text = expansion.corrections, parsed.words
    if piece_encoder is not None:
        corrections = _likely_slips(expansion, piece_encoder)
        is_all_misspelt = len(corrections) == len(expansion.words)
        if is_all_misspelt or index.identity.passages >= _KNOWS_WORDS_FROM:
            text = _respelled(text, corrections, piece_encoder)
    return QueryPlan(
        text=text,
        words=(*quoted, *expansion.words),
        scope=scope,
        matching_words=tuple(word for word in matching_words if word[0].terms[0] in plain),
        lists_all=(_narrows(parsed) or not filters.is_unrestricted) and not parsed.words,
        date_hint=parsed.date_hint,
        day_filter=replace(parsed.day_filter, is_filter=True) if parsed.day_filter else None,
        corrections=corrections,
        glosses=expansion.glosses,
        notes=(
            *_note_reversed_days(query.filters),
            *((UnreadMarks(parsed.unread),) if parsed.unread else ()),
            *unknown,
        ),
    )


def _note_reversed_days(filters: Filters) -> tuple[ReversedDays, ...]:
    ordered = filters.in_order
    if ordered == filters or ordered.since is None or ordered.until is None:
        return ()
    return (ReversedDays(ordered.since, ordered.until),)


def _within_lead(plan: QueryPlan, index: Index) -> QueryPlan:
    """Narrow a plan to documents that are about its query, unless no document is."""
    demands = demand_lead(plan)
    if not demands:
        return plan
    scope = index.scope(plan.scope.filters, (*plan.scope.demands, *demands))
    narrowed = replace(plan, scope=replace(scope, missing=plan.scope.missing))
    about, matching = index.count_matches(narrowed), index.count_matches(plan)
    note = LeadOnly(elsewhere=matching - about, left_nothing=not about)
    return replace(narrowed if about else plan, notes=(note, *plan.notes))


def literal(text: str) -> Contains:
    """Return the demand for the words of a text in a row, as they are written."""
    return Contains(text, spellings_of(tuple(terms(text))), is_quoted=True)


def _narrows(parsed: ParsedQuery) -> bool:
    names = (parsed.sources, parsed.excluded_sources, parsed.authors, parsed.excluded_authors)
    return any((parsed.demands, *names)) or any((parsed.since, parsed.until, parsed.day_filter))


def _authors(parsed: ParsedQuery) -> list[Demand]:
    """Return the demands for one of the authors and for none of the excluded authors."""

    def by(names: Iterable[str]) -> tuple[Demand, ...]:
        return tuple(replace(literal(name), field=Field.AUTHOR) for name in names)

    demands: list[Demand] = [AnyOf(by(parsed.authors))] if parsed.authors else []
    return [*demands, NoneOf(by(parsed.excluded_authors))] if parsed.excluded_authors else demands


def _texts_of(demands: Iterable[Demand]) -> list[str]:
    """Return the texts of the literals that are demanded."""
    return [leaf.text for demand in demands for leaf in leaves_of(demand)]


def _is_word(leaf: Contains) -> bool:
    return not (leaf.is_quoted or leaf.is_prefix) and len(leaf.spellings[0]) == 1


def _with_other_names(demand: Demand, index: Index) -> Demand:
    """Add to each word of a demand its names in another language or script.

    Excluded words are excluded only as they are written.
    """
    match demand:
        case Contains() if _is_word(demand):
            matching_words = expand(demand.text, index.terms, index.gazetteer).matching_words
            other_names = [alternative.terms for word in matching_words for alternative in word]
            return replace(
                demand, spellings=tuple(dict.fromkeys([*demand.spellings, *other_names]))
            )
        case AllOf(parts):
            return AllOf(tuple(_with_other_names(part, index) for part in parts))
        case AnyOf(parts):
            return AnyOf(tuple(_with_other_names(part, index) for part in parts))
    return demand


def _is_title(text: str, index: Index) -> bool:
    """Return whether a document has exactly this title, whatever dashes and quotes it uses."""
    title = tuple(terms(text))
    if len(title) < 2:
        return False
    in_row = QueryPlan(text, ((Alternative(title),),), index.scope(Filters()))
    candidates = index.rank_by_words(in_row, _TITLES_COMPARED).candidates
    documents = index.documents(candidates.doc_ids()).values()
    written = _with_plain_marks(text)
    return any(_with_plain_marks(document.title) == written for document in documents)


def _with_plain_marks(text: str) -> str:
    """Return a text without spaces, with one form of dash and one of quotation mark."""
    return "".join(fold(text).translate(_PLAIN_MARKS).split())


def _likely_slips(expansion: Expansion, piece_encoder: PieceEncoder) -> tuple[tuple[str, str], ...]:
    """Return the corrections, except of Latin words that the encoder knows as well.

    «driving» is not a slip for «diving» just because no Arabic article holds it.
    """
    return tuple(
        (typed, term)
        for typed, term in expansion.corrections
        if not typed.isascii()
        or piece_encoder.count_pieces(term) < piece_encoder.count_pieces(typed)
    )


def _respelled(
    text: str, corrections: Iterable[tuple[str, str]], piece_encoder: PieceEncoder
) -> str:
    """Return the text with misspelt words corrected, since their pieces could mean anything.

    A word is misspelt if no document holds it and the encoder splits it into more pieces than its
    correction. A small archive lacks many correct words too, so there a query is respelt only if it
    has no known word.
    """
    for typed, term in corrections:
        if piece_encoder.count_pieces(term) < piece_encoder.count_pieces(term_of(typed)):
            text = replace_word(text, typed, term)
    return text


def _narrowed(
    filters: Filters, parsed: ParsedQuery, index: Index
) -> tuple[Filters, list[UnknownSource]]:
    """Return the filters narrowed by the newspapers and days that the query itself demands.

    Return also the newspapers that the archive does not have.
    """
    sources = filters.sources
    unknown: list[UnknownSource] = []
    if sources is not None:
        sources, unknown = _sources_named(sources, index)
    if parsed.sources:
        named, unknown_too = _sources_named(parsed.sources, index)
        unknown += unknown_too
        sources = named if sources is None else tuple(name for name in sources if name in named)
    excluded = None
    if parsed.excluded_sources:
        excluded, unknown_too = _sources_named(parsed.excluded_sources, index)
        unknown += unknown_too
    spans = [(filters.since, filters.until), (parsed.since, parsed.until)]
    if parsed.day_filter is not None:
        spans.append((parsed.day_filter.since, parsed.day_filter.until))
    since = max((first for first, _ in spans if first), default=None)
    until = min((last for _, last in spans if last), default=None)
    narrowed = replace(
        filters, sources=sources, excluded_sources=excluded, since=since, until=until
    )
    return narrowed, unknown


def resolve_sources(filters: Filters, index: Index) -> Filters:
    """Return the filters with newspapers as the archive names them; an unknown name stays."""
    if filters.sources is None:
        return filters
    named = (_sources_named((name,), index)[0] or (name,) for name in filters.sources)
    return replace(filters, sources=tuple(dict.fromkeys(chain.from_iterable(named))))


def _sources_named(
    typed: Iterable[str], index: Index
) -> tuple[tuple[str, ...], list[UnknownSource]]:
    """Return the newspapers that the typed names stand for, and the names that stand for none."""
    names = index.source_names
    named: list[str] = []
    unknown: list[UnknownSource] = []
    for text in typed:
        sources = stored_sources(text, names, index.newspapers)
        if not sources:
            unknown.append(UnknownSource(text, tuple(nearest_sources(text, names, _NEIGHBOURS))))
        named += sources
    return tuple(dict.fromkeys(named)), unknown
