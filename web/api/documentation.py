"""Serve the API's description to programs, and a page of it to people."""

from functools import cache
from importlib.metadata import version

from flask import Blueprint, Response, current_app, jsonify, render_template

from web.api.openapi import Json, build_openapi

documentation = Blueprint("documentation", __name__)


@documentation.get("/openapi.json")
def openapi() -> Response:
    """Return the description as OpenAPI 3.1."""
    return jsonify(_description())


@documentation.get("/docs")
def docs() -> str:
    """Show the description as a page."""
    return render_template("docs.html", api=_description())


def _description() -> Json:
    return _cached_description(bool(current_app.config["SETTINGS"].api_keys))


# The description is built once: no limit applies to these two views, so they must be cheap.
@cache
def _cached_description(needs_key: bool) -> Json:
    return build_openapi(version=version("arshif"), needs_key=needs_key)
