"""Builds what the results page shows from the answer of the engine. No ranking."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from markupsafe import Markup

from search.language.analysis import words
from search.records import (
    DateHint,
    Document,
    Evidence,
    Filters,
    Hit,
    Kind,
    MissingPhrase,
    Mode,
    Query,
    SearchPage,
)
from web.app_state import HighlightTerms
from web.localization import translate
from web.pages.document_metadata import DocumentMetadata, describe_document, write_heading
from web.pages.highlighting import mark_spans, mark_terms
from web.pages.navigation import (
    FacetList,
    Link,
    Pagination,
    build_chips,
    build_facet_lists,
    build_pagination,
    build_results_url,
    build_sort_links,
    build_unfiltered_url,
)
from web.pages.timeline import Timeline, build_timeline
from web.pages.wording import (
    PAPERS,
    RESULTS,
    TIMES,
    format_count,
    format_duration,
)
from web.parameters import write_query


@dataclass(frozen=True, slots=True)
class Reason:
    """Why one ranking has a hit."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class HitView:
    """One hit with marked words, its copies, and why it is there."""

    metadata: DocumentMetadata
    title: Markup
    snippet: Markup | None  # None for a headline, whose title is its text
    copies_note: str  # empty where the text was published once
    copies: tuple[DocumentMetadata, ...]
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class ResultsPage:
    """One page of hits and the links around it."""

    hits: tuple[HitView, ...]
    total: str
    duration: str
    is_past_last_page: bool  # there are hits, but none on this page
    has_related: bool  # some word is marked as related in meaning
    suggestions: tuple[Link, ...]  # other queries that the reader may have meant
    date_hints: tuple[Link, ...]  # dates read from the words; each link searches without them
    missing_phrases: tuple[str, ...]  # notes on phrases that no document has
    doubt_note: str | None  # set where the hits may all be about something else
    first_page_url: str
    sorts: tuple[Link, ...]
    chips: tuple[Link, ...]
    unfiltered_url: str
    semantic_url: str | None  # the nearest by meaning, offered where nothing was shown
    timeline: Timeline | None
    facets: tuple[FacetList, ...]
    pagination: Pagination | None
    query_string: str  # of this search, for its feed and its downloads


def build_results_page(
    page: SearchPage, copies_by_id: Mapping[str, Document], readings: Sequence[str]
) -> ResultsPage:
    """Build the page of one answer.

    `copies_by_id` holds the copies of its hits; `readings` are suggested as queries.
    """
    query = page.query
    suggested_texts = dict.fromkeys([*([page.suggestion] if page.suggestion else []), *readings])
    first_page = Query(query.text, query.mode, query.filters, query.sort, query.k)
    suffix = f"?{write_query(query)}"
    query_words = [
        (query.text[word.start : word.end], frozenset({word.term, word.stem}))
        for word in words(query.text)
    ]
    hints, phrases = _split_understood(page)
    return ResultsPage(
        hits=tuple(_build_hit(hit, suffix, query_words, copies_by_id) for hit in page.hits),
        total=format_count(page.total, RESULTS),
        duration=format_duration(page.took_ms),
        is_past_last_page=page.listed > 0 and not page.hits,
        has_related=any(hit.related for hit in page.hits),
        suggestions=tuple(
            Link(text, build_results_url(Query(text, filters=query.filters)))
            for text in suggested_texts
        ),
        date_hints=tuple(_link_date_hint(hint, query) for hint in hints),
        missing_phrases=tuple(map(_note_missing_phrase, phrases)),
        doubt_note=translate("قد لا يكون في الأرشيف شيء عمّا تبحث عنه؛ هذا أقرب ما فيه.")
        if page.is_doubtful
        else None,
        first_page_url=build_results_url(first_page),
        sorts=build_sort_links(query),
        chips=build_chips(query),
        unfiltered_url=build_unfiltered_url(query),
        semantic_url=_build_semantic_url(page) if query_words else None,
        timeline=build_timeline(page),
        facets=build_facet_lists(page),
        pagination=build_pagination(page),
        query_string=write_query(first_page),
    )


def _split_understood(page: SearchPage) -> tuple[list[DateHint], list[MissingPhrase]]:
    hints = [entry for entry in page.understood if isinstance(entry, DateHint)]
    phrases = [entry for entry in page.understood if isinstance(entry, MissingPhrase)]
    return hints, phrases


def _build_semantic_url(page: SearchPage) -> str | None:
    """Build the address of the nearest by meaning, where both rankings together show nothing."""
    query = page.query
    if page.total or query.mode is not Mode.HYBRID or query.filters != Filters():
        return None
    return build_results_url(replace(query, mode=Mode.SEMANTIC, page=1))


def _link_date_hint(hint: DateHint, query: Query) -> Link:
    text = translate("قُدِّم قليلا ما يوافق تاريخه «%(words)s».", words=hint.words)
    return Link(text, build_results_url(replace(query, text=hint.without, page=1)))


def _note_missing_phrase(phrase: MissingPhrase) -> str:
    return translate("لا توجد العبارة «%(words)s» بنصها؛ هذه نتائج كلماتها.", words=phrase.words)


def _build_hit(
    hit: Hit,
    suffix: str,
    query_words: Sequence[tuple[str, AbstractSet[str]]],
    copies_by_id: Mapping[str, Document],
) -> HitView:
    document = hit.document
    lexical = hit.evidence.get(Mode.LEXICAL)
    snippet = mark_spans(hit.snippet, hit.highlights, hit.related)
    is_article = document.kind is Kind.ARTICLE
    title_terms = HighlightTerms(lexical.terms if lexical else (), ())
    title = mark_terms(write_heading(document), title_terms) if is_article else snippet
    copies = [copies_by_id[doc_id] for doc_id in hit.copies if doc_id in copies_by_id]
    return HitView(
        metadata=describe_document(document, suffix),
        title=title,
        snippet=snippet if is_article else None,
        copies_note=note_copies(document, copies),
        copies=tuple(describe_document(copy, suffix) for copy in copies),
        reasons=tuple(
            _explain_rank(mode, evidence, query_words)
            for mode, evidence in sorted(hit.evidence.items())
        ),
    )


def note_copies(document: Document, copies: Sequence[Document]) -> str:
    """Write where else a text was published, or how often again in its own paper.

    «نُشر أيضا في 3 صحف», «نُشر مرة أخرى».
    """
    if not copies:
        return ""
    papers = {copy.source for copy in copies if copy.source} - {document.source}
    if papers:
        return translate("نُشر أيضا في %(papers)s", papers=format_count(len(papers), PAPERS))
    return translate("نُشر %(times)s", times=format_count(len(copies), TIMES))


def _explain_rank(
    mode: Mode, evidence: Evidence, query_words: Sequence[tuple[str, AbstractSet[str]]]
) -> Reason:
    rank = translate("الرتبة %(rank)s", rank=evidence.rank) if evidence.rank else None
    if mode is Mode.SEMANTIC:
        percent = round(evidence.score * 100)
        similarity = translate("تشابه %(percent)s٪", percent=percent)
        name, parts = translate("المعنى"), [rank, similarity]
    else:
        terms = set(evidence.terms)
        matched_words = [word for word, levels in query_words if not terms.isdisjoint(levels)]
        name = translate("الكلمات")
        parts = [rank, *(f"«{word}»" for word in dict.fromkeys(matched_words))]
    return Reason(name, translate("، ").join(part for part in parts if part))
