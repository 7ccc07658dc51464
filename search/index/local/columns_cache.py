"""Caches the columns of a large archive in a file, so that opening does not scan SQLite.

For a million documents SQLite takes four seconds and this file a quarter of a second; a run that
writes the file takes the four seconds once. The file is a copy: if it is missing, damaged or of
another commit, the database is read instead. It has 56 bytes a document and 12 a passage.
"""

import json
import logging
import sqlite3
import struct
import zipfile
import zlib
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from search.index.candidates import KINDS
from search.index.local.columns import ArchiveColumns
from search.index.local.columns_scan import scan_columns
from search.index.local.database.meta import read_meta
from search.index.local.files import replace_file
from search.index.local.folder import FACTS

logger = logging.getLogger(__name__)

# Documents from which on the file is written. SQLite reads the columns of fewer in half a second,
# and a run that adds one page need not wait for the file.
CACHED_FROM = 100_000
_ARRAYS = (
    "rows",
    "doc_ids",
    "by_doc_id",
    "groups",
    "kinds",
    "sources",
    "days",
    "languages",
    "passage_ids",
    "documents",
)
# The errors that numpy and zipfile raise for any changed byte.
_DAMAGED = (
    *(OSError, ValueError, KeyError, EOFError, MemoryError, RuntimeError),
    *(zipfile.BadZipFile, zlib.error, struct.error),
)


def write_cached_columns(folder: Path, connection: sqlite3.Connection) -> None:
    """Write the columns of the database to the file, or remove it below `CACHED_FROM` documents.

    Raises:
        OSError: there is no disk space; no part of the file is left.
    """
    meta = read_meta(connection)
    [count] = connection.execute("SELECT count(*) FROM documents").fetchone()
    if count < CACHED_FROM:
        (folder / FACTS).unlink(missing_ok=True)
        return
    if read_cached_columns(folder, meta) is not None:
        return
    columns = scan_columns(connection)
    arrays = {name: getattr(columns, name) for name in _ARRAYS}
    arrays["documents"] = columns.documents.astype(np.int32)
    names = json.dumps([columns.source_names, columns.language_names])

    def write(path: Path) -> None:
        with path.open("wb") as file:  # np.savez adds a suffix to other paths
            np.savez(file, state=_bytes(_state(meta)), names=_bytes(names), **arrays)

    replace_file(folder / FACTS, write)


def read_cached_columns(folder: Path, meta: dict[str, str]) -> ArchiveColumns | None:
    """Return the columns of the commit with this `meta`; None if no sound file holds them."""
    try:
        with np.load(folder / FACTS, allow_pickle=False) as file:  # it checks each array's sum
            if file["state"].tobytes().decode() != _state(meta):
                return None
            arrays = {name: file[name] for name in _ARRAYS}
            sources, languages = json.loads(file["names"].tobytes())
    except FileNotFoundError:
        return None
    except _DAMAGED as error:
        logger.warning("%s is damaged; the database is read instead: %s", folder / FACTS, error)
        return None
    arrays["documents"] = arrays["documents"].astype(np.int64)
    if not _are_sound(arrays, len(sources), len(languages)):
        logger.warning("%s is damaged; the database is read instead", folder / FACTS)
        return None
    return ArchiveColumns(**arrays, source_names=tuple(sources), language_names=tuple(languages))


def _are_sound(arrays: dict[str, npt.NDArray[Any]], sources: int, languages: int) -> bool:
    """Return whether the arrays fit each other, so that no index is beyond another array's end."""
    rows, doc_ids, passages = arrays["rows"], arrays["doc_ids"], arrays["passage_ids"]
    ends = {
        "by_doc_id": len(rows),
        "kinds": len(KINDS),
        "sources": sources,
        "days": date.max.toordinal() + 1,
        "languages": languages,
        "documents": len(rows),
    }
    return (
        all(array.ndim == 1 for array in arrays.values())
        and doc_ids.dtype.kind == "S"
        and all(array.dtype.kind == "i" for name, array in arrays.items() if name != "doc_ids")
        and all(len(arrays[name]) == len(rows) for name in _ARRAYS[:-2])
        and len(arrays["documents"]) == len(passages)
        and all(
            int(arrays[name].min(initial=0)) >= 0 and int(arrays[name].max(initial=-1)) < end
            for name, end in ends.items()
        )
        and bool(np.all(passages[:-1] < passages[1:]))
    )


def _state(meta: dict[str, str]) -> str:
    return json.dumps(meta, sort_keys=True)


def _bytes(text: str) -> npt.NDArray[np.uint8]:
    return np.frombuffer(text.encode(), dtype=np.uint8)
