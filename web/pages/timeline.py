"""The hits along time: one bar for each month, year, five years or ten, as an SVG to be drawn.

All lengths are percentages of the drawing, so that it fits any width without a script or a style.
Heights grow with the square root of the count: next to a year of thousands, a year of three is
still seen. The numbers are written beside them.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import sqrt

from search.records import Filters, Query, SearchPage
from web.pages.navigation import address, month_of, within
from web.pages.wording import is_arabic, month_name, number, say

_MOST_BARS = 24
_MOST_MONTHS = 12
_TOP, _FLOOR = 16.0, 80.0  # where the tallest bar ends and all begin; counts above, names below
_GAP = 0.18  # of a bar's place
_MOST_COUNTS = 14  # bars with their number above; more stand too close
Span = tuple[date, date]


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar; `url` narrows the search to its time, None where nothing lies in it."""

    label: str
    short: str  # below the bar
    fit: str  # of that: "first" or "last" at the drawing's edges, "spare" where there is no room
    tick: str  # x of that name
    count: str
    url: str | None
    slot: str  # x of its place
    slot_width: str
    middle: str
    x: str
    width: str
    y: str
    height: str
    above: str  # y of its count


@dataclass(frozen=True, slots=True)
class Timeline:
    heading: str
    bars: tuple[Bar, ...]
    has_counts: bool  # there is room for numbers above the bars


def timeline(page: SearchPage) -> Timeline | None:
    """Draw when the hits were published; None where a chart would show one bar."""
    months = {_month(str(facet.value)): facet.count for facet in page.facets.get("month", ())}
    if not months:
        return None
    first, last = min(months), max(months)
    if (last.year - first.year) * 12 + last.month - first.month < _MOST_MONTHS:
        spans = _month_spans(first, last)
        return _draw(say("النتائج بحسب الشهر"), spans, months, page.query)
    heading, spans = _years(first.year, last.year)
    return _draw(heading, spans, months, page.query)


def years_chart(counts: Mapping[int, int]) -> Timeline | None:
    """Draw how many documents an archive has of each year, without links."""
    if not counts:
        return None
    months = {date(year, 1, 1): count for year, count in counts.items()}
    _, spans = _years(min(counts), max(counts))
    return _draw(say("الوثائق بحسب السنة"), spans, months, None)


def _draw(
    heading: str, spans: list[Span], counts: Mapping[date, int], query: Query | None
) -> Timeline | None:
    if len(spans) < 2:
        return None
    found: Counter[Span] = Counter()
    for month, count in counts.items():
        found[next(span for span in spans if span[0] <= month <= span[1])] += count
    tallest = max(found.values())
    every = 1 if len(spans) <= _MOST_COUNTS else (len(spans) - 1) // 4 + 1
    bars = tuple(
        _bar(
            span,
            count=found[span],
            share=sqrt(found[span] / tallest),
            # Time runs the way the reader reads.
            place=len(spans) - 1 - position if is_arabic() else position,
            places=len(spans),
            is_named=position % every == 0,
            url=_url(query, span) if query and found[span] else None,
        )
        for position, span in enumerate(spans)
    )
    return Timeline(heading, bars, has_counts=len(bars) <= _MOST_COUNTS)


def _bar(
    span: Span,
    *,
    count: int,
    share: float,
    place: int,
    places: int,
    is_named: bool,
    url: str | None,
) -> Bar:
    slot = 100 / places
    edges = {0: "last", places - 1: "first"} if is_arabic() else {0: "first", places - 1: "last"}
    height = max(share * (_FLOOR - _TOP), 1.5) if count else 0.0
    return Bar(
        label=_name(span),
        short=_short(span),
        fit=edges.get(place, "" if is_named else "spare"),
        tick=_percent({0: 0.0, places - 1: 100.0}.get(place, (place + 0.5) * slot)),
        count=number(count),
        url=url,
        slot=_percent(place * slot),
        slot_width=_percent(slot),
        middle=_percent((place + 0.5) * slot),
        x=_percent((place + _GAP / 2) * slot),
        width=_percent(slot * (1 - _GAP)),
        y=_percent(_FLOOR - height),
        height=_percent(height),
        above=_percent(_FLOOR - height - 3),
    )


def _url(query: Query, span: Span) -> str:
    filters: Filters = within(query.filters, *span)
    return address(replace(query, filters=filters, page=1))


def _name(span: Span) -> str:
    first, last = span
    if first.month == 1 and last.month == 12:
        return str(first.year) if first.year == last.year else f"{first.year}–{last.year}"
    return month_name(first)


def _short(span: Span) -> str:
    first, last = span
    if first.month == 1 and last.month == 12:
        return str(first.year)
    return month_name(first, with_year=False)


def _month(written: str) -> date:
    year, month = written.split("-")
    return date(int(year), int(month), 1)


def _month_spans(first: date, last: date) -> list[Span]:
    spans = []
    start = first
    while start <= last:
        spans.append(month_of(start))
        if spans[-1][1] == date.max:
            break
        start = spans[-1][1] + timedelta(days=1)
    return spans


def _years(first: int, last: int) -> tuple[str, list[Span]]:
    steps = {
        1: say("النتائج بحسب السنة"),
        5: say("النتائج بحسب خمس سنوات"),
        10: say("النتائج بحسب العقد"),
    }
    fitting = [step for step in steps if last // step - first // step < _MOST_BARS]
    step = fitting[0] if fitting else 10
    starts: Iterable[int] = range(first // step * step, last + 1, step)
    return steps[step], [
        (date(max(year, 1), 1, 1), date(min(year + step - 1, 9999), 12, 31)) for year in starts
    ]


def _percent(value: float) -> str:
    return f"{value:.2f}%"
