"""Read archive pages saved as text, many in a file.

A page is a run of headlines, then at most one article:

    headline    headline    headline            four or more spaces between them
    شكرا على الإبلاغ! …                          boilerplate
    title
    نشر في <source> يوم DD - MM - YYYY
    body, to the line «انقر هنا لقراءة الخبر من مصدره.»

The headlines belong to the day the page was captured, not to the article under them.
"""

import re
from collections.abc import Iterable, Iterator

from indexer.readers.boilerplate import begins, boilerplate, is_blank, match_byline
from indexer.readers.cleaning import clean_body, clean_line
from indexer.readers.escapes import decode_escapes
from indexer.readers.markup import unescape_fully
from indexer.readers.mojibake import Damage, repair
from indexer.readers.origin import Origin
from indexer.readers.outcome import Note, Outcome, Reject
from indexer.readers.record import read_fields
from search.language.dates import parse_date

_SEPARATOR = re.compile(r"(?:[^\S\n][\x00\u061c\u200e\u200f\ufffd]*){4,}")
_LETTER = re.compile(r"[^\W\d_]")
_MIN_IN_TICKER = 5  # a line of this many headlines within a body begins the next page
LARGEST_PAGE = 4_000_000  # characters; a page of the archive has some tens of thousands


def split_byline(line: str) -> tuple[str | None, str | None]:
    """Return source and day of «نشر في <source> يوم <day>»; any other line is taken as the day."""
    if match := match_byline(line):
        return match["source"], match["day"]
    return None, line or None


def read_pages(lines: Iterable[str], origin: Origin) -> Iterator[Outcome]:
    """Yield the outcomes of each page of a file; memory holds one page."""
    damages: dict[str, None] = {}
    for number, page in enumerate(_split(_restored(lines, damages)), start=1):
        where = origin if number == 1 else origin.at(f", page {number}")
        if page.is_whole:
            yield from read_page(page.lines, where)
        else:
            yield Reject(f"page longer than {LARGEST_PAGE:,} characters", where.place)
        yield from map(Note, damages)
        damages.clear()


def _restored(lines: Iterable[str], damages: dict[str, None]) -> Iterator[str]:
    """Yield the lines as they were written, since a byline may be escaped: «نشر&nbsp;في»."""
    for line in lines:
        unescaped = decode_escapes(unescape_fully(line) if "&" in line else line)
        repaired = repair(unescaped.text)
        if unescaped.damage is Damage.ESCAPED or repaired.damage is Damage.REPAIRED:
            damages.update(dict.fromkeys(filter(None, (unescaped.damage, repaired.damage))))
            line = repaired.text
        elif "&" in line:
            line = unescaped.text
        yield from line.splitlines() or [""]


def read_page(lines: list[str], origin: Origin) -> Iterator[Outcome]:
    """Yield every headline of the page, then its article, or the reason why it has none."""
    byline = next((number for number, line in enumerate(lines) if match_byline(line)), None)
    title_line = None if byline is None else _line_above(lines, byline)
    above = lines if byline is None else lines[: byline if title_line is None else title_line]
    has_headlines = False
    for headline in _headlines(above):
        has_headlines = True
        yield from read_fields({"kind": "headline", "title": headline}, origin)
    if byline is not None and title_line is not None:
        yield from _article(lines[title_line], lines[byline], lines[byline + 1 :], origin)
    elif byline is not None:
        yield Reject("article without a title", origin.place)
    elif has_headlines:
        yield Reject("page without an article", origin.place)
    else:
        yield Reject("neither a headline nor an article", origin.place)


class _Page:
    """The lines of one page, and the parts of the page that were met so far."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.is_whole = True
        self.has_byline = False
        self._has_ticker = False
        self._is_past_ticker = False
        self._size = 0

    @property
    def holds_something(self) -> bool:
        return self.has_byline or any(_SEPARATOR.search(line.strip()) for line in self.lines)

    def ends_before(self, *, is_ticker: bool, is_byline: bool) -> bool:
        """Return whether a line begins the next page: a second ticker, or a second byline."""
        if is_ticker:
            return self._is_past_ticker or self.has_byline
        return is_byline and self.has_byline

    def add(self, line: str, *, is_ticker: bool, is_byline: bool) -> None:
        self._is_past_ticker |= self._has_ticker and not is_ticker and not is_blank(line)
        self._has_ticker |= is_ticker
        self.has_byline |= is_byline
        self._size += len(line)
        self.is_whole &= self._size <= LARGEST_PAGE
        if self.is_whole:
            self.lines.append(line)

    def cut_title(self) -> list[str]:
        """Remove the title of the next article from the end, and return its lines."""
        above = _line_above(self.lines, len(self.lines))
        title = [] if above is None else self.lines[above:]
        del self.lines[len(self.lines) - len(title) :]
        return title


def _split(lines: Iterable[str]) -> Iterator[_Page]:
    """Yield the pages of a file.

    A page ends with its article's closing line; if that line is missing, it ends before the next
    ticker, or before the title of the next article.
    """
    site = boilerplate()
    page = _Page([])
    is_first = True
    for line in lines:
        is_ticker = _is_ticker(line)
        byline = match_byline(line)
        is_byline = byline is not None and parse_date(byline["day"]) is not None
        if page.ends_before(is_ticker=is_ticker, is_byline=is_byline):
            title = page.cut_title() if is_byline else []
            yield page
            page, is_first = _Page(title), False
        page.add(line, is_ticker=is_ticker, is_byline=is_byline)
        if page.has_byline and begins(site.closing, line):
            yield page
            page, is_first = _Page([]), False
    # What follows the last closing line is the site's footer
    if is_first or page.holds_something:
        yield page


def _is_ticker(line: str) -> bool:
    # No more parts are split off than are needed: a line may be megabytes of them
    parts = _SEPARATOR.split(line, maxsplit=2 * _MIN_IN_TICKER)
    return sum(bool(_LETTER.search(part)) for part in parts) >= _MIN_IN_TICKER


def _headlines(lines: list[str]) -> Iterator[str]:
    notices = boilerplate().notices
    for line in lines:
        if _SEPARATOR.search(line) and not begins(notices, line):
            for part in _SEPARATOR.split(line):
                headline = clean_line(part)
                if _LETTER.search(headline):
                    yield headline


def _line_above(lines: list[str], byline: int) -> int | None:
    """Return the number of the line with the article's title.

    It is the nearest filled line above the byline; None if that is a notice or a run of headlines.
    """
    for number in range(byline - 1, -1, -1):
        line = lines[number]
        if not is_blank(line):
            is_notice = begins(boilerplate().notices, line)
            return None if is_notice or _SEPARATOR.search(line) else number
    return None


def _article(title: str, byline: str, rest: list[str], origin: Origin) -> Iterator[Outcome]:
    site = boilerplate()
    closing = next((number for number, line in enumerate(rest) if begins(site.closing, line)), None)
    if closing is None:
        yield Reject("article cut off: its closing line is missing", origin.place)
        return
    body = "\n".join(line for line in rest[:closing] if not begins(site.notices, line))
    if not clean_body(body):
        yield Reject("article without a body", origin.place)
        return
    source, day = split_byline(byline)
    record = {"title": title, "body": body, "source": source, "date": day}
    yield from read_fields(record, origin)
