"""Makes of a search's answer what the results page shows. No HTML but <mark>, no ranking."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from flask import url_for
from markupsafe import Markup, escape

from search.language.analysis import language_of, words
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
from search.results.snippets import mark_words
from web.addresses import write_query
from web.pages.navigation import (
    FacetList,
    Link,
    Pages,
    address,
    chips,
    facet_lists,
    page_links,
    sort_links,
    unnarrowed,
)
from web.pages.timeline import Timeline, timeline
from web.pages.wording import (
    KIND_NAMES,
    PAPERS,
    RESULTS,
    TIMES,
    count_of,
    day_name,
    duration,
    language_name,
    more_than,
    say,
)

_LONGEST_HEADING = 90  # characters of the body that stand for a title that is missing


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a document besides its text."""

    url: str
    title: str
    is_headline: bool
    kind: str
    source: str | None
    date: str | None
    iso_date: str | None
    language: str | None  # None where it is not known
    language_name: str | None  # None for Arabic, which goes without saying
    direction: str
    original: Link | None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why one ranking found a hit."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class ShownHit:
    facts: Facts
    title: Markup
    snippet: Markup | None  # a headline is its title
    published_too: str  # empty where the text stands in one place only
    copies: tuple[Facts, ...]
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Results:
    """One page of hits and the links around it."""

    hits: tuple[ShownHit, ...]
    total: str
    took: str
    is_beyond: bool  # there are hits, but none on this page
    has_related: bool  # some word shown is marked as near in meaning
    meant: tuple[Link, ...]
    wishes: tuple[Link, ...]  # what was understood of the words; the link asks without it
    missing: tuple[str, ...]  # what is said of phrases that stand nowhere
    doubt: str | None  # what is said of hits that may all be on something else
    first_page: str
    sorts: tuple[Link, ...]
    chips: tuple[Link, ...]
    unnarrowed: str
    nearest: str | None  # by meaning, good or not: for one who was told that nothing is there
    timeline: Timeline | None
    facets: tuple[FacetList, ...]
    pages: Pages | None
    parameters: str  # of this search, for its feed and its downloads


def mark(
    text: str, matching: Iterable[tuple[int, int]], related: Iterable[tuple[int, int]] = ()
) -> Markup:
    """Escape `text`, and put <mark> around its spans: character offsets that do not overlap."""
    opened = [(*span, "<mark>") for span in matching]
    opened += [(*span, '<mark class="related">') for span in related]
    parts: list[str] = []
    end_of_last = 0
    for start, end, opening in sorted(opened):
        parts += [escape(text[end_of_last:start]), opening, escape(text[start:end]), "</mark>"]
        end_of_last = end
    # Joined as plain strings: each is escaped already.
    return Markup("".join([*parts, escape(text[end_of_last:])]))


def results(
    page: SearchPage, copies_by_id: Mapping[str, Document], meant: Sequence[str]
) -> Results:
    """Show one page; `copies_by_id` knows the copies of its hits, `meant` is offered instead."""
    query = page.query
    offered = dict.fromkeys([*([page.suggestion] if page.suggestion else []), *meant])
    first_page = Query(query.text, query.mode, query.filters, query.sort, query.k)
    behind = f"?{write_query(query)}"
    typed = [(query.text[one.start : one.end], {one.term, one.stem}) for one in words(query.text)]
    return Results(
        hits=tuple(_shown_hit(hit, behind, typed, copies_by_id) for hit in page.hits),
        total=(count_of if page.total_is_exact else more_than)(page.total, RESULTS),
        took=duration(page.took_ms),
        is_beyond=page.total > 0 and not page.hits,
        has_related=any(hit.related for hit in page.hits),
        meant=tuple(Link(text, address(Query(text, filters=query.filters))) for text in offered),
        wishes=tuple(_wish(one, query) for one in page.understood if isinstance(one, DateHint)),
        missing=tuple(_missing(one) for one in page.understood if isinstance(one, MissingPhrase)),
        doubt=say("قد لا يكون في الأرشيف شيء عمّا تبحث عنه؛ هذا أقرب ما فيه.")
        if page.is_doubtful
        else None,
        first_page=address(first_page),
        sorts=sort_links(query),
        chips=chips(query),
        unnarrowed=unnarrowed(query),
        nearest=_nearest(page) if typed else None,
        timeline=timeline(page),
        facets=facet_lists(page),
        pages=page_links(page),
        parameters=write_query(first_page),
    )


