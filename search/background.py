"""Run one function at a time in a second thread, if that saves time and the thread is free.

The search by words and the search by meaning, with the encoding of the query, release the
interpreter lock, so that a single query runs the two in parallel. Under many queries no core is
idle, and each query runs both in its own thread.
"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")


class BackgroundThread:
    """A single thread, started when it is first used."""

    def __init__(self) -> None:
        self._is_busy = threading.Lock()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="arshif-beside")

    def start(self, work: Callable[[], Result], *, takes_long: bool) -> Callable[[], Result]:
        """Start `work` and return a function that waits for its result.

        Where `work` does not take long, or another caller holds the thread, `work` itself is
        returned, so that the caller runs it when it asks for the result.
        """
        if not takes_long or not self._is_busy.acquire(blocking=False):
            return work
        return self._thread.submit(self._run, work).result

    def _run(self, work: Callable[[], Result]) -> Result:
        try:
            return work()
        finally:
            self._is_busy.release()
