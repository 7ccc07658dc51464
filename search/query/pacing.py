"""Pace long background work, so that it does not slow the searches that readers wait for.

Python runs one thread at a time: beside work that never rests a search takes twice as long.
"""

import threading
import time

_REST = 9  # how many times as long as a part of the work a rest takes


class Pace:
    """The pace of work in small parts, with rests between them until a reader waits for it."""

    def __init__(self) -> None:
        self._is_waited_for = threading.Event()
        self._since = time.perf_counter()

    def rest(self) -> None:
        """Rest, so that other threads can run."""
        self._is_waited_for.wait(_REST * (time.perf_counter() - self._since))
        self._since = time.perf_counter()

    def hurry(self) -> None:
        """End the current rest and skip all later rests, since a reader waits."""
        self._is_waited_for.set()
