"""Build the contents of the front page: figures, newspapers, articles, and examples."""

from collections.abc import Iterable
from dataclasses import dataclass

from search.index.archive import Status
from search.query.examples import Example
from search.records import Document, Kind, Query
from web.localization import translate
from web.pages.calendar_spans import build_source_url
from web.pages.document_metadata import DocumentMetadata, describe_document
from web.pages.navigation import Link, build_results_url
from web.pages.timeline import Timeline, build_years_chart
from web.pages.wording import (
    ARTICLES,
    EXAMPLE_NAMES,
    HEADLINES,
    NEWSPAPERS,
    OTHER_NEWSPAPERS,
    format_count,
    format_number,
)

MAX_SOURCES = 24  # newspapers named on the front page


@dataclass(frozen=True, slots=True)
class Figure:
    """A number in large type and the noun that it counts: «97» «مقالا»."""

    number: str
    noun: str


@dataclass(frozen=True, slots=True)
class ExampleLink:
    """A query that has hits, and the kind of query that it is an example of."""

    kind: str
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class FrontPage:
    """The figures of the archive, and links to begin with."""

    figures: tuple[Figure, ...]
    chart: Timeline | None
    sources: tuple[Link, ...]
    other_sources: str  # the number of newspapers that are not named; empty where all are
    newest: tuple[DocumentMetadata, ...]
    anniversaries: tuple[DocumentMetadata, ...]  # published on this day in earlier years
    examples: tuple[ExampleLink, ...]


def build_front_page(
    status: Status,
    newest: Iterable[Document],
    anniversaries: Iterable[Document],
    examples: Iterable[Example],
) -> FrontPage:
    """Build the front page from counts, the latest articles, those of this day, and examples."""
    sources = {name: count for name, count in status.sources.items() if name is not None}
    years = {year: count for year, count in status.years.items() if year is not None}
    counts = (
        format_count(status.kinds.get(Kind.ARTICLE, 0), ARTICLES),
        format_count(status.kinds.get(Kind.HEADLINE, 0), HEADLINES),
        format_count(len(sources), NEWSPAPERS),
    )
    figures = [_build_figure(count) for count in counts]
    if years:
        figures.append(Figure("", _name_years(min(years), max(years))))
    largest = list(sources.items())[:MAX_SOURCES]
    unnamed = len(sources) - len(largest)
    return FrontPage(
        figures=tuple(figures),
        chart=build_years_chart(years),
        sources=tuple(
            Link(name, build_source_url(name), format_number(count)) for name, count in largest
        ),
        other_sources=format_count(unnamed, OTHER_NEWSPAPERS) if unnamed else "",
        newest=tuple(map(describe_document, newest)),
        anniversaries=tuple(map(describe_document, anniversaries)),
        examples=tuple(
            ExampleLink(
                str(EXAMPLE_NAMES[example.kind]),
                example.text,
                build_results_url(Query(example.text)),
            )
            for example in examples
        ),
    )


def _build_figure(count: str) -> Figure:
    first, _, rest = count.partition(" ")
    return Figure(first, rest) if first[0].isdigit() else Figure("", count)


def _name_years(first: int, last: int) -> str:
    if first == last:
        return translate("سنة %(year)s", year=first)
    return translate("من %(first)s إلى %(last)s", first=first, last=last)
