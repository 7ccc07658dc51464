"""Reads one archive page saved as text: a run of headlines, then at most one article.

    headline    headline    headline            four or more spaces between them
    شكرا على الإبلاغ! …                          boilerplate
    title
    نشر في <source> يوم DD - MM - YYYY
    body, to the line «انقر هنا لقراءة الخبر من مصدره.»

The headlines belong to the day the page was captured, not to the article under them.
"""

import re
from collections.abc import Iterator
from datetime import date

from indexer.readers.cleaning import clean_body, clean_line
from indexer.readers.identity import article_id, headline_id
from indexer.readers.outcome import Note, Outcome, Reject
from search.dates import parse_date
from search.records import Document, Kind
from search.text import language_of

_BYLINE = re.compile(r"^\s*نشر في (?P<source>.+?) يوم (?P<day>.+?)\s*$")
_CLOSING = "انقر هنا لقراءة الخبر من مصدره"
_BOILERPLATE = ("شكرا على الإبلاغ", "سيتم حجب هذه الصورة تلقائيا")
_SEPARATOR = re.compile(r"[ \u00a0\u2003\t]{4,}")
_LETTER = re.compile(r"[^\W\d_]")


def read_page(text: str, place: str, *, captured_on: date | None) -> Iterator[Outcome]:
    """Give every headline of the page, then its article or why there is none.

    `place` names the page in rejects. Headlines are dated `captured_on`.
    """
    lines = text.splitlines()
    byline = next((number for number, line in enumerate(lines) if _BYLINE.match(line)), None)
    title_line = None if byline is None else _line_above(lines, byline)
    above = lines if byline is None else lines[: byline if title_line is None else title_line]
    headlines = list(_headlines(above))
    for headline in headlines:
        yield Document(
            doc_id=headline_id(given=None, url=None, title=headline),
            kind=Kind.HEADLINE,
            title=headline,
            date=captured_on,
            language=language_of(headline),
        )
    if byline is not None and title_line is not None:
        yield from _article(lines[title_line], lines[byline], lines[byline + 1 :], place)
    elif byline is not None:
        yield Reject("article without a title", place)
    elif headlines:
        yield Reject("page without an article", place)
    else:
        yield Reject("neither a headline nor an article", place)


def _headlines(lines: list[str]) -> Iterator[str]:
    for line in lines:
        if _SEPARATOR.search(line) and not line.strip().startswith(_BOILERPLATE):
            for part in _SEPARATOR.split(line):
                headline = clean_line(part)
                if _LETTER.search(headline):
                    yield headline


def _line_above(lines: list[str], byline: int) -> int | None:
    """Find the article's title.

    The nearest filled line above the byline, unless that is something else.
    """
    for number in range(byline - 1, -1, -1):
        line = lines[number]
        if line.strip():
            is_other = line.strip().startswith(_BOILERPLATE) or _SEPARATOR.search(line)
            return None if is_other else number
    return None


def _article(title_line: str, byline: str, rest: list[str], place: str) -> Iterator[Outcome]:
    match = _BYLINE.match(byline)
    assert match is not None, "the caller found the byline with this pattern"
    closing = next(
        (number for number, line in enumerate(rest) if line.strip().startswith(_CLOSING)), None
    )
    if closing is None:
        yield Reject("article cut off: its closing line is missing", place)
        return
    body = clean_body(
        "\n".join(line for line in rest[:closing] if not line.strip().startswith(_BOILERPLATE))
    )
    if not body:
        yield Reject("article without a body", place)
        return
    title, source = clean_line(title_line), clean_line(match["source"])
    day = parse_date(match["day"])
    if day is None:
        yield Note("unreadable date")
    yield Document(
        doc_id=article_id(given=None, url=None, source=source, day=day, title=title, body=body),
        kind=Kind.ARTICLE,
        title=title,
        body=body,
        source=source,
        date=day,
        language=language_of(f"{title} {body}"),
    )
