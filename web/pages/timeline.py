"""Build the charts of matching documents over time: bars of a month, a year, five or ten years.

The first chart shows all times, whatever days are chosen; each further chart shows the parts of the
bar that contains the chosen days. The numbers are those of the facet `month`
(`search.results.facets`).

All lengths are percentages of the SVG, so that it fits any width without a script or a style.
Heights are proportional to the counts, and the least of them is still visible. Names and counts are
left out where they would overlap in the narrowest place of a chart. The SVG itself is in
`templates/macros.html`.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import ceil
from typing import Self

from search.records import Query, SearchPage
from web.localization import is_arabic, translate
from web.pages.calendar_spans import CalendarAddresses, CalendarSpan
from web.pages.navigation import build_filtered_url, month_bounds
from web.pages.wording import format_month, format_number

_MAX_BARS = 24
_MAX_MONTHS = 12
_TOP, _BASELINE = 18.0, 80.0  # of the bars; counts stand above, names below
_LEAST_HEIGHT = 1.5
_GAP = 0.18  # share of a slot
_WIDTH_PX = 240  # of the narrowest chart, beside the hits
_DIGIT_PX, _YEAR_PX, _MONTH_PX = 6.5, 34, 42  # at 11 px, with a space behind
Span = tuple[date, date]


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar; `url` chooses its span, or drops the choice of exactly this span.

    `url` is None where the span holds no document, or the query's own words exclude it.
    """

    label: str
    short: str  # below the bar
    fit: str  # of `short`: "first" or "last" at the edges, "spare" where there is no room
    tick: str  # x of `short`
    count: str
    url: str | None
    is_chosen: bool  # the chosen days overlap its span
    slot: str  # x of the slot
    slot_width: str
    middle: str
    x: str
    width: str
    y: str
    height: str
    above: str  # y of the count


@dataclass(frozen=True, slots=True)
class _Choice:
    """The days that a search is narrowed to, and the addresses of other choices."""

    query: Query
    since: date
    until: date
    is_demanded: bool  # by the query's own words, which no link changes

    @classmethod
    def of(cls, page: SearchPage) -> Self:
        filters, demanded = page.query.filters, page.filters
        return cls(
            page.query,
            demanded.since or date.min,
            demanded.until or date.max,
            (filters.since, filters.until) != (demanded.since, demanded.until),
        )

    def reaches_into(self, span: Span) -> bool:
        is_open = (self.since, self.until) == (date.min, date.max)
        return not is_open and self.since <= span[1] and span[0] <= self.until

    def lies_within(self, span: Span) -> bool:
        return span[0] <= self.since and self.until <= span[1]

    def build_url(self, span: Span) -> str | None:
        if self.is_demanded and not self.reaches_into(span):
            return None
        since, until = (None, None) if span == (self.since, self.until) else span
        filters = replace(self.query.filters, since=since, until=until, undated=None)
        return build_filtered_url(self.query, filters)


@dataclass(frozen=True, slots=True)
class Timeline:
    """The bars of one chart."""

    heading: str
    bars: tuple[Bar, ...]
    scale: str  # the largest count, named at its height; empty where each bar has its own


def build_timelines(page: SearchPage) -> tuple[Timeline, ...]:
    """Build the charts of matching documents over time; a chart of a single bar is left out."""
    counts = {_parse_month(str(facet.value)): facet.count for facet in page.facets.get("month", ())}
    if not counts:
        return ()
    choice = _Choice.of(page)
    heading, spans = _split(min(counts), max(counts))
    timelines = []
    while timeline := _build_chart(heading, spans, counts, choice.build_url, choice):
        timelines.append(timeline)
        chosen_span = next((span for span in spans if choice.lies_within(span)), None)
        if chosen_span is None or chosen_span == month_bounds(chosen_span[0]):
            break
        counts = {
            month: n for month, n in counts.items() if chosen_span[0] <= month <= chosen_span[1]
        }
        heading, spans = _split(*chosen_span)
        if not counts:
            break
    return tuple(timelines)


def build_years_chart(counts: Mapping[int, int]) -> Timeline | None:
    """Build the chart of an archive's documents per year.

    A bar links to its year; a bar of several years links to its first year that has documents.
    """
    if not counts:
        return None
    months = {date(year, 1, 1): count for year, count in counts.items()}
    _, spans = _split_years(min(counts), max(counts))
    addresses = CalendarAddresses(None)

    def link(span: Span) -> str:
        first = min(year for year in months if span[0] <= year <= span[1])
        return addresses.url(CalendarSpan.of_year(first))

    return _build_chart(translate("الوثائق حسب السنة"), spans, months, link)


