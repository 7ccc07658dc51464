"""Build the chart of trends: a line for each term over time, on a linear axis from zero.

Horizontal places are percentages and the lines count in periods, so that the drawing fits any
width; vertical places are pixels. Colours, dashes and pixels are attributes of the drawing, so that
it is complete as a file of its own, too. The SVG itself is in `templates/trends.svg`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from math import ceil

from search.records import Query
from search.trends.series import Resolution, TimePeriod, Trend, Trends, share_of
from web.localization import is_arabic, translate
from web.pages.axes import choose_times, name_period, round_step, write_share
from web.pages.navigation import build_results_url, narrow_dates
from web.pages.wording import DOCUMENTS, format_count, format_number

MAX_LINKED = 240  # the most points of a line, or rows of the table, that all have links
_TOP, _BOTTOM = 24, 274  # px of the plot
_HEIGHT = 304  # px, with the names of times below
_LINE_SCALE = 1000  # units from the bottom of a line's drawing to its top
_DENSE_FROM = 60  # periods; from this number on, points are visible only on hover
_MARGIN = 0.05  # share of the periods' width: room for the values of the axis
_EDGE = 0.06  # share of the width in which a centred name would stick out

# Each colour has a contrast of 3 or more to the light and to the dark paper, so one palette
# serves both; the dashes distinguish the lines without colours.
STYLES = (
    ("#2f7fc1", ""),
    ("#d1571b", "9 4"),
    ("#2a8c66", "2 4"),
    ("#a05fb4", "12 4 2 4"),
    ("#94791a", "5 3 5 8"),
)


@dataclass(frozen=True, slots=True)
class Tick:
    """A name at a place of an axis; a minor tick is left out where room is scarce."""

    label: str
    place: str
    anchor: str = "middle"
    is_minor: bool = False


@dataclass(frozen=True, slots=True)
class Point:
    """One count, and the search for its documents."""

    x: str
    y: str
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Line:
    """The course of one term: a path, broken at gaps, and points that link to documents."""

    name: str
    total: str
    colour: str
    dashes: str
    path: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """A time for which the collection has no document."""

    x: str
    width: str


@dataclass(frozen=True, slots=True)
class LineChart:
    heading: str
    lines: tuple[Line, ...]
    gaps: tuple[Gap, ...]
    values: tuple[Tick, ...]
    times: tuple[Tick, ...]
    begin: float  # left edge of the lines, in periods from the middle of the first period
    width: float
    line_scale: int
    is_dense: bool
    top: int
    bottom: int
    height: int


def build_line_chart(trends: Trends, *, as_share: bool) -> LineChart:
    """Build the chart of trends that have at least one period."""
    columns = [_values_of(trend, trends, as_share=as_share) for trend in trends.trends]
    largest = max((value for values in columns for value in values if value), default=0.0)
    step = round_step(largest, is_whole=not as_share)
    steps = max(1, ceil(largest / step - 1e-9))
    width = len(trends.periods)
    return LineChart(
        heading=_name_values(trends.query.by, as_share=as_share),
        lines=tuple(
            _build_line(trends, number, values, steps * step, as_share=as_share)
            for number, values in enumerate(columns)
        ),
        gaps=tuple(_find_gaps(trends.documents)),
        values=tuple(
            Tick(_write_value(step * number, as_share=as_share), str(_height_of(number / steps)))
            for number in range(steps + 1)
        ),
        times=tuple(_name_times(trends.periods, trends.query.by)),
        begin=-0.5 if is_arabic() else -0.5 - _MARGIN * width,
        width=width * (1 + _MARGIN),
        line_scale=_LINE_SCALE,
        is_dense=width >= _DENSE_FROM,
        top=_TOP,
        bottom=_BOTTOM,
        height=_HEIGHT,
    )


def build_period_url(trends: Trends, trend: Trend, period: TimePeriod) -> str:
    """Build the address of the search for the documents of one count."""
    filters = narrow_dates(trends.query.filters, period.first, period.last)
    return build_results_url(Query(trend.term, filters=filters))


def _values_of(trend: Trend, trends: Trends, *, as_share: bool) -> list[float | None]:
    """Return the values to draw for a trend, None in gaps."""
    shares = map(share_of, trend.counts, trends.documents)
    return [
        share if as_share or share is None else float(count)
        for count, share in zip(trend.counts, shares, strict=True)
    ]


def _build_line(
    trends: Trends, number: int, values: Sequence[float | None], top: float, *, as_share: bool
) -> Line:
    trend = trends.trends[number]
    width = len(values)
    colour, dashes = STYLES[number]
    points = (
        Point(
            _across(_place(place, width) + 0.5, width),
            str(_height_of(value / top)),
            _describe_point(trends, trend, place, value, as_share=as_share),
            build_period_url(trends, trend, trends.periods[place]),
        )
        for place in _choose_linked_places(values)
        if (value := values[place])
    )
    return Line(
        trend.term,
        format_count(trend.total, DOCUMENTS),
        colour,
        dashes,
        _draw_path(values, top),
        tuple(points),
    )


def _choose_linked_places(values: Sequence[float | None]) -> Iterator[int]:
    """Yield each place, or the highest of each of MAX_LINKED parts if there are more places."""
    bounds = [len(values) * part // MAX_LINKED for part in range(MAX_LINKED + 1)]
    if len(values) <= MAX_LINKED:
        bounds = list(range(len(values) + 1))
    for first, end in pairwise(bounds):
        yield max(range(first, end), key=lambda place: values[place] or 0.0)


def _describe_point(
    trends: Trends, trend: Trend, place: int, value: float, *, as_share: bool
) -> str:
    period = name_period(trends.periods[place], trends.query.by)
    count = format_count(trend.counts[place], DOCUMENTS)
    share = f" ({write_share(value)})" if as_share else ""
    return f"{_isolate(trend.term)} · {period}: {count}{share}"


def _isolate(text: str) -> str:
    """Isolate the direction of a text from that of its neighbours."""
    return f"\N{FIRST STRONG ISOLATE}{text}\N{POP DIRECTIONAL ISOLATE}"


def _draw_path(values: Sequence[float | None], top: float) -> str:
    """Write the path through all values, without values in the middle of a level stretch."""
    width = len(values)
    parts: list[str] = []
    for is_gap, run in groupby(enumerate(values), key=lambda item: item[1] is None):
        if is_gap:
            continue
        heights = [(place, round(_LINE_SCALE * (1 - (value or 0) / top))) for place, value in run]
        for number, (place, height) in enumerate(heights):
            neighbours = [point[1] for point in heights[max(0, number - 1) : number + 2]]
            if neighbours != [height] * 3:
                parts.append(f"{'L' if number else 'M'}{_place(place, width)} {height}")
        if len(heights) == 1:
            parts.append("h0")  # drawn as a dot by its round ends
    return "".join(parts)


def _find_gaps(documents: Sequence[int]) -> Iterator[Gap]:
    width = len(documents)
    for has_documents, run in groupby(range(width), key=lambda place: documents[place] > 0):
        if not has_documents:
            places = [_place(place, width) for place in run]
            breadth = len(places) / (width * (1 + _MARGIN))
            yield Gap(_across(min(places), width), _percent(breadth))


def _place(place: int, width: int) -> int:
    """Return the place of a period on the axis: time runs in the direction of reading."""
    return width - 1 - place if is_arabic() else place


def _write_value(value: float, *, as_share: bool) -> str:
    return write_share(value) if as_share else format_number(round(value))


def _height_of(share: float) -> float:
    return round(_BOTTOM - share * (_BOTTOM - _TOP), 1)


def _name_times(periods: Sequence[TimePeriod], by: Resolution) -> Iterator[Tick]:
    width = len(periods)
    for number, (place, label) in enumerate(choose_times(periods, by)):
        across = _share_across(_place(place, width) + 0.5, width)
        anchor = "start" if across < _EDGE else "end" if across > 1 - _EDGE else "middle"
        yield Tick(label, _percent(across), anchor, is_minor=number % 3 > 0)


def _name_values(by: Resolution, *, as_share: bool) -> str:
    if as_share:
        return {
            Resolution.DAY: translate("نسبتها من كل وثائق اليوم"),
            Resolution.MONTH: translate("نسبتها من كل وثائق الشهر"),
            Resolution.YEAR: translate("نسبتها من كل وثائق السنة"),
        }[by]
    return {
        Resolution.DAY: translate("عدد الوثائق في اليوم"),
        Resolution.MONTH: translate("عدد الوثائق في الشهر"),
        Resolution.YEAR: translate("عدد الوثائق في السنة"),
    }[by]


def _share_across(periods: float, width: int) -> float:
    """Return a distance from the edge, in periods, as a share of the whole width."""
    margin = 0.0 if is_arabic() else _MARGIN * width
    return (periods + margin) / (width * (1 + _MARGIN))


def _across(periods: float, width: int) -> str:
    return _percent(_share_across(periods, width))


def _percent(share: float) -> str:
    return f"{100 * share:.3f}".rstrip("0").rstrip(".") + "%"
