"""The API's description, OpenAPI 3.1, made from what validates its parameters."""

from typing import Any

from pydantic.json_schema import models_json_schema

from search.query.validation import LONGEST_QUERY
from web.api import schema
from web.parameter_errors import MOST_QUERIES
from web.parameters import LONGEST_ID, MOST_SIMILAR, SearchParameters

# A JSON document: it has no closer type.
Json = dict[str, Any]

_MODELS = (
    SearchParameters,
    schema.SearchAnswer,
    schema.WholeDocument,
    schema.Similar,
    schema.Suggestions,
    schema.Health,
    schema.Readiness,
    schema.Problem,
)
_ABOUT = (
    "Search by meaning over an archive of press. What is refused is answered with a problem"
    " (RFC 9457). Answers to GET carry an ETag that changes with the archive."
)
_REFUSALS = {
    "400": "A parameter or the body cannot be used.",
    "401": "The service wants a key, and none that it knows was given.",
    "404": "There is no such document.",
    "413": "The body is too large.",
    "415": "The body is not JSON.",
    "422": "The body is JSON, but no batch of queries.",
    "429": "Too many requests; Retry-After says when to come back.",
    "431": "The address and the headers are longer than 32 kB: give fewer sources.",
    "503": "Too many searches at once, or the archive cannot be read; try again.",
}
_ALWAYS = ("401", "429", "503")


def describe(*, version: str, wants_key: bool) -> Json:
    """Give the whole description."""
    _, schemas = models_json_schema(
        [(model, "validation") for model in _MODELS],
        ref_template="#/components/schemas/{model}",
    )
    document: Json = {
        "openapi": "3.1.0",
        "info": {
            "title": "arshif · أرشيف",
            "version": version,
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": _paths(schemas["$defs"]["SearchParameters"]),
        "components": {
            "schemas": schemas["$defs"],
            "responses": {status: _refusal(text) for status, text in _REFUSALS.items()},
        },
    }
    if wants_key:
        document["components"]["securitySchemes"] = {
            "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            "bearer": {"type": "http", "scheme": "bearer"},
        }
        document["security"] = [{"key": []}, {"bearer": []}]
    return document


def _paths(query: Json) -> Json:
    return _searches(query) | _documents() | _probes()


def _searches(query: Json) -> Json:
    answer = _schema("SearchAnswer")
    beginning = _parameter("q", {"type": "string", "maxLength": LONGEST_QUERY}, example="فيض")
    return {
        "/api/search": {
            "get": _operation(
                "search",
                "Answer one query",
                answer,
                parameters=_query_parameters(query),
                refusals=("400", "431"),
            ),
            "post": _operation(
                "searchBatch",
                f"Answer up to {MOST_QUERIES} queries, in their order",
                {"type": "array", "items": answer},
                body=_batch(query),
                refusals=("400", "413", "415", "422"),
            ),
        },
        "/api/suggest": {
            "get": _operation(
                "suggest",
                "Complete the beginning of a query",
                _schema("Suggestions"),
                parameters=[beginning],
                refusals=("400",),
            )
        },
    }


def _documents() -> Json:
    doc_id = _parameter("doc_id", {"type": "string", "maxLength": LONGEST_ID}, place="path")
    k = {"type": "integer", "minimum": 1, "maximum": MOST_SIMILAR, "default": 10}
    return {
        "/api/documents/{doc_id}": {
            "get": _operation(
                "document",
                "Give one document with its body",
                _schema("WholeDocument"),
                parameters=[doc_id],
                refusals=("404",),
            )
        },
        "/api/documents/{doc_id}/similar": {
            "get": _operation(
                "similar",
                "Give the documents nearest in meaning to one",
                _schema("Similar"),
                parameters=[doc_id, _parameter("k", k, about="How many.")],
                refusals=("400", "404"),
            )
        },
    }


def _probes() -> Json:
    ready = "Say that the newest commit is served"
    return {
        "/healthz": {"get": _probe("health", "Say that the service is alive", "Health")},
        "/readyz": {"get": _probe("readiness", ready, "Readiness", "503")},
    }


def _operation(
    name: str,
    summary: str,
    answer: Json,
    *,
    parameters: list[Json] | None = None,
    body: Json | None = None,
    refusals: tuple[str, ...] = (),
) -> Json:
    operation: Json = {"operationId": name, "summary": summary}
    if parameters:
        operation["parameters"] = parameters
    if body:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": body},
        }
    operation["responses"] = {
        "200": {"description": "The answer.", "content": {"application/json": {"schema": answer}}},
        **{status: _reference("responses", status) for status in sorted({*refusals, *_ALWAYS})},
    }
    if body is None:
        operation["responses"]["304"] = {"description": "The archive is as If-None-Match knows it."}
    return operation


def _probe(name: str, summary: str, model: str, *refusals: str) -> Json:
    return {
        "operationId": name,
        "summary": summary,
        "security": [],
        "responses": {
            "200": {
                "description": "Yes.",
                "content": {"application/json": {"schema": _schema(model)}},
            },
            **{status: _reference("responses", status) for status in refusals},
        },
    }


def _query_parameters(query: Json) -> list[Json]:
    required = query["required"]
    return [
        _parameter(
            name,
            _plain(schema),
            about=schema.get("description", ""),
            required=name in required,
            example=schema.get("examples", [None])[0],
        )
        for name, schema in query["properties"].items()
    ]


def _plain(schema: Json) -> Json:
    """Leave out what an address cannot say, null, and what stands beside the schema already."""
    kept = {
        key: value
        for key, value in schema.items()
        if key not in ("description", "examples", "title") and value is not None
    }
    choices = [one for one in kept.pop("anyOf", []) if one != {"type": "null"}]
    return kept | choices[0] if choices else kept


def _parameter(
    name: str,
    schema: Json,
    *,
    place: str = "query",
    about: str = "",
    required: bool = False,
    example: object = None,
) -> Json:
    parameter: Json = {"name": name, "in": place, "required": required or place == "path"}
    parameter |= {"description": about} if about else {}
    parameter["schema"] = schema
    return parameter | ({} if example is None else {"example": example})


def _batch(query: Json) -> Json:
    text = _plain(query["properties"]["q"])
    return {
        "schema": {
            "type": "array",
            "minItems": 1,
            "maxItems": MOST_QUERIES,
            "items": {"anyOf": [_schema("SearchParameters"), text]},
        },
        "example": ["علاش غلات الخضرة فرمضان", {"q": "tremblement de terre à Agadir", "k": 3}],
    }


def _refusal(text: str) -> Json:
    return {
        "description": text,
        "content": {"application/problem+json": {"schema": _schema("Problem")}},
    }


def _schema(name: str) -> Json:
    return _reference("schemas", name)


def _reference(kind: str, name: str) -> Json:
    return {"$ref": f"#/components/{kind}/{name}"}
