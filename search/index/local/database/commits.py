"""Which commit an archive is at, told without opening its database where nobody wrote to it."""

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple, Self

from search.errors import ArchiveError
from search.index.local.database.rows import read_meta
from search.index.local.database.schema import DATABASE

_SETTLED_NS = 2 * 10**9  # the coarsest clock of a file system in use ticks so


class Commit(NamedTuple):
    """One committed state; `inode` tells an archive from another put in its place."""

    number: int
    at: str
    inode: int


class _Written(NamedTuple):
    """What tells that a file was written to."""

    inode: int
    size_bytes: int
    at_ns: int

    @classmethod
    def of(cls, found: os.stat_result) -> Self:
        return cls(found.st_ino, found.st_size, found.st_mtime_ns)


class LastCommit:
    """The last commit of the archive in `folder`. Every request asks for it, from many threads."""

    def __init__(
        self, folder: Path, connected: Callable[[], AbstractContextManager[sqlite3.Connection]]
    ) -> None:
        self._folder = folder
        # Put together once: to do it for each request took longer than to ask the file system.
        self._database = folder / DATABASE
        self._log = folder / f"{DATABASE}-wal"
        self._connected = connected
        self._known: tuple[tuple[_Written, _Written], Commit] | None = None

    def read(self) -> Commit:
        """Return the last commit.

        Raises:
            ArchiveError: the archive is gone or cannot be read.
        """
        written = self._last_written()
        known = self._known
        if known is not None and known[0] == written:
            return known[1]
        with self._connected() as connection:
            meta = read_meta(connection)
        commit = Commit(
            int(meta.get("commit", "0")), meta.get("committed_at", ""), written[0].inode
        )
        # What was written a moment ago may be written to again within the same tick of the clock.
        is_settled = time.time_ns() - max(one.at_ns for one in written) > _SETTLED_NS
        self._known = (written, commit) if is_settled else None
        return commit

    def _last_written(self) -> tuple[_Written, _Written]:
        """Return when the database and its write-ahead log were last written to."""
        try:
            of_database = _Written.of(self._database.stat())
        except OSError as error:
            raise ArchiveError(f"no archive at {self._folder}: {error.strerror}") from error
        try:
            of_log = _Written.of(self._log.stat())
        except OSError:
            of_log = _Written(0, 0, 0)  # it comes with the first connection
        return of_database, of_log
