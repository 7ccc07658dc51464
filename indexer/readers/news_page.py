"""Reads a news page of any site: trafilatura extracts title, body and site, this module the day.

trafilatura's own search for a date accepts one near a sidebar. A wrong day is worse than none, so
only a day that the page declares, or shows beside its headline, is taken.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from lxml.html import HtmlElement

if TYPE_CHECKING:
    from trafilatura.settings import Document as Extracted

from indexer.readers.origin import Origin
from indexer.readers.outcome import Outcome, Reject
from indexer.readers.record import read_fields
from search.language.analysis import fold
from search.language.dates import parse_date

# Comments of readers, and the rules for them, are not part of the article
_ASIDE = "//*[contains(@id, 'omment') or contains(@class, 'omment') or contains(@id, 'disqus')]"
_DECLARED = (
    "//meta[@property='article:published_time']/@content",
    "//*[@itemprop='datePublished']/@content",
    "//*[@itemprop='datePublished']/@datetime",
    "//meta[@name='pubdate' or @name='date' or @name='DC.date' or @name='dc.date.issued']/@content",
    "//meta[@name='publish-date' or @name='parsely-pub-date']/@content",
)
_PUBLISHED = re.compile(r'"datePublished"\s*:\s*"([^"]{8,40})"')
_ELSEWHERE = ("a", "aside", "nav")  # where other stories are dated
_LONGEST_DAY_LINE = 100  # characters of a line that only says when
_FARTHEST = 60  # elements between a headline and the day that belongs to it
# Rules of a site for its readers, printed under the article
_NOTICE = re.compile("إرشادات الاستخدام|شروط استخدام|^الآراء الواردة .{0,40}لا تعبر عن رأي")
_HEAD_LINES = 4  # where a body may repeat its section, day and title


def read_news_page(tree: HtmlElement, origin: Origin) -> Iterator[Outcome]:
    """Yield the article of the page, or why there is none."""
    page = _extract(tree, origin.url)
    if page is None or not (page.text or "").strip():
        yield Reject("page without an article", origin.place)
        return
    headline = _headline(tree, page.title or "")
    title = " ".join(headline.text_content().split()) if headline is not None else page.title
    day = _declared_day(tree) or _day_beside(tree, headline)
    record = {
        "title": title,
        "body": _without_edges(page.text or "", title or "", day or ""),
        "source": page.sitename or page.hostname,
        "date": day,
        "url": origin.url,
    }
    yield from read_fields(record, origin)


def _extract(tree: HtmlElement, url: str | None) -> "Extracted | None":
    # Imported here: it takes 0.3 s, which no other format should pay
    from trafilatura import bare_extraction

    try:
        extracted = bare_extraction(
            tree,
            url=url,
            with_metadata=True,
            include_comments=False,
            include_tables=False,  # on a page of press a table is layout
            prune_xpath=_ASIDE,
            date_extraction_params={"extensive_search": False, "original_date": True},
        )
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None  # trafilatura does not foresee such a page; the caller counts it
    # A dict is only returned on request
    return None if isinstance(extracted, dict) else extracted


def _headline(tree: HtmlElement, title: str) -> HtmlElement | None:
    """Return the heading that shows the title; the title from the metadata lacks quotes."""
    letters = _letters(title)
    headings = (element for element in tree.iter("h1", "h2") if _letters(element.text_content()))
    return next((e for e in headings if _letters(e.text_content()) == letters), None)


def _declared_day(tree: HtmlElement) -> str | None:
    for path in _DECLARED:
        for value in tree.xpath(path):
            if parse_date(str(value)):
                return str(value)
    for script in tree.iter("script"):
        match = _PUBLISHED.search(script.text or "")
        if match and parse_date(match[1]):
            return match[1]
    return None


def _day_beside(tree: HtmlElement, headline: HtmlElement | None) -> str | None:
    """Return the line with a date that stands nearest to the headline, before or after it."""
    if headline is None:
        return None
    elements = [element for element in tree.iter() if isinstance(element.tag, str)]
    place = elements.index(headline)
    for distance in range(1, _FARTHEST):
        for number in (place + distance, place - distance):
            element = elements[number] if 0 <= number < len(elements) else None
            if element is not None and (line := _day_line(element)):
                return line
    return None


def _day_line(element: HtmlElement) -> str | None:
    if element.tag in ("script", "style", "option") or element.tag in _ELSEWHERE:
        return None
    if next(element.iterancestors(*_ELSEWHERE), None) is not None:
        return None
    lines = (element.get("datetime"), element.text, element.tail)
    return next((s for s in lines if s and len(s) < _LONGEST_DAY_LINE and parse_date(s)), None)


def _without_edges(body: str, title: str, day: str) -> str:
    """Drop section, title and day from the head of the body, and notices from its end."""
    lines = body.rstrip().split("\n")
    while lines and _NOTICE.search(lines[-1]):
        lines.pop()
    heads = [number for number, line in enumerate(lines[:_HEAD_LINES]) if _says(line, title)]
    lines = lines[heads[0] + 1 :] if heads else lines
    return "\n".join(lines[1:] if lines and _says(lines[0], day) else lines)


def _says(line: str, text: str) -> bool:
    return bool(text) and _letters(line) == _letters(text)


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, fold(text)))
