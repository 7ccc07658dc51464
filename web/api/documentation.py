"""The API's description for programs, and a page of it for people."""

from functools import cache
from importlib.metadata import version

from flask import Blueprint, Response, current_app, jsonify, render_template

from web.access import wants_key
from web.api.openapi import Json, describe

documentation = Blueprint("documentation", __name__)


@documentation.get("/openapi.json")
def openapi() -> Response:
    """Give the description, OpenAPI 3.1."""
    return jsonify(_description())


@documentation.get("/docs")
def docs() -> str:
    """Show the description."""
    return render_template("docs.html", api=_description())


def _description() -> Json:
    return _describe(wants_key(current_app))


# Made once: these two answer without the gate that bounds searches, so they must cost little.
@cache
def _describe(wants_key: bool) -> Json:
    return describe(version=version("arshif"), wants_key=wants_key)
