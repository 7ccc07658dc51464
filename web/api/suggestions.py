"""Complete a query while a reader types, in the page and in a browser's search box."""

from flask import Blueprint, Response, jsonify, render_template, request

from web.api.parameters import read_prefix
from web.api.schema import Suggestion, Suggestions, respond
from web.app_state import AppState

suggestions = Blueprint("suggestions", __name__)

_CACHE_CONTROL = "private, max-age=60"  # a reader often types the same prefix again


@suggestions.get("/api/suggest")
def suggest() -> Response:
    """Complete `q`; with `as=list`, in the format that browsers read (OpenSearch Suggestions)."""
    text = read_prefix(request.args.get("q", ""))
    completions = AppState.current().completer.complete(text)
    if request.args.get("as") == "list":
        texts = dict.fromkeys(completion.text for completion in completions)
        response = jsonify([text, list(texts)])
        response.mimetype = "application/x-suggestions+json"
    else:
        entries = [
            Suggestion(text=completion.text, origin=completion.origin.value)
            for completion in completions
        ]
        response = respond(Suggestions(query=text, suggestions=entries))
    response.headers["Cache-Control"] = _CACHE_CONTROL
    return response


@suggestions.get("/opensearch.xml")
def opensearch() -> Response:
    """Return the description that browsers read to add the archive to their search engines."""
    return Response(
        render_template("opensearch.xml"), mimetype="application/opensearchdescription+xml"
    )
