"""Names, checks, creates and locks the folder of an archive, and clears it after a crash.

An archive may come from anybody. Nothing in it may lead out of its folder: its entries are plain
files and folders, never links, and the file names that it stores are plain (`require_plain`).
"""

import fcntl
import os
import re
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from search.errors import ArchiveError
from search.lexicon.entries import ARCHIVE_LEXICON
from search.lexicon.newspapers import ARCHIVE_NEWSPAPERS

DATABASE = "archive.db"
SEGMENTS = "segments"
LEXICAL = "lexical"
LOCK = "lock"
SEAL = "seal.json"
FACTS = "facts.npz"

_PLAIN = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,199}")
_FILES = frozenset(
    {ARCHIVE_LEXICON, ARCHIVE_NEWSPAPERS, LOCK}
    | {f"{DATABASE}-wal", f"{DATABASE}-shm", f"{DATABASE}-journal"}
    | {f"{name}{ending}" for name in (DATABASE, FACTS, SEAL) for ending in ("", ".partial")}
)


def require_plain(name: object, *, place: str) -> str:
    """Return a name that an archive stores, if it is the plain name of a file in one folder.

    Raises:
        ArchiveError: the name has separators, begins with a dot, or is no name at all.
    """
    if not isinstance(name, str) or not _PLAIN.fullmatch(name):
        raise ArchiveError(
            f"{place} names {str(name)[:80]!r}, expected the plain name of a file: the archive is"
            " damaged, or was not written by arshif; use it no further"
        )
    return name


def require_contained(folder: Path, *, for_writing: bool = False) -> None:
    """Check that nothing of the archive in `folder` is a link or a special file.

    The folder itself may be reached through links, since its user named it. Other entries of the
    folder are not checked.

    Raises:
        ArchiveError: something else stands where a file or folder of the archive belongs.
    """
    with suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name == SEGMENTS or entry.name.startswith(LEXICAL):
                _require_kind(entry, is_folder=True)
                with suppress(FileNotFoundError), os.scandir(entry.path) as files:
                    for file in files:
                        _require_kind(file, is_folder=False)
            elif entry.name in _FILES:
                _require_kind(entry, is_folder=False)
    if for_writing:
        _require_single(folder / DATABASE)


def _require_kind(entry: "os.DirEntry[str]", *, is_folder: bool) -> None:
    """Refuse an entry that is a link or of another kind; an entry just removed is accepted."""
    is_expected = entry.is_dir if is_folder else entry.is_file
    if is_expected(follow_symlinks=False):
        return
    try:
        mode = entry.stat(follow_symlinks=False).st_mode
    except FileNotFoundError:
        return
    expected = "folder" if is_folder else "file"
    kind = "special file"
    if stat.S_ISLNK(mode):
        kind = f"link to {str(Path(entry.path).readlink())[:80]!r}"
    elif stat.S_ISREG(mode) or stat.S_ISDIR(mode):
        kind = "file" if is_folder else "folder"
    raise ArchiveError(
        f"{entry.path!r} is a {kind}, expected a plain {expected}: nothing of an archive may lead"
        f" out of its folder; put the {expected} itself in its place, or do not use this archive"
    )


def _require_single(database: Path) -> None:
    """Refuse to write to a database that has a second name, maybe outside the folder."""
    with suppress(FileNotFoundError):
        if database.lstat().st_nlink > 1:
            raise ArchiveError(
                f"{database} has other names (hard links), which writing would change as well:"
                " write to a copy of the archive (`cp -r`)"
            )


def measure(folder: Path) -> int:
    """Return the size in bytes of all files in the folder; links are not counted."""
    size_bytes = 0
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                size_bytes += measure(Path(entry.path))
            elif entry.is_file(follow_symlinks=False):
                with suppress(FileNotFoundError):
                    size_bytes += entry.stat(follow_symlinks=False).st_size
    return size_bytes


@contextmanager
def converting_os_errors(folder: Path) -> Iterator[None]:
    """Raise an OSError (a full disk, a read-only folder) as an ArchiveError."""
    try:
        yield
    except OSError as error:
        raise ArchiveError(f"{folder} cannot be written to: {error.strerror or error}") from error


def prepare(folder: Path) -> None:
    """Create the folder, unless it exists.

    Raises:
        ArchiveError: the folder holds other files, or cannot be written to.
    """
    with converting_os_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        names = sorted(path.name for path in folder.iterdir())
        foreign = [name for name in names if not name.startswith(_OURS)]
        if foreign and not (folder / DATABASE).exists():
            raise ArchiveError(
                f"{folder} holds other files ({foreign[0]}) and no archive: "
                "name an empty or a new folder with --archive"
            )
        (folder / SEGMENTS).mkdir(exist_ok=True)


@contextmanager
def locked(folder: Path, *, in_turns: bool = False) -> Iterator[None]:
    """Hold the writer's lock; the system frees it when this process ends, however it ends.

    A writer `in_turns` holds the lock only for short commits: it waits for any other writer, and
    any other writer waits for it. Other writers do not wait for each other.
    """
    with converting_os_errors(folder):
        descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
    with closing(os.fdopen(descriptor, "rb")):
        while not _take(descriptor):
            is_brief = os.pread(descriptor, len(_IN_TURNS), 0) == _IN_TURNS
            if not in_turns and not is_brief:
                raise ArchiveError(f"another program is writing to {folder}: wait for it to end")
            time.sleep(_TRIED_EVERY_S)
        with converting_os_errors(folder):
            os.ftruncate(descriptor, 0)
            if in_turns:
                os.pwrite(descriptor, _IN_TURNS, 0)
        yield


def _take(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def sweep(folder: Path, *, segments: set[str], lexical: set[str]) -> None:
    """Remove the files that no transaction names; readers that have mapped them keep them.

    A link itself is removed, never its target.
    """
    with converting_os_errors(folder):
        for path in (folder / SEGMENTS).iterdir():
            if path.name not in segments:
                path.unlink()
        for path in folder.glob(f"{LEXICAL}*"):
            if path.name in lexical:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()


_IN_TURNS = b"in turns"  # content of the lock file while a writer `in_turns` holds it
_TRIED_EVERY_S = 0.05
_OURS = (DATABASE, FACTS, SEGMENTS, LEXICAL, LOCK, SEAL, ARCHIVE_LEXICON, ARCHIVE_NEWSPAPERS)
