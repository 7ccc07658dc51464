"""Limit the size and the time of each request, and the number of searches at once.

A request that reads the archive takes a turn; a request that gets no turn is answered 503. Probes,
assets and the documentation take no turn, so that they are answered while searches wait. A streamed
answer takes a turn for each of its blocks, and holds no turn while its reader receives a block.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Self, cast

from flask import Flask, Response, abort, current_app, g, request

from search.errors import SearchTimeout
from web.capacity import (
    LARGEST_BODY,
    LARGEST_HEADER,
    LONG_REQUESTS_AT_ONCE,
    MAX_LONG_WAITING,
    FairSemaphore,
)
from web.metrics import Metrics

LONG_PATIENCE_S = 10.0  # the longest wait of a long request to be admitted
LONG_LIMIT_S = 30.0  # for all searches of one request, with their waits for turns
STREAM_LIMIT_S = 600.0  # for a streamed answer, however slowly it is read

_KEY = "arshif-turns"
_LONG_ENDPOINTS = (
    "api.search_batch",
    "exports.export_csv",
    "exports.export_json",
    "references.export",
    "crawling.sitemap",
)
_UNLIMITED_BLUEPRINTS = ("probes", "documentation", "assets", None)
_BUSY = "too many searches at once: try again in a moment"


@dataclass(frozen=True, slots=True)
class Limits:
    """The turns of one app: for each search, and for long requests."""

    searches: FairSemaphore
    long_requests: FairSemaphore

    @classmethod
    def current(cls) -> Self:
        """Return the limits of the app that answers the current request."""
        return cast(Self, current_app.extensions[_KEY])  # Flask keeps extensions untyped


def register(app: Flask, searches_at_once: int) -> None:
    """Register the limit of a body's size, and the turns."""
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.extensions[_KEY] = Limits(
        FairSemaphore(searches_at_once),
        FairSemaphore(
            LONG_REQUESTS_AT_ONCE, max_waiting=MAX_LONG_WAITING, patience_s=LONG_PATIENCE_S
        ),
    )
    app.before_request(_enter)
    app.teardown_request(_leave)


def check_header_size() -> None:
    """Refuse a header larger than LARGEST_HEADER: granian reads up to twice its bound."""
    sizes = (len(name) + len(value) for name, value in request.headers)
    if sum(sizes, len(request.query_string) + len(request.path)) > LARGEST_HEADER:
        abort(431, f"the address and the headers take more than {LARGEST_HEADER} bytes")


def admit_long_request() -> None:
    """Limit the number of long requests that a process answers at once.

    The body of a batch is read within this limit and before a turn to search is taken, so that a
    client that sends the body slowly delays no search.
    """
    if request.endpoint not in _LONG_ENDPOINTS or request.method == "OPTIONS":
        return
    if not Limits.current().long_requests.acquire():
        abort(503, _BUSY)
    g.is_long = True
    request.get_data()


def next_search() -> None:
    """Let the waiting requests go first, before the current request searches again."""
    if time.perf_counter() - g.started > LONG_LIMIT_S:
        abort(503, f"the request took longer than {LONG_LIMIT_S:g} s: send fewer queries at once")
    if g.has_turn and not Limits.current().searches.yield_turn():
        _count_end()
        abort(503, _BUSY)


def stream(blocks: Iterator[bytes], mimetype: str) -> Response:
    """Build a response that sends blocks while they are built, each in a turn of its own.

    The request counts as a long request until its last block is sent. An error after the first
    block cuts the answer off, so that no reader takes a part for the whole.
    """
    limits = Limits.current()
    long_turn = ExitStack()  # closed once, by the first of the two uses below
    if g.pop("is_long", False):
        long_turn.callback(limits.long_requests.release)
    ends_at = time.perf_counter() + STREAM_LIMIT_S

    def send() -> Iterator[bytes]:
        with long_turn:
            while time.perf_counter() < ends_at and limits.searches.acquire():
                try:
                    block = next(blocks, None)
                finally:
                    limits.searches.release()
                if block is None:
                    return
                yield block
            raise SearchTimeout(
                "an export was stopped: it had no turn in time, or its client read slowly"
            )

    response = Response(send(), content_type=mimetype)
    response.call_on_close(long_turn.close)  # if no client reads the first block
    return response


def _enter() -> None:
    if request.blueprint in _UNLIMITED_BLUEPRINTS or request.method == "OPTIONS":
        return
    if not Limits.current().searches.acquire():
        abort(503, _BUSY)
    g.has_turn = True
    Metrics.current().running.inc()


def _leave(_: BaseException | None) -> None:
    if g.get("has_turn"):
        _count_end()
        Limits.current().searches.release()
    if g.pop("is_long", False):
        Limits.current().long_requests.release()


def _count_end() -> None:
    g.has_turn = False
    Metrics.current().running.dec()
