"""Builds what the front page shows: what the archive holds, and where to begin."""

from dataclasses import dataclass

from search.records import Document, Kind
from web.app_state import Status
from web.localization import translate
from web.pages.document_metadata import DocumentMetadata, describe_document
from web.pages.navigation import Link
from web.pages.timeline import Timeline, build_years_chart
from web.pages.wording import ARTICLES, HEADLINES, SOURCES, format_count, format_number

MAX_SOURCES = 24  # named on the front page


@dataclass(frozen=True, slots=True)
class Figure:
    """A number in large type and the noun that it counts: «97» «مقالا»."""

    number: str
    noun: str


@dataclass(frozen=True, slots=True)
class FrontPage:
    """What the archive holds, and where to begin."""

    figures: tuple[Figure, ...]
    chart: Timeline | None
    sources: tuple[Link, ...]
    other_sources: int
    newest: tuple[DocumentMetadata, ...]
    examples: tuple[str, ...]


def build_front_page(
    status: Status, newest: tuple[Document, ...], examples: tuple[str, ...]
) -> FrontPage:
    """Build the front page from counts, the latest articles and example queries."""
    sources = {name: count for name, count in status.sources.items() if name is not None}
    years = {year: count for year, count in status.years.items() if year is not None}
    counts = (
        format_count(status.kinds.get(Kind.ARTICLE, 0), ARTICLES),
        format_count(status.kinds.get(Kind.HEADLINE, 0), HEADLINES),
        format_count(len(sources), SOURCES),
    )
    figures = [_build_figure(count) for count in counts]
    if years:
        figures.append(Figure("", _name_years(min(years), max(years))))
    largest = list(sources.items())[:MAX_SOURCES]
    return FrontPage(
        figures=tuple(figures),
        chart=build_years_chart(years),
        sources=tuple(Link(name, None, format_number(count)) for name, count in largest),
        other_sources=len(sources) - len(largest),
        newest=tuple(map(describe_document, newest)),
        examples=examples,
    )


def _build_figure(count: str) -> Figure:
    first, _, rest = count.partition(" ")
    return Figure(first, rest) if first[0].isdigit() else Figure("", count)


def _name_years(first: int, last: int) -> str:
    if first == last:
        return translate("سنة %(year)s", year=first)
    return translate("من %(first)s إلى %(last)s", first=first, last=last)
