"""The archive as it is served: a new commit is noticed, opened beside the old one, and swapped in.

A commit that cannot be opened changes nothing: what was served before is served on, and the
trouble is kept for whoever watches the service.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from search.encoders.identity import Encoder
from search.errors import SearchError
from search.index.local.reader import ArchiveReader, Status
from search.index.local.snapshot import Snapshot
from search.memory import give_back

logger = logging.getLogger(__name__)

# A query that meets a new commit waits so long for it, then is answered from the one before.
PATIENCE_S = 2.0
RETRY_S = 5.0  # after a commit that could not be opened


@dataclass(frozen=True, slots=True)
class State:
    """One commit and the encoder its queries need; a search uses one state from end to end."""

    mark: str  # of the commit, as the reader gives it
    snapshot: Snapshot
    encoder: Encoder


@dataclass(frozen=True, slots=True)
class _Trouble:
    mark: str
    message: str
    met_at: float  # time.monotonic()


class LiveArchive:
    """The newest state of an archive that could be opened. Safe to use from many threads."""

    def __init__(
        self,
        reader: ArchiveReader,
        load: Callable[[str], Encoder],
        *,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._reader = reader
        self._load = load
        self._patience_s = patience_s
        self._starting = threading.Lock()
        self._idle = threading.Event()  # nothing is being opened
        self._idle.set()
        self._started_at = 0.0
        self._trouble: _Trouble | None = None
        self._status: tuple[str, Status] | None = None
        self.on_reload: Callable[[bool], None] | None = None  # told whether it went well
        self._state = self._open(None)

    def current(self) -> State:
        """Give the state to answer from.

        Raises:
            ArchiveError: the archive itself is gone or cannot be read.
        """
        mark = self._reader.commit_mark()
        if mark != self._state.mark and self._begin(mark):
            left = self._started_at + self._patience_s - time.monotonic()
            self._idle.wait(max(0.0, left))
        return self._state

    def status(self) -> Status:
        """Say what the archive holds; counted once a commit.

        Raises:
            ArchiveError: it cannot be read any more.
        """
        mark = self.current().mark
        known = self._status
        if known is None or known[0] != mark:
            known = self._status = (mark, self._reader.status())
        return known[1]

    @property
    def trouble(self) -> str | None:
        """Why the newest commit is not served; None where it is, or is being opened."""
        known = self._trouble
        return None if known is None else known.message

    def _begin(self, mark: str) -> bool:
        """See to it that the commit is being opened; tell whether it is worth waiting for."""
        with self._starting:
            known = self._trouble
            if known and known.mark == mark and time.monotonic() - known.met_at < RETRY_S:
                return False
            if self._idle.is_set() and mark != self._state.mark:
                self._idle.clear()
                self._started_at = time.monotonic()
                threading.Thread(
                    target=self._reload, args=(mark,), name="arshif-reload", daemon=True
                ).start()
        return True

    def _reload(self, mark: str) -> None:
        message: str | None = "it failed in a way that was not foreseen"
        try:
            fresh = self._open(self._state)
            if self._status is not None:  # somebody asks for it: no request shall pay for counting
                self._status = (fresh.mark, self._reader.status())
            self._state, message = fresh, None
        except SearchError as error:
            message = str(error)
        finally:
            self._note(mark, message)
            self._idle.set()

    def _note(self, mark: str, message: str | None) -> None:
        if message is None:
            logger.info("serving commit %d", self._state.snapshot.commit)
            self._trouble = None
        else:
            logger.error("the commit before is served on, for the newest cannot be: %s", message)
            self._trouble = _Trouble(mark, message, time.monotonic())
        if self.on_reload is not None:
            self.on_reload(message is None)

    def _open(self, before: State | None) -> State:
        # The mark first: a commit that falls in between is then opened once more, not missed.
        mark = self._reader.commit_mark()
        snapshot = self._reader.snapshot()
        give_back()
        if before is not None and snapshot.encoder == before.encoder.identity:
            return State(mark, snapshot, before.encoder)
        encoder = self._load(snapshot.encoder.name)
        snapshot.encoder.require_same(encoder.identity)
        return State(mark, snapshot, encoder)
