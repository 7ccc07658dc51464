"""The archive's folder as a writer finds it: made, locked, and cleared of what a crash left."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from search.errors import ArchiveError
from search.index.local.database.schema import DATABASE, FACTS, LEXICAL, LOCK, SEAL, SEGMENTS
from search.lexicon.entries import ARCHIVE_LEXICON
from search.lexicon.newspapers import ARCHIVE_NEWSPAPERS


@contextmanager
def failing_as_unwritable(folder: Path) -> Iterator[None]:
    """Tell what the system refuses (a full disk, a read-only folder) as an ArchiveError."""
    try:
        yield
    except OSError as error:
        raise ArchiveError(f"{folder} cannot be written to: {error.strerror or error}") from error


def prepare(folder: Path) -> None:
    """Make the folder, unless there is one.

    Raises:
        ArchiveError: it holds other things, or cannot be written to.
    """
    with failing_as_unwritable(folder):
        folder.mkdir(parents=True, exist_ok=True)
        names = sorted(path.name for path in folder.iterdir())
        foreign = [name for name in names if not name.startswith(_OURS)]
        if foreign and not (folder / DATABASE).exists():
            raise ArchiveError(
                f"{folder} holds other things ({foreign[0]}) and no archive: "
                "name an empty or a new folder with --archive"
            )
        (folder / SEGMENTS).mkdir(exist_ok=True)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the writer's lock; the system frees it when this process ends, however it ends."""
    with failing_as_unwritable(folder):
        descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    with closing(os.fdopen(descriptor, "rb")):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ArchiveError(
                f"another program is writing to {folder}: wait for it to end"
            ) from error
        yield


def sweep(folder: Path, *, segments: set[str], lexical: str) -> None:
    """Remove the files that no transaction names. Readers that have mapped them keep them."""
    with failing_as_unwritable(folder):
        for path in (folder / SEGMENTS).iterdir():
            if path.name not in segments:
                path.unlink()
        for path in folder.glob(f"{LEXICAL}*"):
            if path.name != lexical:
                shutil.rmtree(path)


_OURS = (DATABASE, FACTS, SEGMENTS, LEXICAL, LOCK, SEAL, ARCHIVE_LEXICON, ARCHIVE_NEWSPAPERS)
