"""Limits on one request and on all requests together: size, time, and searches at once.

A request that reads the archive takes a turn; without a turn it is answered 503. Probes, assets and
the documentation take none, so that they are answered while searches wait. An answer that is sent
while it is made takes a turn for each block of it, and none while its reader takes a block in.
"""

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Self, cast

from flask import Flask, Response, abort, current_app, g, request

from search.errors import SearchTimeout
from web.access import SettingError, read_whole_number
from web.metrics import Metrics

LARGEST_HEADER = 32 * 1024  # bytes; the longest query, percent-encoded, is a third of it
LARGEST_BODY = 1024 * 1024  # bytes; a hundred queries of maximum length, escaped, fit
SEARCH_LIMIT_S = 5.0  # a search takes milliseconds; after five seconds its reader has left
# Searches at once in one process: while one runs native code, another runs Python. Four at once
# answered a sixth fewer queries, for they share one interpreter.
SEARCHES_AT_ONCE = 2
MAX_WAITING = 128  # requests that wait for a turn; each takes a thread
PATIENCE_S = 2.0  # that a request waits for a turn
# Requests that search many times: batches and exports.
LONG_REQUESTS_AT_ONCE = 2
MAX_LONG_WAITING = 4
LONG_PATIENCE_S = 10.0
LONG_LIMIT_S = 30.0  # for all searches of one request, and for the turns that they wait for
STREAM_LIMIT_S = 600.0  # for an answer that is sent while it is made, however slowly it is read
SPARE_THREADS = 8  # they answer whatever takes no turn

_KEY = "arshif-turns"
_LONG_ENDPOINTS = ("api.search_batch", "exports.export_csv", "exports.export_json")
_UNLIMITED_BLUEPRINTS = ("probes", "documentation", "assets", None)
_BUSY = "too many searches at once: try again in a moment"


def read_searches_at_once(app: Flask) -> int:
    """Read how many searches one process runs at once.

    Raises:
        SettingError: it is not a whole number from 1 on.
    """
    return read_whole_number(app, "SEARCHES_AT_ONCE", SEARCHES_AT_ONCE, minimum=1)


def read_search_limit_s(app: Flask) -> float:
    """Read how long one search may take.

    Raises:
        SettingError: it is not a number.
    """
    value = app.config.get("SEARCH_LIMIT_S")
    try:
        return SEARCH_LIMIT_S if value in (None, "") else float(str(value))
    except ValueError as error:
        raise SettingError(
            f"ARSHIF_SEARCH_LIMIT_S is {value!r}: expected a number of seconds"
        ) from error


def count_threads(at_once: int) -> int:
    """Return how many threads a process needs, so that one is always free for a probe."""
    return at_once + MAX_WAITING + LONG_REQUESTS_AT_ONCE + MAX_LONG_WAITING + SPARE_THREADS


