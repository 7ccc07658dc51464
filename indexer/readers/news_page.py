"""Read a news page of any site: trafilatura extracts title, body, author and site.

`page_date.py` finds the day.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from lxml.html import HtmlElement

if TYPE_CHECKING:
    from trafilatura.settings import Document as Extracted

from indexer.readers.origin import Origin
from indexer.readers.outcome import Outcome, Reject
from indexer.readers.page_date import find_date
from indexer.readers.record import read_fields
from search.language.analysis import fold

# Comments of readers, and the rules for them, are not part of the article
_ASIDE = "//*[contains(@id, 'omment') or contains(@class, 'omment') or contains(@id, 'disqus')]"
# Rules of a site for its readers, printed under the article
_NOTICE = re.compile("إرشادات الاستخدام|شروط استخدام|^الآراء الواردة .{0,40}لا تعبر عن رأي")
_HEAD_LINES = 4  # lines of a body that may repeat its section, day and title


def read_news_page(tree: HtmlElement, origin: Origin) -> Iterator[Outcome]:
    """Yield the article of the page, or the reason why it has none."""
    page = _extract(tree, origin.url)
    if page is None or not (page.text or "").strip():
        yield Reject("page without an article", origin.place)
        return
    headline = _headline(tree, page.title or "")
    title = " ".join(headline.text_content().split()) if headline is not None else page.title
    day = find_date(tree, headline, origin)
    record = {
        "title": title,
        "body": _without_edges(page.text or "", title or "", day or ""),
        "source": page.sitename or page.hostname,
        "date": day,
        "url": origin.url,
        "author": page.author,
        "section": _section(tree) or next(iter(page.categories or ()), None),
    }
    yield from read_fields(record, origin)


def _section(tree: HtmlElement) -> str | None:
    sections = tree.xpath("//meta[@property='article:section' or @name='article:section']/@content")
    return next(map(str, sections), None)


def _extract(tree: HtmlElement, url: str | None) -> "Extracted | None":
    # Imported here: the import takes 0.3 s, which no other format should pay
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
