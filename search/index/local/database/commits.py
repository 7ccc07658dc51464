"""Reads the last commit of an archive, from the database only after it was written to."""

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple, Self

from search.errors import ArchiveError
from search.index.local.database.meta import read_meta
from search.index.local.folder import DATABASE

_SETTLED_NS = 2 * 10**9  # the tick of the coarsest file system clock in use


class Commit(NamedTuple):
    """One committed state; `inode` distinguishes an archive from another that replaced it."""

    number: int
    at: str
    inode: int


class _FileState(NamedTuple):
    """The attributes of a file that change when it is written to."""

    inode: int
    size_bytes: int
    at_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> Self:
        return cls(status.st_ino, status.st_size, status.st_mtime_ns)


class LastCommit:
    """The last commit of the archive in `folder`, which every request reads, from many threads."""

    def __init__(
        self, folder: Path, connected: Callable[[], AbstractContextManager[sqlite3.Connection]]
    ) -> None:
        self._folder = folder
        # The paths are joined once, because joining takes longer than asking the file system.
        self._database = folder / DATABASE
        self._log = folder / f"{DATABASE}-wal"
        self._connected = connected
        self._cached: tuple[tuple[_FileState, _FileState], Commit] | None = None

    def read(self) -> Commit:
        """Return the last commit.

        Raises:
            ArchiveError: the archive is gone or cannot be read.
        """
        files = self._file_states()
        cached = self._cached
        if cached is not None and cached[0] == files:
            return cached[1]
        with self._connected() as connection:
            meta = read_meta(connection)
        commit = Commit(int(meta.get("commit", "0")), meta.get("committed_at", ""), files[0].inode)
        # A file written a moment ago may be written again within the same tick of the clock.
        is_settled = time.time_ns() - max(file.at_ns for file in files) > _SETTLED_NS
        self._cached = (files, commit) if is_settled else None
        return commit

    def _file_states(self) -> tuple[_FileState, _FileState]:
        """Return the states of the database and of its write-ahead log."""
        try:
            of_database = _FileState.of(self._database.stat())
        except OSError as error:
            raise ArchiveError(f"no archive at {self._folder}: {error.strerror}") from error
        try:
            of_log = _FileState.of(self._log.stat())
        except OSError:
            of_log = _FileState(0, 0, 0)  # the first connection creates it
        return of_database, of_log
