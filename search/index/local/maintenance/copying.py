"""Reads everything that an archive stores, to be copied into another archive."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from search.errors import ArchiveError
from search.index.catalogue.rows import DocRow
from search.index.catalogue.stored import PassageRows, Spans, StoredText, read_stored
from search.index.local.database.meta import read_meta
from search.index.local.database.schema import connect_unchanged
from search.index.local.snapshot import Snapshot, open_snapshot

_ROWS_AT_ONCE = 500  # documents whose texts are in memory


def read_texts(folder: Path) -> Iterator[StoredText]:
    """Yield every document with its passages, in the order of storing.

    Raises:
        ArchiveError: there is no archive, it is damaged, or it is written to meanwhile.
    """
    snapshot = open_snapshot(folder)
    with connect_unchanged(folder) as database:
        database.execute("BEGIN")
        if int(read_meta(database)["commit"]) != snapshot.commit:
            raise ArchiveError(f"{folder} was written to while it was opened: try again")
        [last] = database.execute("SELECT coalesce(max(row), 0) FROM documents").fetchone()
        for first in range(1, last + 1, _ROWS_AT_ONCE):
            yield from _read_part(database, snapshot, first, first + _ROWS_AT_ONCE - 1)


def _read_part(
    database: sqlite3.Connection, snapshot: Snapshot, first: int, last: int
) -> Iterator[StoredText]:
    spans: dict[DocRow, Spans] = {}
    ids: list[int] = []
    bounds: dict[DocRow, slice] = {}
    for row, passage_id, start, stop in database.execute(
        "SELECT document, passage_id, start, stop FROM passages"
        " WHERE document BETWEEN ? AND ? ORDER BY document, passage_id",
        (first, last),
    ):
        spans[row] = [*spans.get(row, []), (start, stop)]
        ids.append(passage_id)
        bounds[row] = slice(len(ids) - len(spans[row]), len(ids))
    passage_ids = np.array(ids, dtype=np.int64)
    places = np.searchsorted(snapshot.columns.passage_ids, passage_ids)
    vectors = snapshot.vectors.vectors_of(places)
    pieces = snapshot.pieces.of(passage_ids).split() if snapshot.pieces.is_filled else None
    context = None
    if snapshot.context is not None and snapshot.encoder.context is not None:
        dimension = snapshot.encoder.context.dimension
        context = snapshot.context.known_vectors_of(places, dimension)
    for row, rows in read_stored(database, spans, first, last):
        own = bounds.get(row, slice(0))
        yield StoredText(
            rows,
            PassageRows(
                vectors[own],
                None if pieces is None else pieces[own],
                None if context is None else context[own],
            ),
        )
