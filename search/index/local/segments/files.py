"""Writes and opens the immutable files of segments; a digest reveals any damage."""

import mmap
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from weakref import finalize

import numpy as np
import numpy.typing as npt

from search.encoders.identity import digest_files
from search.errors import ArchiveError
from search.index.local.files import replace_file

Ids = npt.NDArray[np.int64]  # of passages, or rows of a segment


@dataclass(frozen=True, slots=True)
class SegmentFile:
    """The archive's record of a file, from which any changed byte can be found."""

    name: str
    rows: int
    size_bytes: int
    digest: str


def store(folder: Path, name: str, rows: int, write: Callable[[Path], object]) -> SegmentFile:
    """Write a file of `rows` passages with `write`, and wait until it is on the disk.

    Raises:
        ArchiveError: the file cannot be written; no part of it is left.
    """
    path = folder / name
    try:
        replace_file(path, write)
    except (RuntimeError, OSError) as error:
        raise ArchiveError(f"{path} cannot be written (is the disk full?): {error}") from error
    return SegmentFile(name, rows, path.stat().st_size, digest_files([path]))


def require_whole(folder: Path, file: SegmentFile) -> Path:
    """Return the path of a file, after a check that its length is as written.

    A memory map of a file that is too short kills the process at the first read beyond its end.

    Raises:
        ArchiveError: the file is missing or has another length.
    """
    path = folder / file.name
    size_bytes = path.stat().st_size if path.is_file() else None
    if size_bytes != file.size_bytes:
        fault = "is missing" if size_bytes is None else f"has {size_bytes} bytes"
        raise ArchiveError(f"segment {path} {fault}, {file.size_bytes} were written")
    return path


def require_unchanged(folder: Path, file: SegmentFile) -> SegmentFile:
    """Return the file, after a check that no byte of it was changed.

    Raises:
        ArchiveError: the file is missing, or was changed.
    """
    if digest_files([require_whole(folder, file)]) != file.digest:
        raise ArchiveError(
            f"segments/{file.name} is not what was written: its digest differs; restore it, or"
            " index the dumps into a new archive"
        )
    return file


class OpenFile:
    """A file for positioned reads from many threads; it is closed with its last reference.

    Raises:
        ArchiveError: the file cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        except OSError as error:
            raise ArchiveError(f"segment {path} cannot be opened: {error.strerror}") from error
        finalize(self, os.close, self._descriptor)

    def read(self, begin: int, size_bytes: int) -> bytes:
        """Return `size_bytes` bytes from `begin` on, without mapping the bytes around them.

        Raises:
            ArchiveError: the file was cut short after it was opened, or the disk fails.
        """
        try:
            block = os.pread(self._descriptor, size_bytes, begin)
        except OSError as error:
            raise ArchiveError(f"segment {self._path} cannot be read: {error.strerror}") from error
        if len(block) != size_bytes:
            raise ArchiveError(f"segment {self._path} was cut short while it was open")
        return block

    def map(self) -> mmap.mmap:
        """Map the whole file for reading."""
        return mmap.mmap(self._descriptor, 0, access=mmap.ACCESS_READ)
