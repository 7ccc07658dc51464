"""The body of a batch, read once a request: the rate limit counts its queries, the view answers."""

from flask import abort, g, request

from search.records import Query
from web.parameters import read_batch


def batch() -> list[Query]:
    """Give the queries of the request's body.

    Raises:
        RequestError: they cannot be used.
    """
    if "batch" not in g:
        if not request.is_json:
            abort(415, "send the queries as application/json")
        g.batch = read_batch(request.get_data())
    known: list[Query] = g.batch
    return known


def cost() -> int:
    """Say how many searches the request asks for."""
    return len(batch()) if request.endpoint == "api.search_batch" else 1
