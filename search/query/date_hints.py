"""Find the days that a reader names among the words of a query. Pure.

A full day with its year and a span («من 2019 إلى 2021», «قبل 2015», "since March 2018") filter. A
year alone, a month with its year, and two years with a hyphen or a slash between them only favour,
since names contain them too: «رؤية 2030», «موسم 2019-2020». A day without its year is ignored. Days
relative to today and Hijri dates are not read.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from enum import Enum, auto
from typing import NamedTuple

from search.language.analysis import fold
from search.language.dates import read_period
from search.query.periods import (
    DAY_OF_MONTH,
    FILLERS,
    NOUNS,
    Period,
    counts_things,
    fold_each,
    read_days,
    read_days_at,
    skip,
)
from search.query.tokens import PUNCTUATION, Token, TokenKind
from search.understood import DateHint

_FROM = fold_each("من بين entre de du depuis between from منذ since")
_TO = fold_each("إلى حتى لغاية to until till au à jusqu'en jusqu'à jusqu'au")
_DASHES = frozenset("-–—")
_AND = fold_each("و et and")  # only behind a word of `_FROM`: «2019 et 2021» are two years
_BEFORE = fold_each("قبل avant before")
_AFTER = fold_each("بعد après after")
_SINCE = fold_each("منذ depuis since")
_OPENINGS = _BEFORE | _AFTER | _FROM
_LEADS = fold_each(
    "و ما في يوم اليوم ليوم بتاريخ خلال الفترة فترة le du on the in en dans période period"
    " الاثنين الإثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد"
    " lundi mardi mercredi jeudi vendredi samedi dimanche"
    " monday tuesday wednesday thursday friday saturday sunday"
)
_STARTS = fold_each("بداية مطلع أوائل début start beginning early")  # behind «منذ»
_FIRST_OF_MONTH = fold_each("فاتح premier")  # «فاتح ماي 2019»
_MAX_LEADS = 4

_DIGIT = re.compile(r"\d")
_YEAR_OF_ERA = re.compile(r"(\d{4})م")
_YEARS = re.compile(r"(\d{4})[-/\u2010-\u2015\u2212](\d{4})")
_ISO = re.compile(r"\d{4}-\d\d(?:-\d\d)?")
_BREAK = "|"  # between words that do not follow each other
_ONE_DAY = timedelta(days=1)

Days = tuple[date | None, date | None]  # the first and the last; None is an open end


class Role(Enum):
    """The effect of named days on a search."""

    RANGE = auto()  # filter as an operator: a day or month in ISO form
    FILTER = auto()
    FAVOUR = auto()


class NamedDays(NamedTuple):
    """Days, and the span of a line that names them: `line[start:end]`."""

    role: Role
    days: Days
    start: int
    end: int

    def hint(self, text: str) -> DateHint:
        """Return the days with the words of the line that name them and the words that do not."""
        without = " ".join(f"{text[: self.start]} {text[self.end :]}".split())
        return DateHint(*self.days, text[self.start : self.end].strip(PUNCTUATION), without)


class _Read(NamedTuple):
    role: Role
    days: Days
    end: int


def find_days(text: str, words: Iterable[Token]) -> list[NamedDays]:
    """Find all days among the plain `words` of `text`, in order."""
    tokens = list(_split(text, words))
    if not any(_DIGIT.search(token.text) for token in tokens):
        return []
    folded = [_normalized(token) for token in tokens]
    named: list[NamedDays] = []
    place = 0
    while place < len(folded):
        read = _read(folded, place)
        if read is None:
            place += 1
            continue
        start, end = tokens[place].start, tokens[read.end - 1].end
        named.append(NamedDays(read.role, read.days, start, end))
        place = read.end
    return named


def _split(text: str, words: Iterable[Token]) -> Iterator[Token]:
    """Split «و» off the date it is written on, and yield `_BREAK` where other words are between."""
    end = 0
    for word in words:
        if word.kind is not TokenKind.WORD:
            continue
        if text[end : word.start].strip():
            yield word._replace(text=_BREAK)
        end, rest = word.end, word.text[1:]
        if word.text[0] == "و" and _begins_date(rest):
            yield word._replace(end=word.start + 1, text="و")
            yield word._replace(start=word.start + 1, text=rest)
        else:
            yield word


def _begins_date(word: str) -> bool:
    word = fold(word)
    return word[:1].isdecimal() or word in _OPENINGS | _TO or bool(read_period(f"{word} 2000"))


def _normalized(token: Token) -> str:
    word = fold(token.text.strip(PUNCTUATION)).replace("’", "'")
    if year := _YEAR_OF_ERA.fullmatch(word):
        return year[1]
    return "1" if word in _FIRST_OF_MONTH else word


def _read(words: Sequence[str], place: int) -> _Read | None:
    """Read days from this word on; days that filter include the lead words before them."""
    for start in range(place, min(place + _MAX_LEADS, len(words))):
        read = _from_to(words, start) or _open_end(words, start) or _alone(words, start)
        if read is not None:
            return read if start == place or read.role is not Role.FAVOUR else None
        if words[start] not in _LEADS:
            return None
    return None


def _alone(words: Sequence[str], place: int) -> _Read | None:
    period = read_days_at(words, place, NOUNS)
    if period is None or counts_things(words, period):
        return None
    days = period.first, period.last
    if period.end == place + 1 and _ISO.fullmatch(words[place]):
        return _Read(Role.RANGE, days, period.end)
    return _Read(Role.FILTER if period.unit == "day" else Role.FAVOUR, days, period.end)


def _open_end(words: Sequence[str], place: int) -> _Read | None:
    """Read «قبل 2015», «après mars 2015», "since 2015", «بعد 2015 وقبل 2018»."""
    read = _one_end(words, place)
    if read is None:
        return None
    since, until = read.days
    other = _one_end(words, read.end + (read.end < len(words) and words[read.end] in _AND))
    if other is not None:
        since, until = since or other.days[0], until or other.days[1]
        if since and until and since <= until:
            return _Read(Role.FILTER, (since, until), other.end)
    return read


def _one_end(words: Sequence[str], place: int) -> _Read | None:
    word = words[place] if place < len(words) else ""
    if word not in _BEFORE | _AFTER | _SINCE:
        return None
    period = read_days_at(words, place + 1, FILLERS | _STARTS if word in _SINCE else FILLERS)
    if period is None or counts_things(words, period):
        return None
    if word in _BEFORE:
        return _Read(Role.FILTER, (None, period.first - _ONE_DAY), period.end)
    if word in _AFTER and period.last == date.max:
        return None  # no day follows
    first = period.first if word in _SINCE else period.last + _ONE_DAY
    return _Read(Role.FILTER, (first, None), period.end)


def _from_to(words: Sequence[str], place: int) -> _Read | None:
    """Read «من 2019 إلى 2021», «entre 2019 et 2021», «mars 2019 - mai 2020», «2019-2021»."""
    is_opened = words[place] in _FROM
    start = skip(words, place + is_opened, FILLERS if is_opened else NOUNS)
    if start >= len(words):
        return None
    if years := _YEARS.fullmatch(words[start]):
        periods = [read_period(year) for year in years.groups()]
        first, last = (Period(*days, start + 1) if days else None for days in periods)
        is_dash = True
    else:
        first, last, is_dash = _two_periods(words, start, is_opened)
    if first is None or last is None or (is_dash and first.unit != last.unit):
        return None
    end = max(first.end, last.end)
    first, last = sorted((first, last))
    if counts_things(words, last._replace(end=end)):
        return None
    only_favours = is_dash and not is_opened and first.unit == "year"
    return _Read(Role.FAVOUR if only_favours else Role.FILTER, (first.first, last.last), end)


def _two_periods(
    words: Sequence[str], place: int, is_opened: bool
) -> tuple[Period | None, Period | None, bool]:
    """Read two periods, and whether a dash is between; the first may lack parts of the last."""
    first = read_days_at(words, place, frozenset())
    end = first.end if first else _end_of_part(words, place)
    if end is None or end >= len(words):
        return None, None, False
    is_dash = words[end] in _DASHES
    if not (words[end] in _TO or (is_opened and words[end] in _AND) or (first and is_dash)):
        return None, None, False
    last = read_days_at(words, end + 1, FILLERS)
    if first is None and last is not None:
        first = _complete(words[place:end], last)
    return first, last, is_dash


def _end_of_part(words: Sequence[str], place: int) -> int | None:
    """Return where a day, a month, or a day of a month ends, without a year, before «إلى»."""
    ends = range(place + 1, min(place + 4, len(words)))
    end = next((end for end in ends if words[end] in _TO | _AND), None)
    if end is None:
        return None
    has_day = bool(DAY_OF_MONTH.fullmatch(words[place]))
    month = " ".join(words[place + has_day : end])
    is_part = (has_day and not month) or bool(read_period(f"{month} 2000"))
    return end if is_part else None


def _complete(part: Sequence[str], last: Period) -> Period | None:
    """Read a day or a month before `last`, which names the month or the year of both."""
    number = DAY_OF_MONTH.fullmatch(part[0])
    if last.unit != ("day" if number else "month"):
        return None
    if number and len(part) == 1:
        texts = [f"{last.first:%Y-%m}-{number[1]}"]
    else:
        texts = [f"{' '.join(part)} {year}" for year in (last.first.year, last.first.year - 1)]
    for text in texts:
        period = read_days(text)
        if period and period[0] <= last.first:
            return Period(*period, 0)
    return None
