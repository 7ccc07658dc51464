"""Serve the API's description to programs, and a page of it to people in their language.

The description is in English; `translations/` holds its sentences in Arabic and French as the
catalogue `api`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from gettext import NullTranslations
from importlib.metadata import version
from pathlib import Path

from babel.support import Translations
from flask import Blueprint, Response, jsonify, render_template, request

from search.records import Query
from web.access import needs_key
from web.api.code_examples import CodeExample, write_examples
from web.api.openapi import Json, build_openapi
from web.api.type_notation import name_record, write_type
from web.localization import page_language

_TRANSLATIONS = Path(__file__).parents[1] / "translations"
_SENTENCES = ("description", "summary")

documentation = Blueprint("documentation", __name__)


@dataclass(frozen=True, slots=True)
class OperationView:
    """One operation, and how programs call it."""

    name: str
    method: str
    path: str
    description: Json
    examples: tuple[CodeExample, ...]


@documentation.get("/openapi.json")
def openapi() -> Response:
    """Return the description as OpenAPI 3.1."""
    return jsonify(_build_description("en", needs_key=needs_key()))


@documentation.get("/docs")
def docs() -> str:
    """Show the description as a page, with an example of each call."""
    description = _build_description(page_language(), needs_key=needs_key())
    operations = [
        OperationView(
            operation["operationId"],
            method.upper(),
            path,
            operation,
            write_examples(
                f"{request.url_root.rstrip('/')}{path}", method, operation, needs_key=needs_key()
            ),
        )
        for path, operations in description["paths"].items()
        for method, operation in operations.items()
    ]
    return render_template(
        "docs.html",
        query=Query(""),
        api=description,
        operations=operations,
        type_of=partial(write_type, schemas=description["components"]["schemas"]),
        record_of=name_record,
    )


# A description is built once: no limit applies to these two views, so they must be cheap.
@cache
def _build_description(language: str, *, needs_key: bool) -> Json:
    description = build_openapi(version=version("arshif"), needs_key=needs_key)
    catalogue: NullTranslations = Translations.load(_TRANSLATIONS, [language], "api")
    return translate_sentences(description, catalogue.gettext)


def translate_sentences(description: Json, translate: Callable[[str], str]) -> Json:
    """Return a description with each of its sentences translated."""
    return {name: _translate_value(name, value, translate) for name, value in description.items()}


def _translate_value(name: str, value: object, translate: Callable[[str], str]) -> object:
    if isinstance(value, dict):
        return translate_sentences(value, translate)
    if isinstance(value, list):
        return [_translate_value("", entry, translate) for entry in value]
    return translate(value) if name in _SENTENCES and isinstance(value, str) else value
