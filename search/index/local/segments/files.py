"""The immutable files of an archive: written whole, and told from damaged ones by their digest."""

import mmap
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from weakref import finalize

from search.encoders.identity import digest_files
from search.errors import ArchiveError


@dataclass(frozen=True, slots=True)
class SegmentFile:
    """What the archive remembers of a file: enough to find any changed byte."""

    name: str
    rows: int
    size_bytes: int
    digest: str


def store(folder: Path, name: str, rows: int, write: Callable[[Path], object]) -> SegmentFile:
    """Store what `write` writes as a file of `rows` passages, and wait until it is on the disk.

    Raises:
        ArchiveError: it cannot be written; nothing is left of it.
    """
    path = folder / name
    partial = path.with_name(f"{name}.partial")
    try:
        make_anew(partial)
        write(partial)
    except (RuntimeError, OSError) as error:
        partial.unlink(missing_ok=True)
        raise ArchiveError(f"{path} cannot be written (is the disk full?): {error}") from error
    sync(partial)
    partial.replace(path)
    sync(folder)
    return SegmentFile(name, rows, path.stat().st_size, digest_files([path]))


def require_whole(folder: Path, file: SegmentFile) -> Path:
    """Return the path of a file that is as long as it was written.

    A map over a file that is too short kills the process at the first read beyond its end.

    Raises:
        ArchiveError: it is missing or of another length.
    """
    path = folder / file.name
    size_bytes = path.stat().st_size if path.is_file() else None
    if size_bytes != file.size_bytes:
        found = "is missing" if size_bytes is None else f"has {size_bytes} bytes"
        raise ArchiveError(f"segment {path} {found}, {file.size_bytes} were written")
    return path


def sound(folder: Path, file: SegmentFile) -> SegmentFile:
    """Return the file, if not one byte of it was changed.

    Raises:
        ArchiveError: it is missing, or is not what was written.
    """
    if digest_files([require_whole(folder, file)]) != file.digest:
        raise ArchiveError(
            f"segments/{file.name} is not what was written: its digest differs; restore it, or"
            " index the dumps into a new archive"
        )
    return file


class OpenFile:
    """A file that is read where it lies, from many threads; open until nobody holds it any more.

    Raises:
        ArchiveError: it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        except OSError as error:
            raise ArchiveError(f"segment {path} cannot be opened: {error.strerror}") from error
        finalize(self, os.close, self._descriptor)

    def read(self, begin: int, size_bytes: int) -> bytes:
        """Return `size_bytes` bytes from `begin` on; what lies around them is not mapped.

        Raises:
            ArchiveError: the file was cut short since it was opened, or the disk fails.
        """
        try:
            block = os.pread(self._descriptor, size_bytes, begin)
        except OSError as error:
            raise ArchiveError(f"segment {self._path} cannot be read: {error.strerror}") from error
        if len(block) != size_bytes:
            raise ArchiveError(f"segment {self._path} was cut short while it was open")
        return block

    def map(self) -> mmap.mmap:
        """Map all of it, for reading."""
        return mmap.mmap(self._descriptor, 0, access=mmap.ACCESS_READ)


def make_anew(path: Path) -> None:
    """Make an empty file of this name; what had the name is removed, a link never followed."""
    path.unlink(missing_ok=True)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o666))


def sync(path: Path) -> None:
    """Wait until a file, or a folder's list of names, is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
