"""The archive as it is served: a new commit is noticed, opened beside the old one, and swapped in.

A commit that cannot be opened changes nothing: the state before is served on, and the failure is
kept for whoever watches the service.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from search.encoders.identity import Encoder
from search.encoders.profile import EncoderProfile
from search.encoders.two_level import as_encoded, profile_at
from search.errors import SearchError
from search.index import Archive, Index, Status
from search.memory import trim_memory

logger = logging.getLogger(__name__)

# A query that meets a new commit waits so long for it, then is answered from the one before.
PATIENCE_S = 2.0
RETRY_S = 5.0  # after a commit that could not be opened


@dataclass(frozen=True, slots=True)
class State:
    """One commit and the encoder its queries need; a search uses one state from end to end."""

    index: Index
    encoder: Encoder

    @property
    def mark(self) -> str:
        return self.index.identity.mark

    @property
    def profile(self) -> EncoderProfile:
        """What is tuned to the scores of the archive as far as it is encoded."""
        return profile_at(self.encoder, self.index.identity.share_encoded)


@dataclass(frozen=True, slots=True)
class _Failure:
    mark: str
    message: str
    met_at: float  # time.monotonic()


class LiveArchive:
    """The newest state of an archive that could be opened. Safe to use from many threads."""

    def __init__(
        self,
        archive: Archive,
        load: Callable[[str], Encoder],
        *,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._archive = archive
        self._load = load
        self._patience_s = patience_s
        self._starting = threading.Lock()
        self._idle = threading.Event()  # nothing is being opened
        self._idle.set()
        self._started_at = 0.0
        self._failure: _Failure | None = None
        self._status: tuple[str, Status] | None = None
        self.on_reload: Callable[[bool], None] | None = None  # told whether it went well
        self._state = self._open(None)

    def current(self) -> State:
        """Return the state to answer from.

        Raises:
            ArchiveError: the archive itself is gone or cannot be read.
        """
        mark = self._archive.mark()
        if mark != self._state.mark and self._begin(mark):
            left = self._started_at + self._patience_s - time.monotonic()
            self._idle.wait(max(0.0, left))
        return self._state

    def status(self) -> Status:
        """Return what the archive holds; counted once a commit.

        Raises:
            ArchiveError: it cannot be read any more.
        """
        mark = self.current().mark
        known = self._status
        if known is None or known[0] != mark:
            known = self._status = (mark, self._archive.status())
        return known[1]

    @property
    def failure(self) -> str | None:
        """Why the newest commit is not served; None where it is, or is being opened."""
        known = self._failure
        return None if known is None else known.message

    def _begin(self, mark: str) -> bool:
        """See to it that the commit is being opened; tell whether it is worth waiting for."""
        with self._starting:
            known = self._failure
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
                self._status = (fresh.mark, self._archive.status())
            self._state, message = fresh, None
        except SearchError as error:
            message = str(error)
        finally:
            self._note(mark, message)
            self._idle.set()

    def _note(self, mark: str, message: str | None) -> None:
        if message is None:
            logger.info("serving commit %d", self._state.index.identity.commit)
            self._failure = None
        else:
            logger.error("the commit before is served on, for the newest cannot be: %s", message)
            self._failure = _Failure(mark, message, time.monotonic())
        if self.on_reload is not None:
            self.on_reload(message is None)

    def _open(self, before: State | None) -> State:
        index = self._archive.open()
        trim_memory()
        identity = index.identity.encoder
        if before is not None and identity == before.encoder.identity:
            return State(index, before.encoder)
        encoder = as_encoded(self._load(identity.name), identity)
        identity.require_same(encoder.identity)
        return State(index, encoder)
