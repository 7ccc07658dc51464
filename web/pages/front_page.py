"""Makes of what an archive holds what the front page shows."""

from dataclasses import dataclass

from search.index import Status
from search.records import Document, Kind
from web.pages.navigation import Link
from web.pages.results_page import Facts, facts_of
from web.pages.timeline import Timeline, years_chart
from web.pages.wording import ARTICLES, HEADLINES, SOURCES, count_of, number, say

MOST_SOURCES = 24  # named on the front page


@dataclass(frozen=True, slots=True)
class Figure:
    """A number in large and what it counts: «97» «مقالا»."""

    number: str
    noun: str


@dataclass(frozen=True, slots=True)
class Front:
    """What the archive holds, and where to begin."""

    figures: tuple[Figure, ...]
    chart: Timeline | None
    sources: tuple[Link, ...]
    other_sources: int
    newest: tuple[Facts, ...]
    examples: tuple[str, ...]


def front(status: Status, newest: tuple[Document, ...], examples: tuple[str, ...]) -> Front:
    named = {name: count for name, count in status.sources.items() if name is not None}
    years = {year: count for year, count in status.years.items() if year is not None}
    counts = (
        count_of(status.kinds.get(Kind.ARTICLE, 0), ARTICLES),
        count_of(status.kinds.get(Kind.HEADLINE, 0), HEADLINES),
        count_of(len(named), SOURCES),
    )
    figures = [_figure(counted) for counted in counts]
    if years:
        figures.append(Figure("", _span(min(years), max(years))))
    largest = list(named.items())[:MOST_SOURCES]
    return Front(
        figures=tuple(figures),
        chart=years_chart(years),
        sources=tuple(Link(name, None, number(count)) for name, count in largest),
        other_sources=len(named) - len(largest),
        newest=tuple(map(facts_of, newest)),
        examples=examples,
    )


def _figure(counted: str) -> Figure:
    first, _, rest = counted.partition(" ")
    return Figure(first, rest) if first[0].isdigit() else Figure("", counted)


def _span(first: int, last: int) -> str:
    if first == last:
        return say("سنة %(year)s", year=first)
    return say("من %(first)s إلى %(last)s", first=first, last=last)
