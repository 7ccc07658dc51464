"""Read one day, month or year among the folded words of a query. Pure."""

import re
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from search.language.analysis import fold
from search.language.dates import read_day, read_period


def fold_each(words: str) -> frozenset[str]:
    return frozenset(map(fold, words.split()))


# These words may stand before a date, and add nothing to it.
NOUNS = fold_each("سنة عام سنتي عامي سنوات شهر l'an l'année année années year years mois")
FILLERS = NOUNS | fold_each("يوم تاريخ غاية حدود le la les l' the de du d' of en in month")
DAY_OF_MONTH = re.compile(r"(\d{1,2})(?:er|st|nd|rd|th)?")

# Before these a number that looks like a year seldom is a year: «من 2000 إلى 2050 درهم».
_UNITS = fold_each(
    "درهم درهما دراهم دولار يورو أورو ريال دينار جنيه كلم كيلومتر كيلومترا متر مترا طن طنا هكتار"
    " هكتارا شخص شخصا قتيل قتيلا مليون مليار ألف ميغاواط dh dhs mad euros dollars km m mw ha tonnes"
    " morts personnes millions milliards people meters metres tons million billion"
)
_YEAR = re.compile(r"\d{4}")
_MAX_FILLERS = 3
_MAX_IN_MONTH = 4  # words of «كانون الأول سنة 2020»
_MAX_IN_DAY = 8  # words of «26 من شهر كانون الأول من سنة 2020»


class Period(NamedTuple):
    """Whole days in a row, and the place of the word after those that name them."""

    first: date
    last: date
    end: int

    @property
    def unit(self) -> str:
        if self.first == self.last:
            return "day"
        return "month" if self.first.month == self.last.month else "year"


def read_days(text: str) -> tuple[date, date] | None:
    """Read a whole text as a day, a month or a year, and return its first and last day."""
    if period := read_period(text):
        return period
    day = read_day(text)
    return (day, day) if day else None


def read_days_at(words: Sequence[str], place: int, fillers: frozenset[str]) -> Period | None:
    """Read a day, a month and its year, or a year, from this word or the word after fillers on."""
    place = skip(words, place, fillers)
    if place >= len(words):
        return None
    if not words[place][:1].isdigit():
        end = _end_of_year(words, place, _MAX_IN_MONTH)
    elif DAY_OF_MONTH.fullmatch(words[place]):
        end = _end_of_year(words, place, _MAX_IN_DAY)
    else:
        end = place + 1
    days = read_days(" ".join(words[place:end]))
    return Period(*days, end) if days else None


def skip(words: Sequence[str], place: int, fillers: frozenset[str]) -> int:
    """Return the place of the first word from this place on that is no filler."""
    for skipped in range(place, min(place + _MAX_FILLERS + 1, len(words))):
        if words[skipped] not in fillers:
            return skipped
    return place


def counts_things(words: Sequence[str], period: Period) -> bool:
    """Return whether a number that looks like a year stands before a unit."""
    return period.unit == "year" and period.end < len(words) and words[period.end] in _UNITS


def _end_of_year(words: Sequence[str], place: int, most: int) -> int:
    """Return the place after the first year among at most these words, or `place` without one."""
    ends = range(place + 1, min(place + most, len(words)) + 1)
    return next((end for end in ends if _YEAR.fullmatch(words[end - 1])), place)
