"""Build the API's description, OpenAPI 3.1, from the list of its operations and their records.

spectree (3.0) describes every refusal as `application/json` and adds a refusal to each operation;
flask-openapi3 (4.3) cannot describe a parameter that has examples, and validates it its own way.
"""

from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from search.results.answer import ID_EXAMPLE
from web.api.operations import OPERATIONS, Operation
from web.error_handlers import Problem
from web.parameters import SearchParameters
from web.trends_parameters import TrendsParameters

# A JSON document has no narrower type.
Json = dict[str, Any]

_REFERENCE = "#/components/schemas/{model}"
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
_DOC_ID = {
    "name": "doc_id",
    "in": "path",
    "required": True,
    "description": "Id of the document, as in a hit.",
    "schema": {"type": "string", "maxLength": 200},  # an archive gives no longer id
    "example": ID_EXAMPLE,
}


def build_openapi(*, version: str, needs_key: bool) -> Json:
    """Build the whole description; `needs_key` adds the two ways to send a key."""
    schema_of, records = _build_schemas()
    paths: Json = {}
    for operation in OPERATIONS:
        described = _describe(operation, schema_of)
        paths.setdefault(operation.path, {})[operation.method] = described
    document: Json = {
        "openapi": "3.1.0",
        "info": {
            "title": "arshif · أرشيف",
            "version": version,
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": records,
            "responses": {
                status: _build_response(text, schema_of["problem"], "application/problem+json")
                for status, text in _DESCRIPTION_BY_STATUS.items()
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


def _build_schemas() -> tuple[Json, Json]:
    """Build the schemas of answers and bodies by operation, and the records they refer to."""
    # Any: Python 3.11 has no type for annotations such as `list[SearchAnswer]`.
    types: list[tuple[str, JsonSchemaMode, Any]] = [
        ("query", "validation", SearchParameters),
        ("trends query", "validation", TrendsParameters),
        ("problem", "serialization", Problem),
    ]
    for operation in OPERATIONS:
        types.append((operation.name, "serialization", operation.answer))
        if operation.body:
            types.append((f"{operation.name} body", "validation", operation.body.type))
    schemas, definitions = TypeAdapter.json_schemas(
        [(name, mode, TypeAdapter(type_)) for name, mode, type_ in types], ref_template=_REFERENCE
    )
    return {name: schema for (name, _), schema in schemas.items()}, definitions["$defs"]


def _describe(operation: Operation, schema_of: Json) -> Json:
    described: Json = {"operationId": operation.name, "summary": operation.summary}
    if operation.is_probe:
        described["security"] = []
    if parameters := list(_list_parameters(operation)):
        described["parameters"] = parameters
    if operation.body:
        body = {
            "schema": schema_of[f"{operation.name} body"],
            "example": operation.body.example,
        }
        described["requestBody"] = {"required": True, "content": {"application/json": body}}
    description = "The check passed." if operation.is_probe else "The answer."
    common = () if operation.is_probe else _COMMON_STATUSES
    described["responses"] = {
        "200": _build_response(description, schema_of[operation.name], "application/json"),
        **{
            status: {"$ref": f"#/components/responses/{status}"}
            for status in sorted({*operation.refusals, *common})
        },
    }
    if operation.body is None and not operation.is_probe:
        described["responses"]["304"] = {
            "description": "The archive is unchanged since If-None-Match."
        }
    return described


def _list_parameters(operation: Operation) -> list[Json]:
    in_path = [_DOC_ID] if "{doc_id}" in operation.path else []
    return in_path + (_describe_query(operation.parameters) if operation.parameters else [])


def _describe_query(parameters: type[BaseModel]) -> list[Json]:
    """Describe the parameters that a record declares, `q` first."""
    record = parameters.model_json_schema(ref_template=_REFERENCE)
    required = record.get("required", [])
    described = []
    for name, schema in sorted(record["properties"].items(), key=lambda item: item[0] != "q"):
        parameter: Json = {"name": name, "in": "query", "required": name in required}
        parameter |= {"description": schema["description"]}
        parameter["schema"] = _simplify_schema(schema)
        if examples := schema.get("examples"):
            parameter["example"] = examples[0]
        described.append(parameter)
    return described


def _simplify_schema(schema: Json) -> Json:
    """Remove null, which an address cannot express, and the texts that describe the schema."""
    simplified = {
        key: value
        for key, value in schema.items()
        if key not in ("description", "examples", "title") and value is not None
    }
    options = [option for option in simplified.pop("anyOf", []) if option != {"type": "null"}]
    return simplified | options[0] if options else simplified


def _build_response(description: str, schema: Json, media_type: str) -> Json:
    return {"description": description, "content": {media_type: {"schema": schema}}}
