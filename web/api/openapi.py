"""Build the API's description, OpenAPI 3.1, from the records that validate its parameters.

spectree (3.0) describes every refusal as `application/json` and adds a refusal to each operation;
flask-openapi3 (4.3) cannot describe a parameter that has examples, and validates it its own way.
"""

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from search.query.validation import MAX_QUERY_LENGTH
from search.results.answer import ID_EXAMPLE, SearchAnswer
from search.trends.answer import TrendsAnswer
from web.api import schema
from web.error_handlers import Problem
from web.parameter_errors import MAX_QUERIES
from web.parameters import MAX_SIMILAR, SearchParameters
from web.trends_parameters import TrendsParameters

# A JSON document has no narrower type.
Json = dict[str, Any]

_ANSWERS: tuple[type[BaseModel], ...] = (
    SearchAnswer,
    TrendsAnswer,
    schema.WholeDocument,
    schema.Similar,
    schema.StoryAnswer,
    schema.Suggestions,
    schema.Health,
    schema.Readiness,
    Problem,
)
_DESCRIPTION = (
    "Search by meaning over an archive of press. A refused request is answered with a problem"
    " (RFC 9457). Answers to GET carry an ETag that changes with the archive."
)
_DESCRIPTION_BY_STATUS = {
    "400": "A parameter or the body cannot be used.",
    "401": "A key is required, and the request has no valid key.",
    "404": "There is no such document.",
    "413": "The body is too large.",
    "415": "The body is not JSON.",
    "422": "The body is JSON, but not a batch of queries.",
    "429": "Too many requests; Retry-After says when to try again.",
    "431": "The address and the headers are longer than 32 kB: give fewer sources.",
    "503": "Too many searches at once, or the archive cannot be read; try again.",
}
_COMMON_STATUSES = ("401", "429", "503")
_MAX_ID_LENGTH = 200  # characters; an archive gives no longer id


