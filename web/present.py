"""Makes of the records what the templates show. No HTML but <mark>, no ranking."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask import url_for
from markupsafe import Markup, escape

from search.archive.reader import Status
from search.dates import write_date
from search.records import Document, Hit, Kind, Query, SearchPage
from search.snippets import mark_words
from search.text import language_of, query_terms
from web.navigation import (
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
from web.wording import (
    ARTICLES,
    HEADLINES,
    KIND_NAMES,
    RESULTS,
    SOURCES,
    TIMES_MORE,
    count_of,
    more_than,
    number,
)

_LONGEST_HEADING = 90  # characters of the body that stand for a title that is missing
_EXAMPLE_TEXTS = (
    ("ar", "فيضانات وسيول في البوادي"),
    ("ary", "علاش غلات الخضرة فرمضان"),
    ("fr", "tremblement de terre à Agadir"),
)


@dataclass(frozen=True, slots=True)
class Example:
    """A search to try."""

    text: str
    language: str


EXAMPLES = tuple(Example(text, language) for language, text in _EXAMPLE_TEXTS)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a document besides its text."""

    url: str
    kind: str
    source: str | None
    date: str | None
    iso_date: str | None
    language: str | None  # None where it is not known
    direction: str


@dataclass(frozen=True, slots=True)
class ShownHit:
    facts: Facts
    title: Markup
    snippet: Markup | None  # a headline is its title
    copies: str


@dataclass(frozen=True, slots=True)
class Results:
    """One page of hits and the links around it."""

    hits: tuple[ShownHit, ...]
    total: str
    is_beyond: bool  # there are hits, but none on this page
    first_page: str
    sorts: tuple[Link, ...]
    chips: tuple[Link, ...]
    unnarrowed: str
    facets: tuple[FacetList, ...]
    pages: Pages | None


@dataclass(frozen=True, slots=True)
class Article:
    """One document whole, with the documents of the same text."""

    facts: Facts
    title: str
    paragraphs: tuple[str, ...]
    original: Link | None
    copies: tuple["Copy", ...]


@dataclass(frozen=True, slots=True)
class Copy:
    facts: Facts
    title: str


@dataclass(frozen=True, slots=True)
class Holdings:
    """What the archive holds, in words."""

    figures: tuple[str, ...]
    years: str | None
    sources: tuple[Link, ...]


def mark(text: str, spans: Iterable[tuple[int, int]]) -> Markup:
    """Escape `text`, and put <mark> around its spans (ordered character offsets)."""
    parts: list[Markup] = []
    end_of_last = 0
    for start, end in spans:
        parts += [
            escape(text[end_of_last:start]),
            Markup("<mark>{}</mark>").format(text[start:end]),
        ]
        end_of_last = end
    return Markup("").join([*parts, escape(text[end_of_last:])])


def results(page: SearchPage) -> Results:
    query = page.query
    return Results(
        hits=tuple(_shown_hit(hit, query) for hit in page.hits),
        total=(count_of if page.total_is_exact else more_than)(page.total, RESULTS),
        is_beyond=page.total > 0 and not page.hits,
        first_page=address(Query(query.text, query.mode, query.filters, query.sort, query.k)),
        sorts=sort_links(query),
        chips=chips(query),
        unnarrowed=unnarrowed(query),
        facets=facet_lists(page),
        pages=page_links(page),
    )


def article(document: Document, copies: Sequence[Document]) -> Article:
    return Article(
        facts=_facts(document),
        title=_heading(document),
        paragraphs=tuple(line for line in document.body.split("\n") if line.strip()),
        original=_original(document.url),
        copies=tuple(Copy(_facts(copy), _heading(copy)) for copy in copies),
    )


def holdings(status: Status) -> Holdings:
    named = {name: count for name, count in status.sources.items() if name is not None}
    years = [year for year in status.years if year is not None]
    return Holdings(
        figures=(
            count_of(status.kinds.get(Kind.ARTICLE, 0), ARTICLES),
            count_of(status.kinds.get(Kind.HEADLINE, 0), HEADLINES),
            count_of(len(named), SOURCES),
        ),
        years=_span(min(years), max(years)) if years else None,
        sources=tuple(Link(name, None, number(count)) for name, count in named.items()),
    )


def _span(first: int, last: int) -> str:
    return f"سنة {first}" if first == last else f"من {first} إلى {last}"


def _shown_hit(hit: Hit, query: Query) -> ShownHit:
    document = hit.document
    title = mark_words(_heading(document), query_terms(query.text))
    return ShownHit(
        facts=_facts(document),
        title=mark(title.text, title.highlights),
        snippet=mark(hit.snippet, hit.highlights) if document.kind is Kind.ARTICLE else None,
        copies=count_of(len(hit.copies), TIMES_MORE),
    )


def _facts(document: Document) -> Facts:
    day = document.date
    return Facts(
        url=url_for("pages.document", doc_id=document.doc_id),
        kind=KIND_NAMES[document.kind],
        source=document.source,
        date=write_date(day) if day else None,
        iso_date=day.isoformat() if day else None,
        language=None if document.language == "und" else document.language,
        # By most of its letters, not by the first: an Arabic article may open with a Tifinagh word.
        direction="rtl" if language_of(document.text) in ("ar", "und") else "ltr",
    )


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
