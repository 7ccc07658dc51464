"""Serve what crawlers read first: `robots.txt` (RFC 9309), and the sitemap of all documents.

The sitemap (sitemaps.org) is an index of files, each with the pages of up to 50,000 documents in
the order of storing. An archive whose API needs keys is closed to crawlers, and has no sitemap.
"""

from collections.abc import Callable, Iterator
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from flask import Blueprint, Response, abort, url_for

from search.index import Index
from web import limits
from web.access import needs_key
from web.app_state import AppState
from web.permalinks import write_permalinks

crawling = Blueprint("crawling", __name__)

MAX_ADDRESSES = 50_000  # of one file, by the protocol
_READ_AT_ONCE = 1_000
_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
# Their addresses are without number, or many for each document, and each takes a search. Every
# document is in the sitemap.
_UNBOUNDED = (
    "/search", "/advanced", "/trends", "/api/", "/feed.atom", "/export.", "/document/*/citation.",
    "/story/", "/compare/",
)  # fmt: skip


@crawling.get("/robots.txt")
def robots() -> Response:
    """Return which paths crawlers may read."""
    paths = ("/",) if needs_key() else _UNBOUNDED
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in paths)]
    if not needs_key():
        lines += ["", f"Sitemap: {url_for('crawling.sitemap_index', _external=True)}"]
    return Response("\n".join([*lines, ""]), mimetype="text/plain")


@crawling.get("/sitemap.xml")
def sitemap_index() -> Response:
    """Return the addresses of the files of the sitemap."""
    index = _open_index()
    root = ElementTree.Element("sitemapindex", xmlns=_NAMESPACE)
    for number in range(1, count_files(index) + 1):
        address = url_for("crawling.sitemap", number=number, _external=True)
        ElementTree.SubElement(ElementTree.SubElement(root, "sitemap"), "loc").text = address
    content = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return Response(content, mimetype="application/xml")


@crawling.get("/sitemap-<int:number>.xml")
def sitemap(number: int) -> Response:
    """Return the pages of one file of the sitemap, streamed in blocks."""
    index = _open_index()
    if not 1 <= number <= count_files(index):
        abort(404, f"the sitemap has {count_files(index)} files")
    return limits.stream(write_file(index, number, write_permalinks()), "application/xml")


def count_files(index: Index) -> int:
    return -(-index.identity.documents // MAX_ADDRESSES)


def write_file(index: Index, number: int, permalink_of: Callable[[str], str]) -> Iterator[bytes]:
    """Yield a file of the sitemap in blocks; `number` counts from 1."""
    yield f'<?xml version="1.0" encoding="utf-8"?>\n<urlset xmlns="{_NAMESPACE}">\n'.encode()
    end = number * MAX_ADDRESSES
    for start in range(end - MAX_ADDRESSES, min(end, index.identity.documents), _READ_AT_ONCE):
        text = ""
        for doc_id, stored_at in index.storing_times(start, _READ_AT_ONCE):
            changed = f"<lastmod>{stored_at:%Y-%m-%dT%H:%M:%SZ}</lastmod>" if stored_at else ""
            text += f"<url><loc>{escape(permalink_of(doc_id))}</loc>{changed}</url>\n"
        yield text.encode()
    yield b"</urlset>\n"


def _open_index() -> Index:
    if needs_key():
        abort(404, "this archive is closed to crawlers")
    return AppState.current().engine.index
