"""Serve references for download: that of one document, and those of all matches of a search."""

from collections.abc import Iterator

from flask import Blueprint, Response, request

from web import limits
from web.api.exports import attach
from web.app_state import AppState
from web.lookup import find_document
from web.parameters import read_query
from web.permalinks import write_permalinks
from web.references.formats import FORMATS
from web.references.reference import build_reference

references = Blueprint("references", __name__)

_ENDING = "<any('bib', 'ris', 'csl.json'):ending>"


@references.get(f"/document/<doc_id>/citation.{_ENDING}")
def cite(doc_id: str, ending: str) -> Response:
    """Return the reference of one document."""
    form, state = FORMATS[ending], AppState.current()
    document = find_document(doc_id)
    reference = build_reference(document, write_permalinks()(document.doc_id))
    text = f"{form.opening}{form.write(reference, state.today())}{form.closing}"
    return attach(Response(text, content_type=f"{form.mimetype}; charset=utf-8"), ending)


@references.get(f"/export.{_ENDING}")
def export(ending: str) -> Response:
    """Return the reference of every document that matches a search, streamed in blocks."""
    form, state = FORMATS[ending], AppState.current()
    _, blocks = state.match_all(read_query(request.query_string))
    permalink_of, today = write_permalinks(), state.today()

    def write() -> Iterator[bytes]:
        text, separator = form.opening, ""
        for block in blocks:
            for match in block:
                reference = build_reference(match.document, permalink_of(match.document.doc_id))
                text += separator + form.write(reference, today)
                separator = form.separator
            yield text.encode()
            text = ""
        yield (text + form.closing).encode()

    return attach(limits.stream(write(), f"{form.mimetype}; charset=utf-8"), ending)
