"""The seal: digests of the database and the lexical index, so that `check` finds any changed byte.

SQLite and tantivy tell damage only where they happen to look. The seal is broken before the first
write and put on after the last one, so an archive whose writer was killed has none; what was
committed is still checked record by record. Segments have their digests in archive.db.
"""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from search.archive.schema import DATABASE, SEAL
from search.encoders.identity import digest_files
from search.errors import ArchiveError
from search.lexical import live_files
from search.segment_file import sync


def break_seal(folder: Path) -> dict[str, str]:
    """Take the seal off; give the digests it held."""
    held = _read(folder) or {}
    (folder / SEAL).unlink(missing_ok=True)
    sync(folder)
    return held


def put_seal(
    folder: Path, connection: sqlite3.Connection, lexical: str, old: dict[str, str]
) -> None:
    """Seal the archive as it is now.

    Tantivy never changes a file of its segments, so those that `old` knows are not read again: only
    `archive.db` is, whole. While a reader holds on to the write-ahead log there is no seal.
    """
    busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        return
    digests = {DATABASE: digest_files([folder / DATABASE])}
    for path in live_files(folder / lexical):
        name = f"{lexical}/{path.name}"
        is_fixed = path.suffix != ".json" and name in old
        digests[name] = old[name] if is_fixed else digest_files([path])
    partial = folder / f"{SEAL}.partial"
    partial.write_text(json.dumps(digests, indent=1), encoding="utf-8")
    sync(partial)
    partial.replace(folder / SEAL)
    sync(folder)


def broken_files(folder: Path) -> Iterator[str]:
    """Name the files that are not as they were sealed; nothing where there is no seal."""
    try:
        digests = _read(folder)
    except ArchiveError as error:
        yield str(error)
        return
    # A log that is not empty holds commits that the sealed database does not.
    log = folder / f"{DATABASE}-wal"
    if digests is None or (log.exists() and log.stat().st_size):
        return
    for name, digest in digests.items():
        path = folder / name
        if not path.is_file():
            yield f"{name} is missing"
        elif digest_files([path]) != digest:
            yield f"{name} is not what was written: its digest differs"


def _read(folder: Path) -> dict[str, str] | None:
    try:
        text = (folder / SEAL).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise ArchiveError(f"{SEAL} is damaged: {error}") from error
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise ArchiveError(f"{SEAL} is damaged: {error}") from error
    if not isinstance(found, dict):
        raise ArchiveError(f"{SEAL} is damaged: it holds no object")
    return {str(name): str(digest) for name, digest in found.items()}
