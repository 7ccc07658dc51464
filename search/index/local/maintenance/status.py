"""Counts what an archive holds."""

import sqlite3
from pathlib import Path

from search.encoders.identity import EncoderIdentity
from search.errors import ArchiveError
from search.index import Status
from search.index.local.database.rows import read_meta
from search.index.local.database.schema import FORMAT_VERSION


def read_status(folder: Path, connection: sqlite3.Connection) -> Status:
    """Count documents, passages and bytes.

    Raises:
        ArchiveError: no commit was ever finished.
    """
    meta = read_meta(connection)
    if "encoder" not in meta:
        raise ArchiveError(f"archive {folder} is empty: no commit was ever finished; index a dump")
    kinds = dict(connection.execute("SELECT kind, count(*) FROM documents GROUP BY 1 ORDER BY 1"))
    sources = dict(
        connection.execute("SELECT source, count(*) FROM documents GROUP BY 1 ORDER BY 2 DESC, 1")
    )
    years = dict(
        connection.execute(
            "SELECT cast(substr(day, 1, 4) AS INTEGER), count(*) FROM documents GROUP BY 1"
        )
    )
    [passages] = connection.execute("SELECT count(*) FROM passages").fetchone()
    return Status(
        documents=sum(kinds.values()),
        passages=passages,
        kinds=kinds,
        sources=sources,
        years=years,
        encoder=EncoderIdentity.from_json(meta["encoder"]),
        size_bytes=sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()),
        commit=int(meta["commit"]),
        committed_at=meta["committed_at"],
        format_version=FORMAT_VERSION,
    )