class Turns:
    """A semaphore whose turns come in the order of asking, after a bounded wait.

    `threading.Semaphore` lets a newcomer pass the thread that has waited longest.
    """

    def __init__(
        self, at_once: int, *, max_waiting: int = MAX_WAITING, patience_s: float = PATIENCE_S
    ) -> None:
        self._free = at_once
        self._max_waiting = max_waiting
        self._patience_s = patience_s
        self.waiting: deque[threading.Event] = deque()  # each is set when its turn has come
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Take a turn, after a wait if need be; return False where none came."""
        with self._lock:
            if self._free:
                self._free -= 1
                return True
            if len(self.waiting) >= self._max_waiting:
                return False
            turn = self._queue()
        return self._wait(turn)

    def pass_on(self) -> bool:
        """Let the others go first, then continue; return False, without a turn, where none came."""
        with self._lock:
            if not self.waiting:
                return True
            turn = self._queue()
            self.waiting.popleft().set()
        return self._wait(turn)

    def give_back(self) -> None:
        """End a turn: it goes to the thread that has waited longest."""
        with self._lock:
            if self.waiting:
                self.waiting.popleft().set()
            else:
                self._free += 1

    def _queue(self) -> threading.Event:
        turn = threading.Event()
        self.waiting.append(turn)
        return turn

    def _wait(self, turn: threading.Event) -> bool:
        if turn.wait(self._patience_s):
            return True
        with self._lock:
            if turn.is_set():  # it came in the last moment
                return True
            self.waiting.remove(turn)
            return False


@dataclass(frozen=True, slots=True)
class Limits:
    """The turns of one app: for each search, and for requests that search many times."""

    searches: Turns
    long_requests: Turns

    @classmethod
    def current(cls) -> Self:
        """Return the limits of the app that answers the current request."""
        return cast(Self, current_app.extensions[_KEY])  # Flask keeps extensions untyped


def register(app: Flask) -> None:
    """Register the largest body and the turns.

    Raises:
        SettingError: a setting cannot be used.
    """
    if app.config["MAX_CONTENT_LENGTH"] is None:
        app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.extensions[_KEY] = Limits(
        Turns(read_searches_at_once(app)),
        Turns(LONG_REQUESTS_AT_ONCE, max_waiting=MAX_LONG_WAITING, patience_s=LONG_PATIENCE_S),
    )
    app.before_request(_enter)
    app.teardown_request(_leave)


def check_header_size() -> None:
    """Refuse a header beyond LARGEST_HEADER: granian reads up to twice its bound."""
    sizes = (len(name) + len(value) for name, value in request.headers)
    if sum(sizes, len(request.query_string) + len(request.path)) > LARGEST_HEADER:
        abort(431, f"the address and the headers take more than {LARGEST_HEADER} bytes")


def admit_long_request() -> None:
    """Bound how many requests that search many times a process answers at once.

    The body of a batch is read within this bound and before a turn to search is taken, so that a
    client that sends it slowly holds up no search.
    """
    if request.endpoint not in _LONG_ENDPOINTS or request.method == "OPTIONS":
        return
    if not Limits.current().long_requests.take():
        abort(503, _BUSY)
    g.is_long = True
    request.get_data()


def next_search() -> None:
    """Let the requests that wait go first, before one request searches another time."""
    if time.perf_counter() - g.started > LONG_LIMIT_S:
        abort(503, f"the request took longer than {LONG_LIMIT_S:g} s: ask for less at once")
    if g.has_turn and not Limits.current().searches.pass_on():
        _count_end()
        abort(503, _BUSY)


def stream(blocks: Iterator[bytes], mimetype: str) -> Response:
    """Send blocks while they are made, each in a turn of its own.

    The request counts as one that searches many times until its last block is sent. What goes wrong
    after the first block breaks the answer off, so that no reader takes a part for the whole.
    """
    limits = Limits.current()
    place = ExitStack()  # given back once, by whichever of the two below comes first
    if g.pop("is_long", False):
        place.callback(limits.long_requests.give_back)
    ends_at = time.perf_counter() + STREAM_LIMIT_S

    def send() -> Iterator[bytes]:
        with place:
            while time.perf_counter() < ends_at and limits.searches.take():
                try:
                    block = next(blocks, None)
                finally:
                    limits.searches.give_back()
                if block is None:
                    return
                yield block
            raise SearchTimeout("an export was broken off: no turn came, or its reader was slow")

    response = Response(send(), content_type=mimetype)
    response.call_on_close(place.close)  # where nobody asked for the first block
    return response


def _enter() -> None:
    if request.blueprint in _UNLIMITED_BLUEPRINTS or request.method == "OPTIONS":
        return
    if not Limits.current().searches.take():
        abort(503, _BUSY)
    g.has_turn = True
    Metrics.current().running.inc()


def _leave(_: BaseException | None) -> None:
    if g.get("has_turn"):
        _count_end()
        Limits.current().searches.give_back()
    if g.pop("is_long", False):
        Limits.current().long_requests.give_back()


def _count_end() -> None:
    g.has_turn = False
    Metrics.current().running.dec()
