"""The endpoints for programs: searches, one or many, and documents."""

from flask import Blueprint, Response, abort, jsonify, request

from search.results.answer import document_json, search_json
from web.api.batch import batch
from web.app_state import Served
from web.parameters import LONGEST_ID, read_query, read_similar_k

api = Blueprint("api", __name__)


@api.get("/api/search")
def search() -> Response:
    """Answer one query."""
    return jsonify(search_json(Served.here().search(read_query(request.query_string))))


@api.post("/api/search")
def search_batch() -> Response:
    """Answer many queries at once."""
    return jsonify([search_json(page) for page in Served.here().search_all(batch())])


@api.get("/api/documents/<doc_id>")
def document(doc_id: str) -> Response:
    """Give one document with its body and the ids of its copies."""
    archive = Served.here().engine.index
    found = archive.find(_known_shape(doc_id))
    if found is None:
        abort(404, "no document of this archive has this id")
    copies = list(archive.copies_of([doc_id]).get(doc_id, ()))
    return jsonify({**document_json(found), "body": found.body, "copies": copies})


@api.get("/api/documents/<doc_id>/similar")
def similar(doc_id: str) -> Response:
    """Give the documents nearest in meaning to one."""
    k = read_similar_k(request.query_string)
    engine = Served.here().engine
    if not engine.index.documents([_known_shape(doc_id)]):
        abort(404, "no document of this archive has this id")
    hits = [document_json(one) for one in engine.similar(doc_id, k)]
    return jsonify({"id": doc_id, "k": k, "hits": hits})


def _known_shape(doc_id: str) -> str:
    """Turn away what SQLite could not even be asked for: half a character."""
    if len(doc_id) > LONGEST_ID or not doc_id.isprintable():
        abort(404, "no document of this archive has this id")
    return doc_id
