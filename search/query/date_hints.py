"""Finds the days that a reader names among the words of a query: a wish, not a demand. Pure.

A year, a month and a year, or a day; from one to another («من 2019 إلى 2021», «entre 2019 et 2021»,
«2019-2021»), before one («قبل 2015»), after it, or since.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from search.language.analysis import fold
from search.language.dates import parse_date, read_period
from search.records import DateHint

PUNCTUATION = " \t\n.,:;!?()[]،؛؟…"

_FROM = frozenset(map(fold, "من بين entre de du depuis between from".split()))
_TO = frozenset(map(fold, "إلى حتى to until till au à jusqu'en - – —".split()))
# Only behind one of the first: «2019 et 2021» are two years.
_AND = frozenset(map(fold, "و et and".split()))
_BEFORE = frozenset(map(fold, "قبل avant before".split()))
_AFTER = frozenset(map(fold, "بعد après after".split()))
_SINCE = frozenset(map(fold, "منذ depuis since dès".split()))
_YEAR = frozenset(map(fold, "سنة عام l'an l'année year".split()))  # may stand before a number

_NUMBERS = re.compile(r"\d{1,4}([-/.])\d{1,2}\1\d{1,4}")
_DAY = re.compile(r"(\d{1,2})(?:er|st|nd|rd|th)?")
_YEARS = re.compile(r"(\d{4})[-\u2010-\u2015\u2212](\d{4})")
_ONE_DAY = timedelta(days=1)

Days = tuple[date | None, date | None]  # the first and the last; None is an open end


class PlainWord(NamedTuple):
    """A word of a query that asks for nothing else, and where it stands."""

    start: int
    end: int
    text: str


class _Read(NamedTuple):
    days: Days
    end: int  # the place of the word after it


def find_wish(text: str, plain: Sequence[PlainWord]) -> DateHint | None:
    """Find the first days among the `plain` words of `text`."""
    plain = list(_split(plain))
    said = [fold(word.text.strip(PUNCTUATION)) for word in plain]
    for place in range(len(said)):
        read = _open_end(said, place) or _from_to(said, place) or _period(said, place)
        if read is not None:
            start, end = plain[place].start, plain[read.end - 1].end
            without = " ".join(f"{text[:start]} {text[end:]}".split())
            return DateHint(*read.days, text[start:end].strip(PUNCTUATION), without)
    return None


def _split(plain: Iterable[PlainWord]) -> Iterator[PlainWord]:
    """Part the «و» from a number that it is written on."""
    for word in plain:
        if word.text[:1] == "و" and word.text[1:2].isdecimal():
            yield PlainWord(word.start, word.start + 1, "و")
            yield PlainWord(word.start + 1, word.end, word.text[1:])
        else:
            yield word


def _open_end(said: Sequence[str], place: int) -> _Read | None:
    """Read «قبل 2015», «après mars 2015», «since 2015»."""
    word = said[place]
    if word not in _BEFORE | _AFTER | _SINCE or not (read := _period(said, place + 1)):
        return None
    (first, last), end = read
    assert first is not None
    assert last is not None
    if word in _BEFORE:
        return _Read((None, first - _ONE_DAY), end)
    return _Read((first if word in _SINCE else last + _ONE_DAY, None), end)


def _from_to(said: Sequence[str], place: int) -> _Read | None:
    """Read «من 2019 إلى 2021», «entre 2019 et 2021», «mars 2019 - mai 2020», «2019-2021»."""
    if years := _YEARS.fullmatch(said[place]):
        read = [read_period(year) for year in years.groups()]
        periods = [_Read(period, place + 1) for period in read if period]
    else:
        periods = _two_periods(said, place)
    if len(periods) < 2:
        return None
    first, last = sorted(periods, key=lambda period: period.days[0] or date.min)
    return _Read((first.days[0], last.days[1]), max(first.end, last.end))


def _two_periods(said: Sequence[str], place: int) -> list[_Read]:
    is_opened = said[place] in _FROM
    first = _period(said, place + is_opened)
    if first is None or first.end >= len(said):
        return []
    between = said[first.end]
    if between not in _TO and not (is_opened and between in _AND):
        return []
    last = _period(said, first.end + 1)
    return [first, last] if last else []


def _period(said: Sequence[str], place: int) -> _Read | None:
    """Read a day, a month and its year, or a year, from this word on."""
    if place < len(said) and said[place] in _YEAR:
        place += 1
    if place >= len(said):
        return None
    if _NUMBERS.fullmatch(said[place]) and (day := parse_date(said[place])):
        return _Read((day, day), place + 1)
    for end in range(place + 1, min(place + 3, len(said)) + 1):  # a month's name may be two words
        if len(said[end - 1]) == 4 and (period := read_period(" ".join(said[place:end]))):
            return _Read(period, end)
    if (number := _DAY.fullmatch(said[place])) and (month := _period(said, place + 1)):
        return _day_of(month, int(number[1]))
    return None


def _day_of(month: _Read, number: int) -> _Read | None:
    first, last = month.days
    assert first is not None
    assert last is not None
    if (first.year, first.month) != (last.year, last.month) or not 1 <= number <= last.day:
        return None
    day = first.replace(day=number)
    return _Read((day, day), month.end)
