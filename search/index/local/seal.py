"""The seal: digests of database, facts and lexical index, so that `check` finds any changed byte.

SQLite and tantivy report damage only in the parts that they read. A writer empties the seal before
its first write and renews it after the last. After a kill the seal is empty, and `check` still
checks record by record. A writer that changes nothing restores the seal, because a new seal would
certify earlier damage. A missing seal was removed by someone else. The digests of segments are in
archive.db.
"""

import json
import logging
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from search.encoders.identity import digest_files
from search.errors import ArchiveError
from search.index.local.files import replace_file
from search.index.local.folder import DATABASE, FACTS, LEXICAL, SEAL, require_plain
from search.index.local.lexical.schemas import folders_of
from search.index.local.lexical.tantivy_folder import live_files

logger = logging.getLogger(__name__)


class Seal:
    """The seal of an archive, which a writer breaks and renews."""

    def __init__(self, folder: Path) -> None:
        """Read the seal of the last writer.

        Raises:
            ArchiveError: the seal is damaged.
        """
        self._folder = folder
        self._old = _read(folder)
        self._is_broken = self._old == {}  # a writer was killed

    @property
    def is_broken(self) -> bool:
        return self._is_broken

    def break_open(self) -> None:
        """Empty the seal; to be called before any sealed file is written."""
        if not self._is_broken:
            _write(self._folder, {})
            self._is_broken = True

    def restore(self, connection: sqlite3.Connection) -> None:
        """Restore the old seal, if it was broken; to be called if nothing was written."""
        if not self._is_broken or not _emptied_log(connection):
            return
        if self._old is None:
            (self._folder / SEAL).unlink()
        else:
            _write(self._folder, self._old)
        self._is_broken = False

    def renew(self, connection: sqlite3.Connection, lexical: str) -> None:
        """Write the digests of the archive's current files.

        Tantivy never changes a file of its segments, so files that the old seal names are not read
        again; `archive.db` and the facts are. While a reader holds the write-ahead log, the seal
        stays broken.
        """
        if not _emptied_log(connection):
            return
        old = self._old or {}
        digests = {
            name: digest_files([self._folder / name])
            for name in (DATABASE, FACTS)
            if (self._folder / name).exists()
        }
        for folder in folders_of(self._folder / lexical):
            for path in live_files(folder):
                name = f"{folder.name}/{path.name}"
                is_fixed = path.suffix != ".json" and name in old
                digests[name] = old[name] if is_fixed else digest_files([path])
        _write(self._folder, digests)


def _emptied_log(connection: sqlite3.Connection) -> bool:
    """Copy the write-ahead log into the database; return whether no reader prevented it."""
    busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy


def broken_files(folder: Path) -> list[str]:
    """Return a line for each file that differs from its seal."""
    try:
        digests = _read(folder)
    except ArchiveError as error:
        return [str(error)]
    if digests is None:
        return [f"{SEAL} is missing: other changes can be found only in part"]
    if not digests:
        logger.warning(
            "%s is not sealed, since a writer was killed or still writes: its records are checked"
            " one by one, and the next writer seals it",
            folder,
        )
        return []
    broken = list(_differing(folder, digests))
    return broken if _read(folder) == digests else []  # a writer began meanwhile


def _differing(folder: Path, digests: dict[str, str]) -> Iterator[str]:
    log = folder / f"{DATABASE}-wal"
    if log.exists() and log.stat().st_size:
        yield f"{log.name} holds what no writer left there"
    for name, digest in digests.items():
        path = folder / name
        if not path.is_file():
            yield f"{name} is missing"
        elif digest_files([path]) != digest:
            yield f"{name} is not what was written: its digest differs"


def _write(folder: Path, digests: dict[str, str]) -> None:
    text = json.dumps(digests, indent=1)
    replace_file(folder / SEAL, lambda path: path.write_text(text, encoding="utf-8"))


def _read(folder: Path) -> dict[str, str] | None:
    try:
        text = (folder / SEAL).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise ArchiveError(f"{SEAL} is damaged: {error}") from error
    try:
        digests = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ArchiveError(f"{SEAL} is damaged: {error}") from error
    if not isinstance(digests, dict):
        raise ArchiveError(f"{SEAL} is damaged: it holds no object")
    for name in digests:
        parts = name.split("/")
        require_plain(parts[-1], place=SEAL)
        if len(parts) > 2 or (len(parts) == 2 and not parts[0].startswith(LEXICAL)):
            raise ArchiveError(f"{SEAL} is damaged: it names {name[:80]!r}")
        require_plain(parts[0], place=SEAL)
    return {str(name): str(digest) for name, digest in digests.items()}
