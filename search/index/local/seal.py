"""The seal: digests of database, facts and lexical index, so that `check` finds any changed byte.

SQLite and tantivy tell damage only where they happen to look. The seal is broken before the first
write and put on after the last one: that of an archive whose writer was killed holds nothing, and
what was committed is still checked record by record. A seal that is not there was taken off.
Segments have their digests in archive.db.
"""

import json
import logging
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from search.encoders.identity import digest_files
from search.errors import ArchiveError
from search.index.local.database.schema import DATABASE, FACTS, SEAL
from search.index.local.lexical.searcher import live_files
from search.index.local.segments.files import sync

logger = logging.getLogger(__name__)


def break_seal(folder: Path) -> dict[str, str]:
    """Make the seal hold nothing; give the digests it held."""
    held = _read(folder) or {}
    _write(folder, {})
    return held


def put_seal(
    folder: Path, connection: sqlite3.Connection, lexical: str, old: dict[str, str]
) -> None:
    """Seal the archive as it is now.

    Tantivy never changes a file of its segments, so those that `old` knows are not read again: only
    `archive.db` is, whole. While a reader holds on to the write-ahead log the seal stays broken.
    """
    busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        return
    digests = {
        name: digest_files([folder / name])
        for name in (DATABASE, FACTS)
        if (folder / name).exists()
    }
    for path in live_files(folder / lexical):
        name = f"{lexical}/{path.name}"
        is_fixed = path.suffix != ".json" and name in old
        digests[name] = old[name] if is_fixed else digest_files([path])
    _write(folder, digests)


def broken_files(folder: Path) -> list[str]:
    """Name the files that are not as they were sealed."""
    try:
        digests = _read(folder)
    except ArchiveError as error:
        return [str(error)]
    if digests is None:
        return [f"{SEAL} is missing: what else was changed can be told only in part"]
    if not digests:
        logger.warning(
            "%s is not sealed, for a writer was killed or is at work: checked record by record;"
            " the next writer seals it",
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
    partial = folder / f"{SEAL}.partial"
    partial.write_text(json.dumps(digests, indent=1), encoding="utf-8")
    sync(partial)
    partial.replace(folder / SEAL)
    sync(folder)


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
