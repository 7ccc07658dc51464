"""Read the body of a batch once per request, for the rate limit and for the view."""

from typing import Annotated

from flask import abort, g, request
from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError

from search.records import Query
from web.parameter_errors import MAX_QUERIES
from web.parameters import BodyError, QueryText, RequestError, SearchParameters, build_error


def _expand_text(entry: object) -> object:
    return {"q": entry} if isinstance(entry, str) else entry


_Entry = BeforeValidator(_expand_text, json_schema_input_type=SearchParameters | QueryText)
Batch = Annotated[
    list[Annotated[SearchParameters, _Entry]], Field(min_length=1, max_length=MAX_QUERIES)
]
_BATCH_ADAPTER: TypeAdapter[list[SearchParameters]] = TypeAdapter(Batch)


def read_request_batch() -> list[Query]:
    """Read the queries in the body of the current request.

    Raises:
        RequestError: the body cannot be used.
    """
    if "batch" not in g:
        if not request.is_json:
            abort(415, "send the queries as application/json")
        g.batch = _read_batch(request.get_data())
    queries: list[Query] = g.batch
    return queries


def _read_batch(body: bytes) -> list[Query]:
    """Parse a JSON array of queries: objects with the parameters of an address, or plain texts.

    Raises:
        RequestError: the body is not JSON.
        BodyError: it is not an array of queries, or a query is invalid; the error names the first.
    """
    try:
        return [entry.to_query() for entry in _BATCH_ADAPTER.validate_json(body)]
    except ValidationError as error:
        first = error.errors()[0]
        if first["type"] == "json_invalid":
            raise RequestError("the body is not JSON: send an array of queries as UTF-8") from None
        raise build_error(first, BodyError) from None


def count_searches() -> int:
    """Return how many searches the current request counts as in the rate limit."""
    return len(read_request_batch()) if request.endpoint == "api.search_batch" else 1
