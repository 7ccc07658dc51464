"""Read the dates of the Arabic and French press, and write them the Moroccan way.

The reader knows month names of Morocco, Algeria and Tunisia, Egypt, the Levant, France and England;
both digit sets; ISO 8601, RFC 5322, and the numbers that databases keep. Days are as written,
whatever the time zone. A Hijri date is not read; a Gregorian date beside it is.

Numbers are read day first, never month first: «05/06/2020» is ambiguous, and the same reading for
all dates is better than a guess for each. Two digits are a year only where a date stands alone: 69
to 99 are of the last century, as in POSIX. The zeros of clocks (1970-01-01) are not dates.
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from enum import StrEnum
from functools import lru_cache

from search.language.analysis import fold

MOROCCAN_MONTHS = (
    "يناير",
    "فبراير",
    "مارس",
    "أبريل",
    "ماي",
    "يونيو",
    "يوليوز",
    "غشت",
    "شتنبر",
    "أكتوبر",
    "نونبر",
    "دجنبر",
)

MONTH_NAMES = (
    ("يناير", "جانفي", "كانون الثاني", "كانون ثاني", "janvier", "january"),
    ("فبراير", "فبرير", "فيفري", "شباط", "février", "february"),
    ("مارس", "آذار", "mars", "march"),
    ("أبريل", "إبريل", "أفريل", "نيسان", "avril", "april"),
    ("ماي", "مايو", "أيار", "mai", "may"),
    ("يونيو", "يونيه", "جوان", "حزيران", "juin", "june"),
    ("يوليوز", "يوليو", "يوليه", "جويلية", "تموز", "juillet", "july"),
    ("غشت", "أغسطس", "أغشت", "أوت", "آب", "août", "august"),
    ("شتنبر", "سبتمبر", "شتمبر", "سبتنبر", "أيلول", "septembre", "september"),
    ("أكتوبر", "تشرين الأول", "تشرين أول", "octobre", "october"),
    ("نونبر", "نوفمبر", "نونمبر", "تشرين الثاني", "تشرين ثاني", "novembre", "november"),
    ("دجنبر", "ديسمبر", "دجمبر", "دسمبر", "كانون الأول", "كانون أول", "décembre", "december"),
)
_SHORT_NAMES = (
    "jan janv كانون2", "feb fév févr", "mar", "apr avr", "", "jun", "jul juil", "aug", "sep sept",
    "oct تشرين1", "nov تشرين2", "dec déc كانون1",
)  # fmt: skip
_MONTH_BY_NAME = {
    fold(name): month
    for month, (names, short) in enumerate(zip(MONTH_NAMES, _SHORT_NAMES, strict=True), start=1)
    for name in (*names, *short.split())
}

_MONTH = "(?:" + "|".join(sorted(map(re.escape, _MONTH_BY_NAME), key=len, reverse=True)) + r")\.?"
_DAY = r"(?<!\d)(\d{1,2})(?:er|st|nd|rd|th)?"
_YEAR = r"(\d{4})(?!\d)"
_DASH = r"\s*([-/.\u2010-\u2015\u2212])\s*"
# The same mark separates all three: in «1442-05-11 - 2020-12-26» no date begins at 05
_NUMERIC = re.compile(
    rf"(?<!\d)(\d{{1,2}}){_DASH}(\d{{1,2}})\s*\2\s*{_YEAR}(?!\s*\2\s*\d{{1,2}}\s*\2\s*\d)"
)
_ISO = re.compile(rf"(?<!\d)(\d{{4}}){_DASH}(\d{{1,2}})\s*\2\s*(\d{{1,2}})(?!\d)")
# «26 كانون الأول/ديسمبر 2020», «26 من دجنبر، 2020», «26-Dec-2020»
_NAMED = re.compile(
    rf"{_DAY}[\s/-]*(?:(?:من|de|of|du)\s+)?(?:(?:شهر|mois\s+de|mois\s+d')\s*)?({_MONTH})(?:\s*[/(]\s*{_MONTH}\)?)?[\s/,،-]*"
    rf"(?:(?:من\s+)?(?:de|of|ل?سنه|ل?عام|السنه|العام)\s+)?{_YEAR}"
)
_MONTH_FIRST = re.compile(rf"(?<!\w)({_MONTH})\s+(\d{{1,2}})(?:st|nd|rd|th)?\s*[,،]?\s+{_YEAR}")
# «Sat Dec 26 10:00:00 +0000 2020», as C and Twitter write it
_CLOCK_BEFORE_YEAR = re.compile(
    rf"(?<!\w)({_MONTH})\s+(\d{{1,2}})\s+\d\d:\d\d:\d\d(?:\s+\S{{1,6}})?\s+{_YEAR}"
)
# «26/12/20», «Sat, 26-Dec-20 10:00:00 GMT»
_SHORT_YEAR = re.compile(
    rf"\D{{0,60}}?(?<!\d)(\d{{1,2}})(?:{_DASH}(\d{{1,2}})\s*\2\s*|[\s/-]*({_MONTH})[\s/-]*)(\d\d)(?!\d|\s*ه)\D{{0,30}}"
)
_FIRST_OF_LAST_CENTURY = 69
_PLAIN = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?!\d)")
_COMPACT = re.compile(r"\s*((?:19|20)\d\d)(\d\d)(\d\d)(?:[Tt ]?\d{6}[Zz]?)?\s*")
_SECONDS = re.compile(r"\s*(\d{9,10})(?:\d{3})?(?:\.\d+)?\s*")
_PERIOD = re.compile(r"((?:19|20)\d\d)(?:[-/](\d{1,2})(?:[-/](\d{1,2}))?)?")
_MONTH_AND_YEAR = re.compile(rf"({_MONTH})\s+((?:19|20)\d\d)")
_MARKS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")

# The zeros of Unix, SQL Server and Excel; west of Greenwich that of Unix is on the day before
_ZEROS = frozenset((date(1970, 1, 1), date(1900, 1, 1), date(1899, 12, 30)))
_WESTERN_ZERO = re.compile(r"1969-12-31[T ](?:1[2-9]|2[0-3]):[03]0(?::00)?(?!\d)")
# The first paper in Arabic is of 1798. A year of the 14th or 15th century is Hijri.
FIRST_YEAR = 1790
_HIJRI_YEARS = range(1200, 1500)


class Fault(StrEnum):
    """The reason why a written date is not accepted."""

    UNREADABLE = "unreadable date"
    IMPOSSIBLE = "impossible date"
    FUTURE = "future date"
    ZERO = "placeholder for a date, such as 1970-01-01"


def parse_date(text: str) -> date | None:
    """Return the first date in `text`.

    The result is None where there is no date, or an impossible date (31 - 2 - 2020).

    Numbers are read day first, as the press writes them: «26 - 12 - 2020», «2020-12-26», «26 دجنبر
    2020».
    """
    reading = read_date(text)
    return None if isinstance(reading, Fault) else reading


def read_date(text: str, *, latest: date | None = None) -> date | Fault:
    """Return the first date in `text`, or why there is none; no date can be after `latest`."""
    # Most dumps write ISO dates, which are read without folding
    plain = _PLAIN.match(text)
    reading = _day_of(*map(int, plain.groups())) if plain else Fault.UNREADABLE
    if isinstance(reading, Fault):
        reading = _search(text[:500])
    if reading in _ZEROS or _WESTERN_ZERO.match(text):
        return Fault.ZERO
    if latest and isinstance(reading, date) and reading > latest:
        return Fault.FUTURE
    return reading


@lru_cache(maxsize=10_000)
def _search(text: str) -> date | Fault:
    fault = Fault.UNREADABLE
    for year, month, day in _candidates(text):
        if year in _HIJRI_YEARS:
            continue
        reading = _day_of(year, month, day)
        if isinstance(reading, date):
            return reading
        fault = reading
    return fault


def _candidates(text: str) -> Iterator[tuple[int, int, int]]:
    """Yield year, month and day of all that is written like a date, the surest form first."""
    if match := _COMPACT.fullmatch(text):
        yield int(match[1]), int(match[2]), int(match[3])
    elif match := _SECONDS.fullmatch(text):
        moment = datetime.fromtimestamp(int(match[1]), UTC)
        yield moment.year, moment.month, moment.day
    folded = fold(_MARKS.sub("", text))
    for match in _NUMERIC.finditer(folded):
        yield int(match[4]), int(match[3]), int(match[1])
    for match in _ISO.finditer(folded):
        yield int(match[1]), int(match[3]), int(match[4])
    for match in _NAMED.finditer(folded):
        yield int(match[3]), _MONTH_BY_NAME[match[2].rstrip(".")], int(match[1])
    for match in _MONTH_FIRST.finditer(folded):
        yield int(match[3]), _MONTH_BY_NAME[match[1].rstrip(".")], int(match[2])
    for match in _CLOCK_BEFORE_YEAR.finditer(folded):
        yield int(match[3]), _MONTH_BY_NAME[match[1].rstrip(".")], int(match[2])
    if len(folded) <= _LONGEST_SHORT and (
        match := _SHORT_YEAR.fullmatch(_CLOCK.sub(" ", folded, count=1))
    ):
        year = int(match[5])
        month = _MONTH_BY_NAME[match[4].rstrip(".")] if match[4] else int(match[3])
        yield year + (1900 if year >= _FIRST_OF_LAST_CENTURY else 2000), month, int(match[1])


_LONGEST_SHORT = 100  # characters


def _day_of(year: int, month: int, day: int) -> date | Fault:
    if year < FIRST_YEAR:
        return Fault.IMPOSSIBLE
    try:
        return date(year, month, day)
    except ValueError:
        return Fault.IMPOSSIBLE


def read_moment(text: str) -> datetime | None:
    """Read the day and the time of day; None where either is missing.

    «2020-12-26T10:00:00+01:00», «Sat, 26 Dec 2020 10:00:00 +0100», «26 دجنبر 2020 الساعة 18:30»,
    «26/12/2020 6:30 مساء», «26 déc. 2020 à 18h30». The offset is kept as written.
    """
    if len(text) < _SHORTEST_MOMENT or _DAY_ALONE.fullmatch(text):
        return None
    text = fold(_MARKS.sub("", text[:200])).strip()
    if match := _SECONDS.fullmatch(text):
        return datetime.fromtimestamp(int(match[1]), UTC)
    if match := _COMPACT_MOMENT.fullmatch(text):
        text = "{}-{}-{} {}:{}:{}".format(*match.groups())
    if not (clock := _CLOCK.search(text)):
        return None
    day = parse_date(text)
    hour, half = int(clock["hour"]), clock["half"]
    if half and hour <= 12:
        hour = hour % 12 + (12 if half.startswith(("م", "p")) else 0)
    try:
        moment = datetime.min.replace(hour=hour, minute=int(clock["minute"]))
        moment = moment.replace(second=int(clock["second"] or 0), tzinfo=_zone(clock["zone"]))
    except ValueError:
        return None
    # A database stores a day alone as midnight to the second
    if day is None or moment.time() == datetime.min.time():
        return None
    return datetime.combine(day, moment.timetz())


def _zone(written: str | None) -> tzinfo | None:
    if not written:
        return None
    digits = written[1:].replace(":", "")
    if not digits.isdecimal():  # Z, GMT or UTC
        return UTC
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if written[0] in "-\u2212" else offset)


_DAY_ALONE = re.compile(r"\d{4}-\d\d-\d\d")  # as most dumps write it
_SHORTEST_MOMENT = 9  # characters: seconds of 1973
_COMPACT_MOMENT = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)[t ]?(\d\d)(\d\d)(\d\d)z?")
_CLOCK = re.compile(
    r"(?<![\d:.+])(?P<hour>[01]?\d|2[0-3])[:h](?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d)(?:[.,]\d+)?)?"
    r"(?![\d:])(?:\s*(?P<half>[صم](?!\w)|صباحا|مساء|[ap]\.?m\b))?"
    r"(?:\s*(?P<zone>z\b|gmt\b|utc\b|[+\-\u2212]\d\d:?\d\d))?"
)


def read_period(text: str) -> tuple[date, date] | None:
    """Read a whole text as a year, a month or a day, and return its first and last day.

    «2020», «2020-12», «2020-12-26», «دجنبر 2020»; None for anything else, and for years that no
    newspaper saw.
    """
    folded = " ".join(fold(text).split())
    if match := _PERIOD.fullmatch(folded):
        year, month, day = (int(part) if part else None for part in match.groups())
    elif match := _MONTH_AND_YEAR.fullmatch(folded):
        year, month, day = int(match[2]), _MONTH_BY_NAME[match[1].rstrip(".")], None
    else:
        return None
    try:
        first = date(year or 0, month or 1, day or 1)
        if month is None:
            return first, date(first.year, 12, 31)
        return first, date(first.year, month, day or monthrange(first.year, month)[1])
    except ValueError:
        return None


def read_day(text: str) -> date | None:
    """Read a whole text as a day with its year: «26 دجنبر 2020», «26/12/2020», «March 3, 2018»."""
    folded = " ".join(fold(text).split())
    if match := _NAMED.fullmatch(folded):
        year, month, day = match[3], _MONTH_BY_NAME[match[2].rstrip(".")], match[1]
    elif match := _MONTH_FIRST.fullmatch(folded):
        year, month, day = match[3], _MONTH_BY_NAME[match[1].rstrip(".")], match[2]
    elif match := _NUMERIC.fullmatch(folded):
        year, month, day = match[4], int(match[3]), match[1]
    elif match := _ISO.fullmatch(folded):
        year, month, day = match[1], int(match[3]), match[4]
    else:
        return None
    reading = _day_of(int(year), month, int(day))
    return None if isinstance(reading, Fault) else reading


def write_date(day: date) -> str:
    """Write a date as Moroccan papers do: «26 دجنبر 2020»."""
    return f"{day.day} {MOROCCAN_MONTHS[day.month - 1]} {day.year}"
