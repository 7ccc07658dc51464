"""Build Atom feeds (RFC 4287) of documents."""

from collections.abc import Iterable
from xml.etree import ElementTree

from flask import Response

from search.records import Document
from web.localization import translate
from web.permalinks import write_permalinks
from web.references.reference import write_heading
from web.xml import drop_forbidden

_NAMESPACE = "http://www.w3.org/2005/Atom"


def build_feed(
    title: str,
    *,
    page_url: str,
    feed_url: str,
    updated: str,
    entries: Iterable[tuple[Document, str]],
) -> Response:
    """Build the feed of a page; an entry is a document and its summary.

    `updated` is the time of the last commit. It is also the time of a document that has neither a
    date nor a time of addition.
    """
    root = ElementTree.Element("feed", xmlns=_NAMESPACE)
    _add_text(root, "id", page_url)
    _add_text(root, "title", title)
    _add_text(root, "updated", updated)
    ElementTree.SubElement(root, "link", rel="self", href=feed_url)
    ElementTree.SubElement(root, "link", rel="alternate", type="text/html", href=page_url)
    permalink_of = write_permalinks()
    for document, summary in entries:
        url = permalink_of(document.doc_id)
        root.append(_build_entry(document, summary, url, committed_at=updated))
    content = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return Response(content, mimetype="application/atom+xml")


def _build_entry(
    document: Document, summary: str, url: str, *, committed_at: str
) -> ElementTree.Element:
    entry = ElementTree.Element("entry")
    _add_text(entry, "id", url)
    _add_text(entry, "title", write_heading(document))
    day, added_at = document.date, document.added_at
    undated = f"{added_at:%Y-%m-%dT%H:%M:%SZ}" if added_at else committed_at
    _add_text(entry, "updated", f"{day.isoformat()}T00:00:00Z" if day else undated)
    author = ElementTree.SubElement(entry, "author")
    _add_text(author, "name", document.source or translate("أرشيف"))
    ElementTree.SubElement(entry, "link", rel="alternate", type="text/html", href=url)
    _add_text(entry, "summary", summary)
    return entry


def _add_text(parent: ElementTree.Element, name: str, text: str) -> None:
    ElementTree.SubElement(parent, name).text = drop_forbidden(text)
