"""The endpoints for programs: a search, a document, and whether the service is alive."""

from flask import Blueprint, Response, abort, jsonify, request

from search.answer import document_json, search_json
from web.parameters import read_query
from web.served import Served

api = Blueprint("api", __name__)


@api.get("/api/search")
def search() -> Response:
    """Answer one query."""
    return jsonify(search_json(Served.here().engine.search(read_query(request.query_string))))


@api.get("/api/documents/<doc_id>")
def document(doc_id: str) -> Response:
    """Give one document with its body and the ids of its copies."""
    archive = Served.here().engine.archive
    found = archive.document(doc_id)
    if found is None:
        abort(404, "no document of this archive has this id")
    copies = [copy.doc_id for copy in archive.copies_of(doc_id)]
    return jsonify({**document_json(found), "body": found.body, "copies": copies})


@api.get("/healthz")
def health() -> Response:
    """Say that the service is alive."""
    return jsonify(status="ok")
