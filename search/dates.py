"""Reads the dates of the Arabic and French press, and writes them the Moroccan way.

Month names of Morocco, Algeria and Tunisia, Egypt, the Levant, and France; both digit sets.
Left out: Hijri dates.
"""

import re
from calendar import monthrange
from datetime import date

from search.text import fold

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
    ("يناير", "جانفي", "كانون الثاني", "janvier", "january"),
    ("فبراير", "فيفري", "شباط", "février", "february"),
    ("مارس", "آذار", "mars", "march"),
    ("أبريل", "إبريل", "أفريل", "نيسان", "avril", "april"),
    ("ماي", "مايو", "أيار", "mai", "may"),
    ("يونيو", "يونيه", "جوان", "حزيران", "juin", "june"),
    ("يوليوز", "يوليو", "يوليه", "جويلية", "تموز", "juillet", "july"),
    ("غشت", "أغسطس", "أوت", "آب", "août", "august"),
    ("شتنبر", "سبتمبر", "أيلول", "septembre", "september"),
    ("أكتوبر", "تشرين الأول", "octobre", "october"),
    ("نونبر", "نوفمبر", "تشرين الثاني", "novembre", "november"),
    ("دجنبر", "ديسمبر", "كانون الأول", "décembre", "december"),
)
_MONTH_BY_NAME = {
    fold(name): month for month, names in enumerate(MONTH_NAMES, start=1) for name in names
}

_NUMERIC = re.compile(r"(?<!\d)(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{4})(?!\d)")
_ISO = re.compile(r"(?<!\d)(\d{4})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{1,2})(?!\d)")
_ANY_MONTH = "|".join(sorted(map(re.escape, _MONTH_BY_NAME), key=len, reverse=True))
_NAMED = re.compile(rf"(?<!\d)(\d{{1,2}})(?:er)?\s+({_ANY_MONTH})\s+(\d{{4}})(?!\d)")
_PERIOD = re.compile(r"((?:19|20)\d\d)(?:[-/](\d{1,2})(?:[-/](\d{1,2}))?)?")
_MONTH_AND_YEAR = re.compile(rf"({_ANY_MONTH})\s+((?:19|20)\d\d)")


def parse_date(text: str) -> date | None:
    """Find the first date in `text`.

    None where there is none, or where it never was (31 - 2 - 2020).

    Numbers are read day first, as the press writes them: «26 - 12 - 2020», «2020-12-26», «26 دجنبر
    2020».
    """
    folded = fold(text)
    if match := _ISO.search(folded):
        year, month, day = map(int, match.groups())
    elif match := _NUMERIC.search(folded):
        day, month, year = map(int, match.groups())
    elif match := _NAMED.search(folded):
        day, month, year = int(match[1]), _MONTH_BY_NAME[match[2]], int(match[3])
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def read_period(text: str) -> tuple[date, date] | None:
    """Read a whole text as a year, a month or a day, and give its first and last day.

    «2020», «2020-12», «2020-12-26», «دجنبر 2020»; None for anything else, and for years that no
    newspaper saw.
    """
    folded = " ".join(fold(text).split())
    if match := _PERIOD.fullmatch(folded):
        year, month, day = (int(part) if part else None for part in match.groups())
    elif match := _MONTH_AND_YEAR.fullmatch(folded):
        year, month, day = int(match[2]), _MONTH_BY_NAME[match[1]], None
    else:
        return None
    try:
        first = date(year or 0, month or 1, day or 1)
        if month is None:
            return first, date(first.year, 12, 31)
        return first, date(first.year, month, day or monthrange(first.year, month)[1])
    except ValueError:
        return None


def write_date(day: date) -> str:
    """Write a date as Moroccan papers do: «26 دجنبر 2020»."""
    return f"{day.day} {MOROCCAN_MONTHS[day.month - 1]} {day.year}"
