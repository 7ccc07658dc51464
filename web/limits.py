"""How much one request, and all of them together, may ask of the service."""

import threading
from typing import Self, cast

from flask import Flask, abort, current_app, g, request

from web.access import SettingError, setting
from web.metrics import Metrics

LARGEST_BODY = 1024 * 1024  # bytes; a hundred queries of the longest kind, escaped, fit
SEARCH_LIMIT_S = 5.0  # a search takes milliseconds; what takes so long is given up by its reader
# Searches in one process: while one is among vectors or words another runs Python, which has one
# interpreter; four answered a sixth less. More cores are for more processes.
AT_ONCE = 2
MOST_WAITING = 24
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
    """Lets a few requests search at once, a few more wait their turn, and turns the rest away."""

    def __init__(
        self,
        at_once: int,
        *,
        most_waiting: int = MOST_WAITING,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._places = threading.BoundedSemaphore(at_once)
        self._chairs = threading.BoundedSemaphore(at_once + most_waiting)
        self._patience_s = patience_s

    def enter(self) -> bool:
        """Take a place, after waiting for one if need be; False: there is none to be had."""
        if not self._chairs.acquire(blocking=False):
            return False
        if self._places.acquire(timeout=self._patience_s):
            return True
        self._chairs.release()
        return False

    def leave(self) -> None:
        self._places.release()
        self._chairs.release()

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
