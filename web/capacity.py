"""Bound what one process takes in: the size of a request, and the turns in which it answers.

Nothing here knows Flask: `web.limits` applies the bounds to requests.
"""

import threading
from collections import deque

LARGEST_HEADER = 32 * 1024  # bytes; the longest query, percent-encoded, is a third of it
LARGEST_BODY = 1024 * 1024  # bytes; a hundred queries of maximum length, escaped, fit
MAX_WAITING = 128  # requests that wait for a turn; each takes a thread
PATIENCE_S = 2.0  # the longest wait of a request for a turn
# Long requests search many times: batches and exports.
LONG_REQUESTS_AT_ONCE = 2
MAX_LONG_WAITING = 4
SPARE_THREADS = 8  # for requests that take no turn


def count_threads(at_once: int) -> int:
    """Return how many threads a process needs, so that one is always free for a probe."""
    return at_once + MAX_WAITING + LONG_REQUESTS_AT_ONCE + MAX_LONG_WAITING + SPARE_THREADS


class FairSemaphore:
    """A semaphore that grants turns in the order of the requests, after a bounded wait.

    `threading.Semaphore` lets newcomers pass: among 16 threads, it granted nine turns in ten while
    others had waited longer, and its longest wait was five times as long.
    """

    def __init__(
        self, at_once: int, *, max_waiting: int = MAX_WAITING, patience_s: float = PATIENCE_S
    ) -> None:
        self._free = at_once
        self._max_waiting = max_waiting
        self._patience_s = patience_s
        self.waiting: deque[threading.Event] = deque()  # each is set when its turn has come
        self._lock = threading.Lock()

    def acquire(self) -> bool:
        """Take a turn, after a wait where none is free; return False if no turn came in time."""
        with self._lock:
            if self._free:
                self._free -= 1
                return True
            if len(self.waiting) >= self._max_waiting:
                return False
            turn = self._queue()
        return self._wait(turn)

    def yield_turn(self) -> bool:
        """Let the waiting threads go first; return False, without a turn, if no new turn came."""
        with self._lock:
            if not self.waiting:
                return True
            turn = self._queue()
            self.waiting.popleft().set()
        return self._wait(turn)

    def release(self) -> None:
        """Release a turn to the thread that has waited longest."""
        with self._lock:
            if self.waiting:
                self.waiting.popleft().set()
            else:
                self._free += 1

    def _queue(self) -> threading.Event:
        turn = threading.Event()
        self.waiting.append(turn)
        return turn

    def _wait(self, turn: threading.Event) -> bool:
        if turn.wait(self._patience_s):
            return True
        with self._lock:
            if turn.is_set():  # the turn came at the last moment
                return True
            self.waiting.remove(turn)
            return False
