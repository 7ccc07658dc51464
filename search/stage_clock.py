"""Time the stages of a search, and stop a search that takes too long.

A search is stopped between two stages, never within a stage: the limits on queries keep each stage
short.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from search.errors import SearchTimeout


class StageClock:
    """A clock that starts when it is created; `limit_s` None is no limit."""

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
        """Time the body of the `with` statement as one stage.

        Raises:
            SearchTimeout: the limit had passed before the stage began.
        """
        started = time.perf_counter()
        if self._deadline is not None and started > self._deadline:
            raise SearchTimeout(
                f"the search took longer than {self._limit_s:g} s and was stopped before its stage"
                f" {name}: shorten the query, or try again when the service is less busy"
            )
        try:
            yield
        finally:
            took_ms = (time.perf_counter() - started) * 1000
            self.stages_ms[name] = self.stages_ms.get(name, 0.0) + took_ms
