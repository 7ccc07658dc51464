"""Read the body of a batch once per request, for the rate limit and for the view."""

from flask import abort, g, request

from search.records import Query
from web.parameters import read_batch


def read_request_batch() -> list[Query]:
    """Read the queries in the body of the current request.

    Raises:
        RequestError: the body cannot be used.
    """
    if "batch" not in g:
        if not request.is_json:
            abort(415, "send the queries as application/json")
        g.batch = read_batch(request.get_data())
    queries: list[Query] = g.batch
    return queries


def count_searches() -> int:
    """Return how many searches the current request counts as in the rate limit."""
    return len(read_request_batch()) if request.endpoint == "api.search_batch" else 1
