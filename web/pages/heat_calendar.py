"""Build calendars shaded by the number of documents: years of months, months of days.

A cell with documents is a link, and its label has their number. The tables themselves are in
`templates/browse.html`.
"""

from calendar import MONDAY
from calendar import Calendar as Weeks
from dataclasses import dataclass
from datetime import date
from math import ceil, sqrt

from flask_babel import format_date, get_locale

from search.results.calendar import Calendar
from web.pages.calendar_spans import CalendarAddresses, CalendarSpan
from web.pages.wording import DOCUMENTS, format_count, format_day, format_month, format_number

_SHADES = 4  # styles `heat-1` to `heat-4`
_WEEKS = Weeks(MONDAY)  # weeks begin on Monday in the Maghreb


@dataclass(frozen=True, slots=True)
class Cell:
    """A month of a year, or a day of a month; a cell without documents has no address.

    `text` is the number of the day; it is empty for a month, which the column names.
    """

    text: str
    count: str
    label: str
    url: str | None
    shade: int  # 0 to `_SHADES`


@dataclass(frozen=True, slots=True)
class YearRow:
    """A year with a cell for each of its months."""

    label: str
    url: str
    count: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class MonthGrid:
    """A month by weeks; None stands for a day of a neighbouring month."""

    label: str
    url: str | None
    count: str
    weeks: tuple[tuple[Cell | None, ...], ...]


def build_year_rows(calendar: Calendar, addresses: CalendarAddresses) -> tuple[YearRow, ...]:
    """Build a row for each year that has documents, the latest first."""
    spans = []
    day = calendar.last
    while day is not None:
        spans.append(CalendarSpan.of_year(day))
        day = calendar.before(spans[-1].first)
    months_of_years = [[_span_of_month(year.first.year, month) for month in range(1, 13)]
                       for year in spans]  # fmt: skip
    largest = max(
        (_count(calendar, month) for months in months_of_years for month in months), default=0
    )
    return tuple(
        YearRow(
            label=str(year.first.year),
            url=addresses.url(year),
            count=format_number(_count(calendar, year)),
            cells=tuple(
                _build_cell(
                    month,
                    calendar,
                    addresses,
                    largest,
                    text="",
                    name=format_month(month.first),
                )
                for month in months
            ),
        )
        for year, months in zip(spans, months_of_years, strict=True)
    )


def build_month_grids(
    span: CalendarSpan, calendar: Calendar, addresses: CalendarAddresses
) -> tuple[MonthGrid, ...]:
    """Build the grids of a year's twelve months, or of one month."""
    year = span.first.year
    months = range(span.first.month, span.last.month + 1)
    largest = _largest_day(span, calendar)
    return tuple(
        _build_grid(_span_of_month(year, month), calendar, addresses, largest) for month in months
    )


def name_months() -> tuple[str, ...]:
    """Return the names of the months, for the columns of a year's row."""
    return tuple(format_month(date(2000, month, 1), with_year=False) for month in range(1, 13))


def name_weekdays() -> tuple[tuple[str, str], ...]:
    """Return the weekdays from Monday on, each with its shortest name."""
    locale = get_locale()
    days = locale.days["stand-alone"] if locale else {}
    return tuple((days["wide"][day], days["narrow"][day]) for day in range(7)) if days else ()


def format_weekday(day: date) -> str:
    """Write a day with its weekday: «الثلاثاء 5 مارس 2019»."""
    return f"{format_date(day, 'EEEE')} {format_day(day)}"


def _build_grid(
    month: CalendarSpan, calendar: Calendar, addresses: CalendarAddresses, largest: int
) -> MonthGrid:
    count = _count(calendar, month)
    year, number = month.first.year, month.first.month
    weeks = tuple(
        tuple(
            _build_cell(
                CalendarSpan.of_day(date(year, number, day)),
                calendar,
                addresses,
                largest,
                text=str(day),
                name=format_day(date(year, number, day)),
            )
            if day
            else None
            for day in week
        )
        for week in _WEEKS.monthdayscalendar(year, number)
    )
    return MonthGrid(
        label=format_month(month.first),
        url=addresses.url(month) if count else None,
        count=format_count(count, DOCUMENTS),
        weeks=weeks,
    )


def _build_cell(
    span: CalendarSpan,
    calendar: Calendar,
    addresses: CalendarAddresses,
    largest: int,
    *,
    text: str,
    name: str,
) -> Cell:
    count = _count(calendar, span)
    if not count:
        return Cell(text, "", name, None, 0)
    # The shade follows the square root, so that a day of three documents is visible beside a day of
    # thousands; it never exceeds the count itself.
    shade = min(count, ceil(_SHADES * sqrt(count / largest)))
    label = f"{name}: {format_count(count, DOCUMENTS)}"
    return Cell(text, format_number(count), label, addresses.url(span), shade)


def _largest_day(span: CalendarSpan, calendar: Calendar) -> int:
    days = range(span.first.toordinal(), span.last.toordinal() + 1)
    return max(calendar.count(date.fromordinal(day), date.fromordinal(day)) for day in days)


def _count(calendar: Calendar, span: CalendarSpan) -> int:
    return calendar.count(span.first, span.last)


def _span_of_month(year: int, month: int) -> CalendarSpan:
    return CalendarSpan.of_month(date(year, month, 1))
