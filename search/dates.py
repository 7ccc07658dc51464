"""Reads the dates of the Arabic and French press, and writes them the Moroccan way.

Month names of Morocco, Algeria and Tunisia, Egypt, the Levant, and France; both digit sets.
Left out: Hijri dates, and ranges.
"""

import re
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

_NAMES = (
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
    fold(name): month for month, names in enumerate(_NAMES, start=1) for name in names
}

_NUMERIC = re.compile(r"(?<!\d)(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{4})(?!\d)")
_ISO = re.compile(r"(?<!\d)(\d{4})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{1,2})(?!\d)")
_NAMED = re.compile(
    r"(?<!\d)(\d{1,2})(?:er)?\s+("
    + "|".join(sorted(map(re.escape, _MONTH_BY_NAME), key=len, reverse=True))
    + r")\s+(\d{4})(?!\d)"
)


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


def write_date(day: date) -> str:
    """Write a date as Moroccan papers do: «26 دجنبر 2020»."""
    return f"{day.day} {MOROCCAN_MONTHS[day.month - 1]} {day.year}"
