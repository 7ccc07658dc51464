"""Serve the counts of terms over time to programs, as JSON and as CSV."""

from flask import Blueprint, Response, request

from search.trends.answer import build_answer
from search.trends.formats import trends_csv
from web.api.schema import respond
from web.app_state import AppState
from web.trends_parameters import read_trends_query

trends = Blueprint("trends", __name__)


@trends.get("/api/trends")
def count() -> Response:
    """Count the documents of up to five terms over time."""
    query, as_share = read_trends_query(request.query_string)
    return respond(build_answer(AppState.current().trends(query), as_share=as_share))


@trends.get("/trends.csv")
def export() -> Response:
    """Return the same counts as CSV."""
    query, as_share = read_trends_query(request.query_string)
    table = trends_csv(AppState.current().trends(query), as_share=as_share)
    # Excel recognises UTF-8 by the byte order mark.
    response = Response(table.encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="arshif-trends.csv"'
    return response
