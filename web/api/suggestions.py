"""What is offered while a reader types, and what lets a browser add the archive to its engines."""

from flask import Blueprint, Response, jsonify, render_template, request

from search.query.validation import LONGEST_QUERY
from web.app_state import Served
from web.parameters import RequestError

suggestions = Blueprint("suggestions", __name__)

_KEPT = "private, max-age=60"  # a reader types the same beginning again and again


@suggestions.get("/api/suggest")
def suggest() -> Response:
    """Complete `q`; with `as=list`, in the form that browsers ask for (OpenSearch)."""
    text = request.args.get("q", "")
    if len(text) > LONGEST_QUERY:
        raise RequestError(
            f"q has {len(text)} characters: at most {LONGEST_QUERY} are taken",
            f"عبارة البحث طويلة: لا تزد على {LONGEST_QUERY} حرف.",
        )
    found = Served.here().completer.complete(text)
    if request.args.get("as") == "list":
        answer = jsonify([text, [one.text for one in found]])
        answer.mimetype = "application/x-suggestions+json"
    else:
        listed = [{"text": one.text, "origin": one.origin.value} for one in found]
        answer = jsonify(query=text, suggestions=listed)
    answer.headers["Cache-Control"] = _KEPT
    return answer


@suggestions.get("/opensearch.xml")
def opensearch() -> Response:
    """Describe the search to browsers (OpenSearch 1.1)."""
    return Response(
        render_template("opensearch.xml"), mimetype="application/opensearchdescription+xml"
    )
