"""Runs one piece of work beside its caller, where that pays and nobody else's runs so already.

The search of the vectors and that of the words each leave the interpreter to others, so that a
query asked alone has the two in the time of one. When many are asked there is no second core to be
had, and each runs its own.
"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")


class BackgroundThread:
    """One thread, made when it is first needed."""

    def __init__(self) -> None:
        self._is_taken = threading.Lock()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="arshif-beside")

    def start(self, work: Callable[[], Result], *, takes_long: bool) -> Callable[[], Result]:
        """Begin `work`, and return what waits for its result.

        The caller does the work itself, when it asks for the result, where it does not take long,
        or while the thread is taken by another.
        """
        if not takes_long or not self._is_taken.acquire(blocking=False):
            return work
        return self._thread.submit(self._run, work).result

    def _run(self, work: Callable[[], Result]) -> Result:
        try:
            return work()
        finally:
            self._is_taken.release()
