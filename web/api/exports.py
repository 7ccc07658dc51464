"""A search to take along: its newest hits as an Atom feed, its hits as CSV and as JSON."""

import csv
import io
import re
from dataclasses import replace
from xml.etree import ElementTree

from flask import Blueprint, Response, json, request, url_for

from search.query.validation import DEEPEST, MOST_HITS
from search.records import Hit, Query, Sort
from search.results.answer import search_json
from web.app_state import Served
from web.pages.wording import say
from web.parameters import read_query

exports = Blueprint("exports", __name__)

_ATOM = "http://www.w3.org/2005/Atom"
_FEED_ENTRIES = 30
# XML 1.0 has no place for these, not even escaped.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_COLUMNS = ("id", "kind", "title", "source", "date", "language", "url", "snippet", "copies")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would reckon


@exports.get("/feed.atom")
def feed() -> Response:
    """Give the newest hits of a search as an Atom feed (RFC 4287)."""
    query = replace(read_query(request.query_string), sort=Sort.NEWEST, k=_FEED_ENTRIES, page=1)
    served = Served.here()
    found = served.search(query)
    root = ElementTree.Element("feed", xmlns=_ATOM)
    behind = _NOT_XML.sub("", request.query_string.decode())  # still encoded, as it was sent
    results = f"{url_for('pages.search', _external=True)}?{behind}"
    _add(root, "id", results)
    _add(root, "title", f"{query.text} · {say('أرشيف')}")
    _add(root, "updated", served.status().committed_at)
    ElementTree.SubElement(root, "link", rel="self", href=f"{request.base_url}?{behind}")
    ElementTree.SubElement(root, "link", rel="alternate", type="text/html", href=results)
    for hit in found.hits:
        root.append(_entry(hit, served.status().committed_at))
    content = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return Response(content, mimetype="application/atom+xml")


@exports.get("/export.csv")
def export_csv() -> Response:
    """Give the hits of a search as a table, at most DEEPEST of them."""
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(_COLUMNS)
    writer.writerows(_row(hit) for hit in _all_hits(read_query(request.query_string)))
    # With the mark that tells Excel it is UTF-8.
    return _download(table.getvalue().encode("utf-8-sig"), "text/csv; charset=utf-8", "csv")


@exports.get("/export.json")
def export_json() -> Response:
    """Give the hits of a search as the API does, all of them in one answer, at most DEEPEST."""
    query = replace(read_query(request.query_string), k=MOST_HITS, page=1)
    found = Served.here().search(query)
    whole = replace(found, hits=tuple(_all_hits(query)))
    content = json.dumps({**search_json(whole), "k": len(whole.hits)}, indent=1).encode()
    return _download(content, "application/json", "json")


def _all_hits(query: Query) -> list[Hit]:
    """Walk the pages to the last one that can be asked for."""
    hits: list[Hit] = []
    for page in range(1, DEEPEST // MOST_HITS + 1):
        found = Served.here().search(replace(query, k=MOST_HITS, page=page))
        hits += found.hits
        if page * MOST_HITS >= found.total:
            break
    return hits


def _entry(hit: Hit, committed_at: str) -> ElementTree.Element:
    document = hit.document
    entry = ElementTree.Element("entry")
    url = url_for("pages.document", doc_id=document.doc_id, _external=True)
    _add(entry, "id", url)
    _add(entry, "title", document.title or hit.snippet)
    day = document.date
    _add(entry, "updated", f"{day.isoformat()}T00:00:00Z" if day else committed_at)
    author = ElementTree.SubElement(entry, "author")
    _add(author, "name", document.source or say("أرشيف"))
    ElementTree.SubElement(entry, "link", rel="alternate", type="text/html", href=url)
    _add(entry, "summary", hit.snippet)
    return entry


def _add(parent: ElementTree.Element, name: str, text: str) -> None:
    ElementTree.SubElement(parent, name).text = _NOT_XML.sub("", text)


def _row(hit: Hit) -> list[str]:
    one = hit.document
    day = one.date.isoformat() if one.date else ""
    source, url = one.source or "", one.url or ""
    copies = " ".join(hit.copies)
    values = (one.doc_id, one.kind, one.title, source, day, one.language, url, hit.snippet, copies)
    return [f"'{value}" if value.startswith(_FORMULA) else value for value in map(str, values)]


def _download(content: bytes, content_type: str, ending: str) -> Response:
    answer = Response(content, content_type=content_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="arshif.{ending}"'
    return answer
