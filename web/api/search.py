"""The endpoints for programs: searches, one or many, and documents."""

from flask import Blueprint, Response, abort, jsonify, request

from search.results.answer import document_json, search_json
from web import limits
from web.api.batch import read_request_batch
from web.app_state import AppState
from web.parameters import MAX_ID_LENGTH, read_query, read_similar_k

api = Blueprint("api", __name__)


@api.get("/api/search")
def search() -> Response:
    """Answer one query."""
    return jsonify(search_json(AppState.current().search(read_query(request.query_string))))


@api.post("/api/search")
def search_batch() -> Response:
    """Answer many queries, each in a turn of its own."""
    answers = []
    for query in read_request_batch():
        limits.next_search()
        answers.append(search_json(AppState.current().search(query)))
    return jsonify(answers)


@api.get("/api/documents/<doc_id>")
def document(doc_id: str) -> Response:
    """Return one document with its body and the ids of its copies."""
    state = AppState.current()
    document = state.document(_require_valid_id(doc_id))
    if document is None:
        abort(404, "no document of this archive has this id")
    copies = [copy.doc_id for copy in state.copies_of(doc_id)]
    added_at = document.added_at.isoformat() if document.added_at else None
    return jsonify(
        {**document_json(document), "added_at": added_at, "body": document.body, "copies": copies}
    )


@api.get("/api/documents/<doc_id>/similar")
def similar(doc_id: str) -> Response:
    """Return the documents nearest in meaning to one document."""
    k = read_similar_k(request.query_string)
    state = AppState.current()
    if not state.has_document(_require_valid_id(doc_id)):
        abort(404, "no document of this archive has this id")
    hits = [document_json(document) for document in state.similar(doc_id, k)]
    return jsonify({"id": doc_id, "k": k, "hits": hits})


def _require_valid_id(doc_id: str) -> str:
    """Refuse ids that no document has and that the index cannot look up: half a character."""
    if len(doc_id) > MAX_ID_LENGTH or not doc_id.isprintable():
        abort(404, "no document of this archive has this id")
    return doc_id
