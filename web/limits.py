"""Limits on one request and on all requests together: size, time, and searches at once."""

import threading
from collections import deque
from typing import Self, cast

from flask import Flask, abort, current_app, g, request

from web.access import SettingError, read_whole_number
from web.metrics import Metrics

MAX_BODY_BYTES = 1024 * 1024  # a hundred queries of maximum length, escaped, fit
SEARCH_LIMIT_S = 5.0  # a search takes milliseconds; after five seconds its reader has left
# Searches at once in one process: while one runs native code, another runs Python. Four at once
# answered a sixth fewer queries, for they share one interpreter.
SEARCHES_AT_ONCE = 2
MAX_WAITING = 128  # requests
PATIENCE_S = 2.0  # that a request waits for its turn

_KEY = "arshif-gate"
# Answered without the archive, so that they are answered while it is busy.
_UNLIMITED_BLUEPRINTS = ("probes", "documentation", "assets", None)


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


class Gate:
    """Lets a few requests search at once and a few more wait their turn, and refuses the rest.

    It serves other WSGI servers: ours admits no more requests than may search. Turns come in the
    order of arrival; with a semaphore the last request could pass the one that has waited longest.
    """

    def __init__(
        self,
        at_once: int,
        *,
        max_waiting: int = MAX_WAITING,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._free_places = at_once
        self._max_waiting = max_waiting
        self._patience_s = patience_s
        self._waiting: deque[threading.Event] = deque()  # set when their turn has come
        self._lock = threading.Lock()

    def enter(self) -> bool:
        """Acquire a place, after a wait if need be; return False where no place came free."""
        with self._lock:
            if self._free_places:
                self._free_places -= 1
                return True
            if len(self._waiting) >= self._max_waiting:
                return False
            turn = threading.Event()
            self._waiting.append(turn)
        if turn.wait(self._patience_s):
            return True
        with self._lock:
            if turn.is_set():  # it came in the last moment
                return True
            self._waiting.remove(turn)
            return False

    def leave(self) -> None:
        """Pass the place to the request that has waited longest."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._free_places += 1

    def attach(self, app: Flask) -> None:
        app.extensions[_KEY] = self
        app.before_request(_enter)
        app.teardown_request(_leave)

    @classmethod
    def current(cls) -> Self:
        """Return the gate of the app that answers the current request."""
        return cast(Self, current_app.extensions[_KEY])  # Flask keeps extensions untyped


def register(app: Flask) -> None:
    """Register the largest body and the gate.

    Raises:
        SettingError: a setting cannot be used.
    """
    if app.config["MAX_CONTENT_LENGTH"] is None:
        app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    Gate(read_searches_at_once(app)).attach(app)


def _enter() -> None:
    if request.blueprint in _UNLIMITED_BLUEPRINTS or request.method == "OPTIONS":
        return
    if not Gate.current().enter():
        abort(503, "too many searches at once: try again in a moment")
    g.entered = True
    Metrics.current().running.inc()


def _leave(_: BaseException | None) -> None:
    if g.pop("entered", False):
        Metrics.current().running.dec()
        Gate.current().leave()
