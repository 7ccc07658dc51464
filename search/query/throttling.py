"""Throttle long background work, so that it does not slow the searches that readers wait for.

Python runs one thread at a time: beside work that never pauses, a search takes twice as long.
"""

import threading
import time

_PAUSE_RATIO = 9  # length of a pause, relative to the part of the work before it


class Throttle:
    """Pauses between the small parts of long work, until a reader waits for its result."""

    def __init__(self) -> None:
        self._is_waited_for = threading.Event()
        self._since = time.perf_counter()

    def pause(self) -> None:
        """Pause, so that other threads can run."""
        self._is_waited_for.wait(_PAUSE_RATIO * (time.perf_counter() - self._since))
        self._since = time.perf_counter()

    def stop_pausing(self) -> None:
        """End the current pause and skip all later pauses, since a reader waits."""
        self._is_waited_for.set()
