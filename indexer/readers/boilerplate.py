"""The lines that the archive site prints around every article, the same on all its pages.

`boilerplate.tsv` lists them by role: `byline` and `day` are the words before the newspaper and
before the day in an article's byline, `closing` begins the line under its body, and `notice`
begins the site's notices.
"""

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

from search.tables import read_table

_TABLE = Path(__file__).parent / "boilerplate.tsv"


class Boilerplate(NamedTuple):
    """What the site writes itself. `byline` matches a line, with groups `source` and `day`."""

    byline_start: str
    byline: re.Pattern[str]
    closing: str
    notices: tuple[str, ...]


@cache
def boilerplate() -> Boilerplate:
    """Read the site's lines."""
    rows = read_table(_TABLE, ("role", "text"))
    [start], [day], [closing] = (
        [text for row_role, text in rows if row_role == role]
        for role in ("byline", "day", "closing")
    )
    return Boilerplate(
        byline_start=start,
        byline=re.compile(
            rf"^\s*{re.escape(start)} (?P<source>.+?) {re.escape(day)} (?P<day>.+?)\s*$"
        ),
        closing=closing,
        notices=tuple(text for role, text in rows if role == "notice"),
    )
