"""Counts the documents and passages of an archive."""

from pathlib import Path

from search.encoders.identity import EncoderIdentity
from search.index.archive import Status
from search.index.catalogue.rows import first_damaged, require_texts
from search.index.local.database.meta import read_meta, require_commit
from search.index.local.database.schema import FORMAT_VERSION, connect
from search.index.local.folder import measure
from search.index.local.segments.missing_vectors import passages_without_context


def read_status(folder: Path) -> Status:
    """Return the counts of the archive."""
    with connect(folder) as connection:
        meta = read_meta(connection)
        require_commit(meta, folder)
        kinds = dict(
            connection.execute("SELECT kind, count(*) FROM documents GROUP BY 1 ORDER BY 1")
        )
        sources = dict(
            connection.execute(
                "SELECT source, count(*) FROM documents GROUP BY 1 ORDER BY 2 DESC, 1"
            )
        )
        years = dict(
            connection.execute(
                "SELECT cast(substr(day, 1, 4) AS INTEGER), count(*) FROM documents GROUP BY 1"
            )
        )
        [passages] = connection.execute("SELECT count(*) FROM passages").fetchone()
        require_texts(connection, "kind", kinds)
        require_texts(connection, "source", [name for name in sources if name is not None])
        if 0 in years:
            raise first_damaged(connection, "cast(substr(day, 1, 4) AS INTEGER) = 0", "date")
        encoder = EncoderIdentity.from_json(meta["encoder"])
        encoded = None
        if encoder.context is not None:
            encoded = passages - len(passages_without_context(folder, connection))
    return Status(
        documents=sum(kinds.values()),
        passages=passages,
        kinds=kinds,
        sources=sources,
        years=years,
        encoder=encoder,
        encoded=encoded,
        size_bytes=measure(folder),
        commit=int(meta["commit"]),
        committed_at=meta["committed_at"],
        format_version=FORMAT_VERSION,
    )
