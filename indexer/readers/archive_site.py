"""Read pages of the archive sites (maghress.com and its sisters), which share one layout.

    ul.ui-menu-list        the newspapers: /<slug> and the name; without it they stay unnamed
    marquee#marquee        the ticker: links /<slug>/<number>, none belongs to the article
    span.articletitle, span.articlenewspaper, span.articlecontent

Everything else is left out: hidden form state, teasers, videos.
"""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from indexer.readers.archive_page import split_byline
from indexer.readers.boilerplate import boilerplate
from indexer.readers.cleaning import clean_line
from indexer.readers.origin import Origin
from indexer.readers.outcome import Outcome, Reject
from indexer.readers.record import read_fields

_SITE = re.compile(
    r"(?:[\w-]+\.)?((?:maghress|djazairess|turess|masress|sauress|sudaress|yemeress)\.com)\b"
)
_ARTICLE_PATH = re.compile(r"/([\w-]+)/(\d+)/?")
_BLOCKS = frozenset({"p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "blockquote", "table"})


def is_archive_site(tree: HtmlElement) -> bool:
    return bool(
        tree.xpath("//span[@class='articletitle' or @class='articlecontent']")
        or any(_ARTICLE_PATH.fullmatch(_path(link)) for link in _ticker(tree))
    )


def read_archive_site(tree: HtmlElement, origin: Origin) -> Iterator[Outcome]:
    """Yield every headline of the ticker with its own URL and source, then the article."""
    site = _site(tree, origin.url)
    names = _menu(tree)
    has_headlines = False
    for link in _ticker(tree):
        if match := _ARTICLE_PATH.fullmatch(_path(link)):
            has_headlines = True
            record = {
                "kind": "headline",
                "title": link.text_content(),
                "source": names.get(match[1]),
                "url": f"https://www.{site}/{match[1]}/{match[2]}" if site else None,
            }
            yield from read_fields(record, origin)
    if tree.xpath("//span[@class='articletitle' or @class='articlecontent']"):
        yield from _article(tree, site, names, origin)
    elif has_headlines:
        yield Reject("page without an article", origin.place)
    else:
        yield Reject("neither a headline nor an article", origin.place)


def _article(
    tree: HtmlElement, site: str | None, names: dict[str, str], origin: Origin
) -> Iterator[Outcome]:
    lines = boilerplate()
    title = clean_line(_text(tree, "articletitle"))
    byline = clean_line(_text(tree, "articlenewspaper"))
    # The author's name goes before the byline.
    start = lines.byline_start.search(byline)
    source, day = split_byline(byline[start.start() if start else 0 :])
    body = lines.closing.split(_text(tree, "articlecontent"), maxsplit=1)[0]
    if not title or not body.strip():
        yield Reject(f"article without a {'body' if title else 'title'}", origin.place)
        return
    # The addresses of an article (http, no www, a query) become the same URL
    path = _ARTICLE_PATH.search(origin.url or "")
    url = f"https://www.{site}/{path[1]}/{path[2]}" if site and path else origin.url
    source = source or (names.get(path[1]) if path else None)
    record = {"title": title, "body": body, "source": source, "date": day, "url": url}
    yield from read_fields(record, origin)


def _ticker(tree: HtmlElement) -> list[HtmlElement]:
    return list(tree.xpath("//marquee[@id='marquee']//a[@href]"))


def _path(link: HtmlElement) -> str:
    try:
        return urlsplit(str(link.get("href", "")).strip()).path
    except ValueError:  # «http://[x»
        return ""


def _menu(tree: HtmlElement) -> dict[str, str]:
    """Return the names of newspapers by the last part of their address."""
    links = tree.xpath("//ul[contains(@class, 'ui-menu-list')]//a[starts-with(@href, '/')]")
    return {_path(link).strip("/"): clean_line(link.text_content()) for link in links}


def _site(tree: HtmlElement, url: str | None) -> str | None:
    """Return the site of a page, by its address, or else by its links."""
    addresses = [url or "", *tree.xpath("//@src | //@href | //@content")]
    matches = (_SITE.search(str(address)) for address in addresses)
    return next((match[1] for match in matches if match), None)


def _text(tree: HtmlElement, name: str) -> str:
    """Return the text of a marked span, with a line feed where a block or <br> stands."""
    spans = tree.xpath(f"//span[@class='{name}']")
    if not spans:
        return ""
    for element in spans[0].iter("script", "style"):
        element.text = ""
    for element in spans[0].iter(*_BLOCKS):
        element.tail = "\n" + (element.tail or "")
    return str(spans[0].text_content())