def _nearest(page: SearchPage) -> str | None:
    """Ask for what is nearest, where both ways together found nothing worth showing."""
    query = page.query
    if page.total or query.mode is not Mode.HYBRID or query.filters != Filters():
        return None
    return address(replace(query, mode=Mode.SEMANTIC, page=1))


def facts_of(document: Document, behind: str = "") -> Facts:
    """Say what is known of a document; `behind` its address stands the search that found it."""
    day = document.date
    language = None if document.language == "und" else document.language
    return Facts(
        url=url_for("pages.document", doc_id=document.doc_id) + behind,
        title=_heading(document),
        is_headline=document.kind is Kind.HEADLINE,
        kind=str(KIND_NAMES[document.kind]),
        source=document.source,
        date=day_name(day) if day else None,
        iso_date=day.isoformat() if day else None,
        language=language,
        language_name=language_name(language) if language and language != "ar" else None,
        direction=_direction(document),
        original=_original(document.url),
    )


def _direction(document: Document) -> str:
    """Tell which way a document reads: "rtl" or "ltr"."""
    if document.language in ("fr", "en"):
        return "ltr"
    if document.language == "ar":
        return "rtl"
    # By most of its letters, not by the first: an Arabic article may open with a Tifinagh word.
    return "rtl" if language_of(document.text) in ("ar", "und") else "ltr"


def _wish(wish: DateHint, query: Query) -> Link:
    text = say("قُدِّم قليلا ما يوافق تاريخه «%(words)s».", words=wish.words)
    return Link(text, address(replace(query, text=wish.without, page=1)))


def _missing(phrase: MissingPhrase) -> str:
    return say("لا توجد العبارة «%(words)s» بنصها؛ هذه نتائج كلماتها.", words=phrase.words)


def _shown_hit(
    hit: Hit,
    behind: str,
    typed: Sequence[tuple[str, AbstractSet[str]]],
    copies_by_id: Mapping[str, Document],
) -> ShownHit:
    document = hit.document
    lexical = hit.evidence.get(Mode.LEXICAL)
    shown = mark(hit.snippet, hit.highlights, hit.related)
    is_article = document.kind is Kind.ARTICLE
    title = mark_words(_heading(document), lexical.terms if lexical else ())
    copies = [copies_by_id[doc_id] for doc_id in hit.copies if doc_id in copies_by_id]
    return ShownHit(
        facts=facts_of(document, behind),
        title=mark(title.text, title.highlights) if is_article else shown,
        snippet=shown if is_article else None,
        published_too=_published_too(document, copies),
        copies=tuple(facts_of(copy, behind) for copy in copies),
        reasons=tuple(_reason(mode, one, typed) for mode, one in sorted(hit.evidence.items())),
    )


def _published_too(document: Document, copies: Sequence[Document]) -> str:
    """Say where else a text stands: «نُشر أيضا في 3 صحف»; or how often again in its own paper."""
    if not copies:
        return ""
    papers = {copy.source for copy in copies if copy.source} - {document.source}
    if papers:
        return say("نُشر أيضا في %(papers)s", papers=count_of(len(papers), PAPERS))
    return say("نُشر %(times)s", times=count_of(len(copies), TIMES))


def _reason(
    mode: Mode, evidence: Evidence, typed: Sequence[tuple[str, AbstractSet[str]]]
) -> Reason:
    rank = say("الرتبة %(rank)s", rank=evidence.rank) if evidence.rank else None
    if mode is Mode.SEMANTIC:
        likeness = say("تشابه %(percent)s٪", percent=round(evidence.score * 100))
        name, parts = say("المعنى"), [rank, likeness]
    else:
        held = set(evidence.terms)
        written = [word for word, levels in typed if not held.isdisjoint(levels)]
        name = say("الكلمات")
        parts = [rank, *(f"«{word}»" for word in dict.fromkeys(written))]
    return Reason(name, say("، ").join(part for part in parts if part))


def _heading(document: Document) -> str:
    """Give the title, or the first words of an article that came without one."""
    if document.title:
        return document.title
    start = " ".join(document.body[: _LONGEST_HEADING * 2].split())
    return start if len(start) <= _LONGEST_HEADING else f"{start[:_LONGEST_HEADING].rstrip()}…"


def _original(url: str | None) -> Link | None:
    """Link to a web address only: a dump may hold any scheme, `javascript:` too."""
    if url is None or not url.lower().startswith(("http://", "https://")):
        return None
    return Link(url.split("/")[2], url)
