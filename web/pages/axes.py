"""Divide the axes of a chart: round numbers for values, and dates in even steps for times."""

from collections.abc import Sequence
from math import floor, log10

from search.trends.series import Resolution, TimePeriod
from web.pages.wording import format_day, format_decimal, format_month, format_percent

_MAX_STEPS = 5  # on the axis of values
_MAX_TIMES = 10  # times named below the plot
_SHORT_DAYS = 62  # up to this number of days, the axis names days, not months
_DAY_STEPS = (1, 2, 5, 10)
_MONTH_STEPS = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 6000, 12000)


def round_step(largest: float, *, is_whole: bool) -> float:
    """Return the least of 1, 2 and 5 times a power of ten that divides the axis into few steps."""
    if not largest:
        return 1.0 if is_whole else 0.01
    power = 10.0 ** floor(log10(largest / _MAX_STEPS))
    step = next(
        factor * power for factor in (1, 2, 5, 10) if largest / (factor * power) <= _MAX_STEPS
    )
    return max(step, 1.0) if is_whole else step


def choose_times(periods: Sequence[TimePeriod], by: Resolution) -> list[tuple[int, str]]:
    """Return the places to name on the axis, at most `_MAX_TIMES`, with their names."""
    if by is Resolution.DAY and len(periods) <= _SHORT_DAYS:
        step = next(step for step in _DAY_STEPS if len(periods) <= step * _MAX_TIMES)
        return [
            (place, _name_shortly(periods[place], Resolution.DAY))
            for place in range(0, len(periods), step)
        ]
    for months in _MONTH_STEPS:
        places = [
            place
            for place, period in enumerate(periods)
            if period.first.day == 1
            and (12 * period.first.year + period.first.month - 1) % months == 0
        ]
        if len(places) <= _MAX_TIMES:
            break
    unit = Resolution.MONTH if months % 12 else Resolution.YEAR
    return [(place, _name_shortly(periods[place], unit)) for place in places]


def _name_shortly(period: TimePeriod, unit: Resolution) -> str:
    month = format_month(period.first, with_year=False)
    match unit:
        case Resolution.DAY:
            return f"{period.first.day} {month}"
        case Resolution.MONTH:
            return f"{month} {period.first.year}"
        case Resolution.YEAR:
            return str(period.first.year)


def name_period(period: TimePeriod, by: Resolution) -> str:
    """Write a period for a reader: «26 دجنبر 2020», «دجنبر 2020» or «2020»."""
    match by:
        case Resolution.DAY:
            return format_day(period.first)
        case Resolution.MONTH:
            return format_month(period.first)
        case Resolution.YEAR:
            return str(period.first.year)


def write_share(share: float) -> str:
    """Write a share in percent, with three significant digits: «12.5٪»."""
    percent = 100 * share
    decimals = 0 if not percent else max(0, 2 - floor(log10(percent)))
    while decimals and round(percent, decimals) == round(percent, decimals - 1):
        decimals -= 1
    return format_percent(format_decimal(percent, decimals))
