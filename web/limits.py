"""How much one request, and all of them together, may ask of the service."""

import threading
from collections import deque
from typing import Self, cast

from flask import Flask, abort, current_app, g, request

from web.access import SettingError, setting
from web.metrics import Metrics

LARGEST_BODY = 1024 * 1024  # bytes; a hundred queries of the longest kind, escaped, fit
SEARCH_LIMIT_S = 5.0  # a search takes milliseconds; what takes so long is given up by its reader
# Searches in one process, where no others answer beside it: while one is among vectors or words
# another runs Python, which has one interpreter; four answered a sixth less.
AT_ONCE = 2
MOST_WAITING = 128
PATIENCE_S = 2.0  # a reader may wait for a turn

_KEY = "arshif-gate"
# Answered without the archive, so that they answer when it is busy.
_FREE = ("probes", "documentation", "assets", None)


def at_once(app: Flask) -> int:
    """Give how many searches one process answers at a time."""
    return setting(app, "SEARCHES_AT_ONCE", AT_ONCE, least=1)


def search_limit_s(app: Flask) -> float:
    """Give how long one search may take."""
    given = app.config.get("SEARCH_LIMIT_S")
    try:
        return SEARCH_LIMIT_S if given in (None, "") else float(str(given))
    except ValueError as error:
        raise SettingError(
            f"ARSHIF_SEARCH_LIMIT_S is {given!r}: expected a number of seconds"
        ) from error


class Gate:
    """Lets a few requests search at once, a few more wait their turn, and turns the rest away.

    For servers that bring no order of their own; ours lets no more in than may search.

    Turns come in the order of asking: who came last must not pass who has waited longest, as it
    would through a semaphore.
    """

    def __init__(
        self,
        at_once: int,
        *,
        most_waiting: int = MOST_WAITING,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._free_places = at_once
        self._most_waiting = most_waiting
        self._patience_s = patience_s
        self._waiting: deque[threading.Event] = deque()  # set when their turn has come
        self._lock = threading.Lock()

    def enter(self) -> bool:
        """Take a place, after waiting for one if need be; False: there is none to be had."""
        with self._lock:
            if self._free_places:
                self._free_places -= 1
                return True
            if len(self._waiting) >= self._most_waiting:
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
        """Give the place to whoever has waited longest."""
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
    def here(cls) -> Self:
        """Give the gate of the current request's app."""
        return cast(Self, current_app.extensions[_KEY])  # Flask keeps extensions untyped


def register(app: Flask) -> None:
    if app.config["MAX_CONTENT_LENGTH"] is None:
        app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    Gate(at_once(app)).attach(app)


def _enter() -> None:
    if request.blueprint in _FREE or request.method == "OPTIONS":
        return
    if not Gate.here().enter():
        abort(503, "too many searches at once: try again in a moment")
    g.entered = True
    Metrics.here().running.inc()


def _leave(_: BaseException | None) -> None:
    if g.pop("entered", False):
        Metrics.here().running.dec()
        Gate.here().leave()
