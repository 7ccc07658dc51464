"""Long work in the background that stands behind what readers wait for.

Python runs one thread at a time: beside work that never rests a search takes twice as long.
"""

import threading
import time

_REST = 9  # times as long as each part took


class Pace:
    """Of work in small parts: it rests between them, until somebody waits for it."""

    def __init__(self) -> None:
        self._is_waited_for = threading.Event()
        self._since = time.perf_counter()

    def rest(self) -> None:
        """Rest, so that other threads have their turn."""
        self._is_waited_for.wait(_REST * (time.perf_counter() - self._since))
        self._since = time.perf_counter()

    def hurry(self) -> None:
        """End the current rest and take no more: somebody waits."""
        self._is_waited_for.set()