def build_openapi(*, version: str, needs_key: bool) -> Json:
    """Build the whole description; `needs_key` adds the two ways to send a key."""
    _, schemas = models_json_schema(
        [
            (SearchParameters, "validation"),
            (TrendsParameters, "validation"),
            *((answer, "serialization") for answer in _ANSWERS),
        ],
        ref_template="#/components/schemas/{model}",
    )
    document: Json = {
        "openapi": "3.1.0",
        "info": {
            "title": "arshif · أرشيف",
            "version": version,
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": _describe_paths(schemas["$defs"]),
        "components": {
            "schemas": schemas["$defs"],
            "responses": {
                status: _describe_refusal(text) for status, text in _DESCRIPTION_BY_STATUS.items()
            },
        },
    }
    if needs_key:
        document["components"]["securitySchemes"] = {
            "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            "bearer": {"type": "http", "scheme": "bearer"},
        }
        document["security"] = [{"key": []}, {"bearer": []}]
    return document


def _describe_paths(schemas: Json) -> Json:
    return (
        _describe_searches(schemas["SearchParameters"])
        | _describe_trends(schemas["TrendsParameters"])
        | _describe_documents()
        | _describe_probes()
    )


def _describe_searches(query: Json) -> Json:
    answer = _refer_to_schema("SearchAnswer")
    prefix = _build_parameter(
        "q",
        {"type": "string", "maxLength": MAX_QUERY_LENGTH},
        about="The letters typed so far.",
        example="فيض",
    )
    return {
        "/api/search": {
            "get": _build_operation(
                "search",
                "Answer one query",
                answer,
                parameters=_describe_query_parameters(query),
                refusals=("400", "431"),
            ),
            "post": _build_operation(
                "searchBatch",
                f"Answer up to {MAX_QUERIES} queries, in their order",
                {"type": "array", "items": answer},
                body=_describe_batch(query),
                refusals=("400", "413", "415", "422"),
            ),
        },
        "/api/suggest": {
            "get": _build_operation(
                "suggest",
                "Complete the beginning of a query",
                _refer_to_schema("Suggestions"),
                parameters=[prefix],
                refusals=("400",),
            )
        },
    }


def _describe_trends(query: Json) -> Json:
    return {
        "/api/trends": {
            "get": _build_operation(
                "trends",
                "Count the documents of up to five terms over time",
                _refer_to_schema("TrendsAnswer"),
                parameters=_describe_query_parameters(query),
                refusals=("400", "431"),
            )
        }
    }


def _describe_documents() -> Json:
    doc_id = _build_parameter(
        "doc_id",
        {"type": "string", "maxLength": _MAX_ID_LENGTH},
        place="path",
        about="Id of the document, as in a hit.",
        example=ID_EXAMPLE,
    )
    k = {"type": "integer", "minimum": 1, "maximum": MAX_SIMILAR, "default": 10}
    return {
        "/api/documents/{doc_id}": {
            "get": _build_operation(
                "document",
                "Return a document with its body",
                _refer_to_schema("WholeDocument"),
                parameters=[doc_id],
                refusals=("404",),
            )
        },
        "/api/documents/{doc_id}/similar": {
            "get": _build_operation(
                "similar",
                "Return the documents nearest in meaning to a document",
                _refer_to_schema("Similar"),
                parameters=[doc_id, _build_parameter("k", k, about="Number of documents.")],
                refusals=("400", "404"),
            )
        },
        "/api/documents/{doc_id}/story": {
            "get": _build_operation(
                "story",
                "Return the reports of a document's event, in the order of time",
                _refer_to_schema("StoryAnswer"),
                parameters=[doc_id],
                refusals=("404",),
            )
        },
    }


def _describe_probes() -> Json:
    ready = "Check that the newest commit is served"
    return {
        "/healthz": {"get": _describe_probe("health", "Check that the service is alive", "Health")},
        "/readyz": {"get": _describe_probe("readiness", ready, "Readiness", "503")},
    }


def _build_operation(
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
        **{
            status: _build_reference("responses", status)
            for status in sorted({*refusals, *_COMMON_STATUSES})
        },
    }
    if body is None:
        operation["responses"]["304"] = {
            "description": "The archive is unchanged since If-None-Match."
        }
    return operation


def _describe_probe(name: str, summary: str, model: str, *refusals: str) -> Json:
    return {
        "operationId": name,
        "summary": summary,
        "security": [],
        "responses": {
            "200": {
                "description": "The check passed.",
                "content": {"application/json": {"schema": _refer_to_schema(model)}},
            },
            **{status: _build_reference("responses", status) for status in refusals},
        },
    }


def _describe_query_parameters(query: Json) -> list[Json]:
    required = query.get("required", [])
    return [
        _build_parameter(
            name,
            _simplify_schema(schema),
            about=schema.get("description", ""),
            required=name in required,
            example=schema.get("examples", [None])[0],
        )
        for name, schema in sorted(query["properties"].items(), key=lambda item: item[0] != "q")
    ]


def _simplify_schema(schema: Json) -> Json:
    """Remove null, which an address cannot express, and the texts that describe the schema."""
    simplified = {
        key: value
        for key, value in schema.items()
        if key not in ("description", "examples", "title") and value is not None
    }
    options = [option for option in simplified.pop("anyOf", []) if option != {"type": "null"}]
    return simplified | options[0] if options else simplified


def _build_parameter(
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


def _describe_batch(query: Json) -> Json:
    text = _simplify_schema(query["properties"]["q"])
    return {
        "schema": {
            "type": "array",
            "minItems": 1,
            "maxItems": MAX_QUERIES,
            "items": {"anyOf": [_refer_to_schema("SearchParameters"), text]},
        },
        "example": ["علاش غلات الخضرة فرمضان", {"q": "tremblement de terre à Agadir", "k": 3}],
    }


def _describe_refusal(text: str) -> Json:
    return {
        "description": text,
        "content": {"application/problem+json": {"schema": _refer_to_schema("Problem")}},
    }


def _refer_to_schema(name: str) -> Json:
    return _build_reference("schemas", name)


def _build_reference(kind: str, name: str) -> Json:
    return {"$ref": f"#/components/{kind}/{name}"}
