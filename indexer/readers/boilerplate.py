"""Match the lines that the archive site prints around every article, the same on all its pages.

`boilerplate.tsv` lists them by role: `byline` and `day` are the words before the newspaper and
before the day in an article's byline, `closing` begins the line under its body, and `notice`
begins the site's notices. They are found however their letters are written: with marks, tatweel,
signs of direction, Persian letters, presentation forms, any white space, or a damaged letter.
"""

import re
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import NamedTuple

from search.language.analysis import fold
from search.tables import read_table

_TABLE = Path(__file__).parent / "boilerplate.tsv"
_BLOCKS = (range(0x21, 0x800), range(0x2000, 0x2070), range(0xFB50, 0xFE00), range(0xFE70, 0x10000))

_LONGEST_BYLINE = 200  # characters


class Boilerplate(NamedTuple):
    """The patterns of the site's lines. `byline` matches a line, with groups `source` and `day`."""

    byline_start: re.Pattern[str]
    byline: re.Pattern[str]
    closing: re.Pattern[str]
    notices: re.Pattern[str]


@cache
def boilerplate() -> Boilerplate:
    """Return the patterns of the site's lines."""
    rows = read_table(_TABLE, ("role", "text"))
    by_role = {
        name: "|".join(_pattern(text) for role, text in rows if role == name)
        for name in ("byline", "day", "closing", "notice")
    }
    blank, start, day = _blank(), by_role["byline"], by_role["day"]
    return Boilerplate(
        byline_start=re.compile(start),
        # Longer lines are no bylines: the search would start anew at each of endless spaces
        byline=re.compile(
            rf"{blank}*+{start}(?=.{{1,{_LONGEST_BYLINE}}}$)(?=.*{day}){blank}++"
            rf"(?P<source>\S.*?){blank}++{day}{blank}++(?P<day>\S.*?){blank}*$"
        ),
        closing=re.compile(by_role["closing"]),
        notices=re.compile(by_role["notice"]),
    )


def match_byline(line: str) -> re.Match[str] | None:
    """Return the match of an article's byline, with groups `source` and `day`."""
    match = boilerplate().byline.match
    return match(line) or (match(line.replace("\ufffd", "")) if "\ufffd" in line else None)


def begins(pattern: re.Pattern[str], line: str) -> bool:
    """Return whether the line begins with a line of the site, after any invisible characters."""
    line = line[: _LONGEST_BYLINE * 2].lstrip(_invisible())
    return bool(
        pattern.match(line) or ("\ufffd" in line and pattern.match(line.replace("\ufffd", "")))
    )


def is_blank(line: str) -> bool:
    """Return whether the line holds no visible character."""
    return not line.strip(_invisible())


def _pattern(text: str) -> str:
    """Return the pattern of a text in any spelling that folds to the same letters."""
    ligature = "لا"
    apart = _letters(ligature)
    words = (_letters(fold(word)) for word in text.split())
    return f"{_blank()}++".join(words).replace(apart, f"(?:{_class(ligature)}|{apart})")


def _letters(word: str) -> str:
    # A damaged letter leaves up to three U+FFFD, which the pattern does not divide among letters
    return f"{_class('')}*+".join(f"(?:{_class(letter)}|\ufffd{{1,3}}+)" for letter in word)


def _blank() -> str:
    return rf"(?:[^\S\n]|[\ufffd{re.escape(_spellings()[''])}])"


def _class(folded: str) -> str:
    return f"[{re.escape(_spellings()[folded])}]"


@cache
def _invisible() -> str:
    return _spellings()[""] + "".join(filter(str.isspace, map(chr, range(0x3001))))


@cache
def _spellings() -> dict[str, str]:
    """Return the characters that fold to each letter, and to nothing."""
    spellings: defaultdict[str, str] = defaultdict(str)
    for character in (chr(code) for block in _BLOCKS for code in block):
        spellings[fold(character)] += character
    return spellings
