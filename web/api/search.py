"""Serve the endpoints for programs: one search, a batch of searches, and documents."""

from flask import Blueprint, Response, request
from pydantic import RootModel

from search.results.answer import DocumentAnswer, SearchAnswer, build_answer, fields_of
from web import limits
from web.api.batch import read_request_batch
from web.api.parameters import read_similar_k
from web.api.schema import Similar, WholeDocument, respond
from web.app_state import AppState
from web.lookup import find_document
from web.parameters import read_query

api = Blueprint("api", __name__)

_Answers = RootModel[list[SearchAnswer]]


@api.get("/api/search")
def search() -> Response:
    """Answer one query."""
    return respond(build_answer(AppState.current().search(read_query(request.query_string))))


@api.post("/api/search")
def search_batch() -> Response:
    """Answer a batch of queries, each in a turn of its own."""
    answers = []
    for query in read_request_batch():
        limits.next_search()
        answers.append(build_answer(AppState.current().search(query)))
    return respond(_Answers(answers))


@api.get("/api/documents/<doc_id>")
def document(doc_id: str) -> Response:
    """Return one document with its body and the ids of its copies."""
    document = find_document(doc_id)
    copies_by_id = AppState.current().engine.index.copies_of([document.doc_id])
    copies = copies_by_id.get(document.doc_id, ())
    further_fields = {"added_at": document.added_at, "body": document.body, "copies": copies}
    return respond(WholeDocument.model_validate({**fields_of(document), **further_fields}))


@api.get("/api/documents/<doc_id>/similar")
def similar(doc_id: str) -> Response:
    """Return the documents nearest in meaning to one document."""
    k = read_similar_k(request.query_string)
    document = find_document(doc_id)
    similar = AppState.current().engine.similar(document.doc_id, k)
    hits = [DocumentAnswer.model_validate(fields_of(hit)) for hit in similar]
    return respond(Similar(id=document.doc_id, k=k, hits=hits))
