"""Run functions in other threads, if that saves time and a thread is free.

The search by words and the search by meaning, with the encoding of the query, release the
interpreter lock, so that a single query runs the two in parallel. Under many queries no core is
idle, and each query runs both in its own thread. Requests to a cluster wait without a core.
"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")


class BackgroundThreads:
    """Some threads, each started when it is first used."""

    def __init__(self, count: int = 1) -> None:
        self._free = threading.Semaphore(count)
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="arshif-beside")

    def start(self, work: Callable[[], Result], *, takes_long: bool) -> Callable[[], Result]:
        """Start `work` and return a function that waits for its result.

        Where `work` does not take long, or no thread is free, `work` itself is returned, so that
        the caller runs it when it asks for the result.
        """
        if not takes_long or not self._free.acquire(blocking=False):
            return work
        return self._threads.submit(self._run, work).result

    def _run(self, work: Callable[[], Result]) -> Result:
        try:
            return work()
        finally:
            self._free.release()
