"""Times the stages of a search, and ends it when it has taken too long.

A search is left between two stages, never inside one: each is short by what it may ask for.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from search.errors import SearchTimeout


class StageClock:
    """Runs from when it is made; `limit_s` None is "as long as it takes"."""

    def __init__(self, limit_s: float | None = None) -> None:
        self._started = time.perf_counter()
        self._limit_s = limit_s
        self._deadline = None if limit_s is None else self._started + limit_s
        self.stages_ms: dict[str, float] = {}

    @property
    def elapsed_ms(self) -> float:
        return (time.perf_counter() - self._started) * 1000

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count what happens inside as one stage.

        Raises:
            SearchTimeout: the time was up before it began.
        """
        started = time.perf_counter()
        if self._deadline is not None and started > self._deadline:
            raise SearchTimeout(
                f"the search took longer than {self._limit_s:g} s and was left before its stage"
                f" {name}: ask for less, or try again when fewer others search"
            )
        try:
            yield
        finally:
            took_ms = (time.perf_counter() - started) * 1000
            self.stages_ms[name] = self.stages_ms.get(name, 0.0) + took_ms

    def share(self, parts: int) -> "StageClock":
        """Start the clock of one of several searches.

        It ends with this one's time, and has spent an equal part of the stages so far.
        """
        part = StageClock(self._limit_s)
        part._deadline = self._deadline
        part.stages_ms = {name: took_ms / parts for name, took_ms in self.stages_ms.items()}
        part._started -= sum(part.stages_ms.values()) / 1000
        return part
