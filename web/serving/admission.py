"""Where requests wait for a thread that answers them, in the order they came and not for ever.

What needs no search goes straight in: a probe is answered while searches wait. A request that waits
in vain costs no thread, and next to nothing when it is turned away, so that a thousand of them
leave the processor to those that are answered.
"""

import threading
import time
from collections import deque
from typing import Protocol

from waitress.task import ThreadedTaskDispatcher  # type: ignore[import-untyped]

from web.api.probes import PROBES
from web.limits import PATIENCE_S
from web.metrics import Metrics

_STRAIGHT_IN = (*PROBES, "/assets/", "/docs", "/openapi.json")


class _Request(Protocol):
    error: object
    path: str


class Waiting(Protocol):
    """A connection with a request; `has_place` while its turn has come and it is not answered."""

    requests: list[_Request]
    has_place: bool

    def turn_away(self) -> None:
        """Answer that there is no room."""


class Door:
    """Lets `at_once` searches in at a time. Called from the main thread and from those within."""

    def __init__(
        self, dispatcher: ThreadedTaskDispatcher, metrics: Metrics, *, at_once: int
    ) -> None:
        self._dispatcher = dispatcher
        self._metrics = metrics
        self._free_places = at_once
        self._waiting: deque[tuple[float, Waiting]] = deque()  # since when, the first in front
        self._lock = threading.Lock()

    def add_task(self, channel: Waiting) -> None:
        request = channel.requests[0]
        # One that could not be read has an error, and no path.
        if not request.error and not request.path.startswith(_STRAIGHT_IN):
            with self._lock:
                if not self._free_places:
                    self._waiting.append((time.monotonic(), channel))
                    return
                self._free_places -= 1
                channel.has_place = True
        self._dispatcher.add_task(channel)

    def leave(self) -> None:
        """Give the place to whoever has waited longest."""
        with self._lock:
            if not self._waiting:
                self._free_places += 1
                return
            _, channel = self._waiting.popleft()
            channel.has_place = True
        self._dispatcher.add_task(channel)

    def turn_away_late(self) -> None:
        """Refuse those that have waited too long; for the main thread."""
        late: list[Waiting] = []
        with self._lock:
            while self._waiting and time.monotonic() - self._waiting[0][0] > PATIENCE_S:
                late.append(self._waiting.popleft()[1])
        for channel in late:
            channel.turn_away()
            self._metrics.refused.labels("503").inc()