def _build_chart(
    heading: str,
    spans: list[Span],
    counts: Mapping[date, int],
    link: Callable[[Span], str | None],
    choice: _Choice | None = None,
) -> Timeline | None:
    if len(spans) < 2:
        return None
    count_by_span: Counter[Span] = Counter()
    for month, count in counts.items():
        count_by_span[next(span for span in spans if span[0] <= month <= span[1])] += count
    largest = max(count_by_span.values())
    named = _choose_named(len(spans), _YEAR_PX if _is_years(spans[0]) else _MONTH_PX)
    slot_px = _WIDTH_PX / len(spans)
    has_counts = _DIGIT_PX * (len(format_number(largest)) + 1) <= slot_px
    bars = tuple(
        _build_bar(
            span,
            count=count_by_span[span],
            share=count_by_span[span] / largest,
            # Time runs in the direction of reading.
            slot=len(spans) - 1 - position if is_arabic() else position,
            slot_count=len(spans),
            is_named=position in named,
            url=link(span) if count_by_span[span] else None,
            is_chosen=choice is not None and choice.reaches_into(span),
        )
        for position, span in enumerate(spans)
    )
    return Timeline(heading, bars, "" if has_counts else format_number(largest))


def _choose_named(count: int, name_px: int) -> set[int]:
    """Return the positions of the bars with a name: both ends, and even steps from the first.

    The names of the ends are flush with the chart; the others are centred below their bars.
    """
    slot_px = _WIDTH_PX / count
    step = max(1, ceil(name_px / slot_px), ceil(1.5 * name_px / slot_px - 0.5))
    return {count - 1, *range(0, max(count - step, 1), step)}


def _build_bar(
    span: Span,
    *,
    count: int,
    share: float,
    slot: int,
    slot_count: int,
    is_named: bool,
    url: str | None,
    is_chosen: bool,
) -> Bar:
    width = 100 / slot_count
    right = slot_count - 1
    edges = {0: "last", right: "first"} if is_arabic() else {0: "first", right: "last"}
    height = max(share * (_BASELINE - _TOP), _LEAST_HEIGHT) if count else 0.0
    return Bar(
        label=_name_span(span),
        short=_name_span_shortly(span),
        fit=edges.get(slot, "" if is_named else "spare"),
        tick=_percent({0: 0.0, right: 100.0}.get(slot, (slot + 0.5) * width)),
        count=format_number(count),
        url=url,
        is_chosen=is_chosen,
        slot=_percent(slot * width),
        slot_width=_percent(width),
        middle=_percent((slot + 0.5) * width),
        x=_percent((slot + _GAP / 2) * width),
        width=_percent(width * (1 - _GAP)),
        y=_percent(_BASELINE - height),
        height=_percent(height),
        above=_percent(_BASELINE - height - 3),
    )


def _is_years(span: Span) -> bool:
    return span[0].month == 1 and span[1].month == 12


def _name_span(span: Span) -> str:
    first, last = span
    if _is_years(span):
        return str(first.year) if first.year == last.year else f"{first.year}–{last.year}"
    return format_month(first)


def _name_span_shortly(span: Span) -> str:
    first, _ = span
    return str(first.year) if _is_years(span) else format_month(first, with_year=False)


def _parse_month(text: str) -> date:
    year, month = text.split("-")
    return date(int(year), int(month), 1)


def _split(first: date, last: date) -> tuple[str, list[Span]]:
    """Return the heading of a chart, and its spans from the first month to the last."""
    if (last.year - first.year) * 12 + last.month - first.month < _MAX_MONTHS:
        return translate("النتائج حسب الشهر"), _split_months(first, last)
    return _split_years(first.year, last.year)


def _split_months(first: date, last: date) -> list[Span]:
    spans = []
    start = first
    while start <= last:
        spans.append(month_bounds(start))
        if spans[-1][1] == date.max:
            break
        start = spans[-1][1] + timedelta(days=1)
    return spans


def _split_years(first: int, last: int) -> tuple[str, list[Span]]:
    steps = {
        1: translate("النتائج حسب السنة"),
        5: translate("النتائج كل خمس سنوات"),
        10: translate("النتائج حسب العقد"),
    }
    fitting_steps = [step for step in steps if last // step - first // step < _MAX_BARS]
    step = fitting_steps[0] if fitting_steps else 10
    starts: Iterable[int] = range(first // step * step, last + 1, step)
    return steps[step], [
        (date(max(year, 1), 1, 1), date(min(year + step - 1, 9999), 12, 31)) for year in starts
    ]


def _percent(value: float) -> str:
    return f"{value:.2f}%"
