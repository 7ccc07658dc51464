"""Serves the newest state of an archive: opens a new commit beside the old one and swaps it in.

A commit that cannot be opened changes nothing: the state before it stays in service, and the
failure is kept for monitoring. An archive whose contextual encoder cannot be loaded is served by
its table alone.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from search.encoders.identity import Encoder, EncoderIdentity
from search.encoders.profile import EncoderProfile
from search.encoders.two_level import encoder_of_archive, profile_at
from search.errors import EncoderError, SearchError
from search.index import Index
from search.index.archive import Archive, Status
from search.memory import trim_memory

logger = logging.getLogger(__name__)

# A query that meets a new commit waits this long for it, then uses the state before.
PATIENCE_S = 2.0
RETRY_S = 5.0  # after a commit could not be opened


@dataclass(frozen=True, slots=True)
class SearchState:
    """One commit and the encoder its queries need; a search uses one state from end to end."""

    index: Index
    encoder: Encoder
    profile: EncoderProfile  # for the share of the archive that is encoded

    @property
    def mark(self) -> str:
        return self.index.identity.mark


@dataclass(frozen=True, slots=True)
class _Failure:
    mark: str
    message: str
    met_at: float  # time.monotonic()


class LiveArchive:
    """The newest state of an archive that could be opened; safe to use from many threads."""

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
        self.on_reload: Callable[[bool], None] | None = None  # called with whether it worked
        self._state = self._open(None)

    def current(self) -> SearchState:
        """Return the state to answer from.

        Raises:
            ArchiveError: the archive itself is gone or cannot be read.
        """
        mark = self._archive.mark()
        if mark != self._state.mark and self._start_reload(mark):
            remaining_s = self._started_at + self._patience_s - time.monotonic()
            self._idle.wait(max(0.0, remaining_s))
        return self._state

    def status(self) -> Status:
        """Return the counts of the archive, which are taken once for each commit.

        Raises:
            ArchiveError: the archive cannot be read any more.
        """
        mark = self.current().mark
        status = self._status
        if status is None or status[0] != mark:
            status = self._status = (mark, self._archive.status())
        return status[1]

    def probe(self) -> None:
        """Check that every part of the archive answers now.

        Raises:
            ArchiveError: a part does not answer.
        """
        self._archive.probe()

    @property
    def failure(self) -> str | None:
        """Return why the newest commit is not served; None if it is served or being opened."""
        failure = self._failure
        return None if failure is None else failure.message

    def _start_reload(self, mark: str) -> bool:
        """Open the commit in a thread, if none does; return whether to wait for it."""
        with self._starting:
            failure = self._failure
            if failure and failure.mark == mark and time.monotonic() - failure.met_at < RETRY_S:
                return False
            if self._idle.is_set() and mark != self._state.mark:
                self._idle.clear()
                self._started_at = time.monotonic()
                threading.Thread(
                    target=self._reload, args=(mark,), name="arshif-reload", daemon=True
                ).start()
        return True

    def _reload(self, mark: str) -> None:
        message: str | None = "an unexpected error, which the log shows"
        try:
            fresh = self._open(self._state)
            if self._status is not None:  # in use: count here, so that no request has to wait
                self._status = (fresh.mark, self._archive.status())
            self._state, message = fresh, None
        except SearchError as error:
            message = str(error)
        finally:
            self._record_outcome(mark, message)
            self._idle.set()

    def _record_outcome(self, mark: str, message: str | None) -> None:
        if message is None:
            logger.info("serving commit %d", self._state.index.identity.commit)
            self._failure = None
        else:
            logger.error(
                "the newest commit cannot be opened, and the earlier one is still served: %s",
                message,
            )
            self._failure = _Failure(mark, message, time.monotonic())
        if self.on_reload is not None:
            self.on_reload(message is None)

    def _open(self, before: SearchState | None) -> SearchState:
        index = self._archive.open()
        trim_memory()
        identity = index.identity.encoder
        if before is not None and identity == before.encoder.identity:
            encoder = before.encoder
        else:
            encoder = self._load_encoder(identity)
        return SearchState(index, encoder, profile_at(encoder, index.identity.share_encoded))

    def _load_encoder(self, identity: EncoderIdentity) -> Encoder:
        """Load the encoder of an archive, or its table alone where the contextual one is not here.

        A new version of a contextual encoder would otherwise close every archive of the old one
        until hours of encoding are over.
        """
        try:
            encoder = encoder_of_archive(self._load(identity.name), identity)
            identity.require_same(encoder.identity)
        except EncoderError as error:
            if identity.table is None:
                raise
            table = self._load(identity.table.name)
            identity.table.require_same(table.identity)
            logger.warning("searching by %s alone: %s", table.identity.name, error)
            return table
        return encoder
