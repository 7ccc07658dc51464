"""Exports of a search: its newest hits as an Atom feed, all its hits as CSV and as JSON."""

import csv
import io
from dataclasses import replace
from xml.etree import ElementTree

from flask import Blueprint, Response, json, request, url_for

from search.query.validation import MAX_HIT_RANK, MAX_HITS_PER_PAGE
from search.records import Hit, Query, Sort
from search.results.answer import search_json
from search.spreadsheets import escape_formula
from web import limits
from web.app_state import AppState
from web.localization import translate
from web.parameters import read_query
from web.xml import drop_forbidden

exports = Blueprint("exports", __name__)

_ATOM_NAMESPACE = "http://www.w3.org/2005/Atom"
_FEED_LENGTH = 30
_COLUMNS = ("id", "kind", "title", "source", "date", "language", "url", "snippet", "copies")


@exports.get("/feed.atom")
def feed() -> Response:
    """Return the newest hits of a search as an Atom feed (RFC 4287)."""
    query = replace(read_query(request.query_string), sort=Sort.NEWEST, k=_FEED_LENGTH, page=1)
    state = AppState.current()
    page = state.search(query)
    committed_at = state.status().committed_at
    root = ElementTree.Element("feed", xmlns=_ATOM_NAMESPACE)
    query_string = drop_forbidden(request.query_string.decode())  # encoded, as sent
    results_url = f"{url_for('pages.search', _external=True)}?{query_string}"
    _add_text(root, "id", results_url)
    _add_text(root, "title", f"{query.text} · {translate('أرشيف')}")
    _add_text(root, "updated", committed_at)
    ElementTree.SubElement(root, "link", rel="self", href=f"{request.base_url}?{query_string}")
    ElementTree.SubElement(root, "link", rel="alternate", type="text/html", href=results_url)
    for hit in page.hits:
        root.append(_build_entry(hit, committed_at))
    content = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return Response(content, mimetype="application/atom+xml")


@exports.get("/export.csv")
def export_csv() -> Response:
    """Return the hits of a search as CSV, at most MAX_HIT_RANK of them."""
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(_COLUMNS)
    writer.writerows(_build_row(hit) for hit in _collect_hits(read_query(request.query_string)))
    # With the byte order mark, by which Excel recognises UTF-8.
    return _build_download(table.getvalue().encode("utf-8-sig"), "text/csv; charset=utf-8", "csv")


@exports.get("/export.json")
def export_json() -> Response:
    """Return the hits of a search as the API does, in one answer, at most MAX_HIT_RANK of them."""
    query = replace(read_query(request.query_string), k=MAX_HITS_PER_PAGE, page=1)
    first_page = AppState.current().search(query)
    complete = replace(first_page, hits=tuple(_collect_hits(query)))
    content = json.dumps({**search_json(complete), "k": len(complete.hits)}, indent=1).encode()
    return _build_download(content, "application/json", "json")


def _collect_hits(query: Query) -> list[Hit]:
    """Return the hits of all pages, up to MAX_HIT_RANK."""
    hits: list[Hit] = []
    for number in range(1, MAX_HIT_RANK // MAX_HITS_PER_PAGE + 1):
        limits.next_search()
        page = AppState.current().search(replace(query, k=MAX_HITS_PER_PAGE, page=number))
        hits += page.hits
        if number * MAX_HITS_PER_PAGE >= page.total:
            break
    return hits


def _build_entry(hit: Hit, committed_at: str) -> ElementTree.Element:
    document = hit.document
    entry = ElementTree.Element("entry")
    url = url_for("pages.document", doc_id=document.doc_id, _external=True)
    _add_text(entry, "id", url)
    _add_text(entry, "title", document.title or hit.snippet)
    day = document.date
    _add_text(entry, "updated", f"{day.isoformat()}T00:00:00Z" if day else committed_at)
    author = ElementTree.SubElement(entry, "author")
    _add_text(author, "name", document.source or translate("أرشيف"))
    ElementTree.SubElement(entry, "link", rel="alternate", type="text/html", href=url)
    _add_text(entry, "summary", hit.snippet)
    return entry


def _add_text(parent: ElementTree.Element, name: str, text: str) -> None:
    ElementTree.SubElement(parent, name).text = drop_forbidden(text)


def _build_row(hit: Hit) -> list[str]:
    document = hit.document
    values = (
        document.doc_id,
        document.kind,
        document.title,
        document.source or "",
        document.date.isoformat() if document.date else "",
        document.language,
        document.web_address or "",
        hit.snippet,
        " ".join(hit.copies),
    )
    return [escape_formula(str(value)) for value in values]


def _build_download(content: bytes, content_type: str, ending: str) -> Response:
    response = Response(content, content_type=content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="arshif.{ending}"'
    return response
