"""Read one web page: a page of an archive site by its markup, any other page by trafilatura."""

import re
from collections.abc import Iterator
from dataclasses import replace

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from indexer.readers.archive_site import is_archive_site, read_archive_site
from indexer.readers.columns import Columns
from indexer.readers.encodings import declared_in, decode
from indexer.readers.news_page import read_news_page
from indexer.readers.origin import Origin
from indexer.readers.outcome import Outcome, Reject
from indexer.readers.streams import Stream

LARGEST_HTML = 16_000_000  # bytes; a page of press has some hundred kB
# A page of press has some thousand elements. Extraction takes 2 s for 20,000 at most, 15 s for
# 60,000 of the worst kind, and parsing takes the square of an element's attributes.
MAX_ELEMENTS = 20_000
MAX_ATTRIBUTES = 200  # of an element
MAX_ATTRIBUTES_IN_ALL = 100_000

_TAG = re.compile("<[a-zA-Z]")
_MANY_ATTRIBUTES = re.compile(
    r"<[a-zA-Z][^\s>/]*+"
    r"(?:[\s/]*+[^\s>/=][^\s>/=]*+(?:\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s>]*+))?+)"
    rf"{{{MAX_ATTRIBUTES + 1}}}"
)
_SHAPE = re.compile(
    r"<(?:!doctype\s+html|html|head|body|title|meta|div|span|p|table|marquee)\b", re.I
)
# The first octets may be damaged
_DAMAGED_START = re.compile(r"!?doctype\s+html|[^<\n]{0,20}<(?:html|head)\b", re.I)
_META = re.compile(rb"<meta\b[^>]*charset[^>]*>|<\?xml\b[^>]*encoding[^>]*>", re.I)
# The text is decoded before lxml reads it, so lxml must not follow its declaration
_XML_DECLARATION = re.compile(r"\A\s*<\?xml\b[^>]*\?>")


def is_html(text: str, columns: Columns) -> bool:
    if text.startswith("<"):
        return _SHAPE.search(text) is not None
    return _DAMAGED_START.match(text) is not None


def read_html_file(stream: Stream, origin: Origin) -> Iterator[Outcome]:
    """Yield the outcomes of the page that a file holds."""
    yield from read_html(stream.read(LARGEST_HTML + 1), origin)


def read_html(content: bytes, origin: Origin) -> Iterator[Outcome]:
    """Yield the headlines and the article of a page, or the reason why it has none."""
    if len(content) > LARGEST_HTML:
        yield Reject(f"larger than {LARGEST_HTML:,} bytes: not a page of press", origin.place)
        return
    text = decode(content, declared=origin.charset or _declared(content), is_cut=True)
    if reason := _excess(text):
        yield Reject(reason, origin.place)
        return
    tree = _parse(_XML_DECLARATION.sub("", text.lstrip("\ufeff"), count=1))
    if tree is None:
        yield Reject("page without text", origin.place)
        return
    if sum(len(element.attrib) for element in tree.iter(etree.Element)) > MAX_ATTRIBUTES_IN_ALL:
        yield Reject(f"page of more than {MAX_ATTRIBUTES_IN_ALL:,} attributes", origin.place)
        return
    origin = replace(origin, url=_own_url(tree) or origin.url)
    if is_archive_site(tree):
        yield from read_archive_site(tree, origin)
    else:
        yield from read_news_page(tree, origin)


def _declared(content: bytes) -> str | None:
    meta = _META.search(content[:8192])
    return declared_in(meta[0].decode("ascii", "replace")) if meta else None


def _excess(text: str) -> str | None:
    """Return why a page cannot be parsed in a bounded time; None if it can."""
    if sum(1 for _ in _TAG.finditer(text)) > MAX_ELEMENTS:
        return f"page of more than {MAX_ELEMENTS:,} elements"
    if _MANY_ATTRIBUTES.search(text):
        return f"page with more than {MAX_ATTRIBUTES} attributes in an element"
    return None


def _parse(text: str) -> HtmlElement | None:
    # Half surrogates and NULs stop lxml at once
    sound = text.encode("utf-8", "ignore").replace(b"\x00", b"")
    try:
        return document_fromstring(sound, parser=HTMLParser(encoding="utf-8", remove_comments=True))
    except (etree.LxmlError, ValueError, AssertionError):
        return None


def _own_url(tree: HtmlElement) -> str | None:
    """Return the absolute URL that a page names as its own, if it names one."""
    for path in ("//link[@rel='canonical']/@href", "//meta[@property='og:url']/@content"):
        for url in tree.xpath(path):
            if str(url).strip().startswith(("http://", "https://")):
                return str(url).strip()
    return None
