"""Keeps the segments of an archive few, for a search looks into every one of them.

By the logarithmic method (Bentley and Saxe 1980): a segment is merged with all newer ones unless it
is far larger than they are together. Each row is rewritten a few times in its life, and an archive
of n passages has some log n segments, however many dumps it came in.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from search.encoders.identity import Pieces, Vectors
from search.index.local.database.schema import SEGMENTS
from search.index.local.segments.files import SegmentFile, sound
from search.index.local.segments.manifest import (
    PIECES,
    VECTORS,
    Encoded,
    read_segments,
    write_segments,
)
from search.index.local.segments.tokens import PieceFile, PieceStore
from search.index.local.segments.vector_search import DenseSearcher
from search.index.local.segments.vector_segment import Ids, Segment

FAR_LARGER = 2  # times
# Rows: 130 MB of codes, which memory holds while they are written, and half a gigabyte of file that
# is written anew. One of more than half of these is left alone.
LARGEST_SEGMENT = 1_600_000


def merge_newest(
    folder: Path, database: sqlite3.Connection, *, stem: str, dimension: int
) -> list[SegmentFile] | None:
    """Merge the newest segments, if there are too many of them; return all files there are then.

    None where there are few enough.

    Raises:
        ArchiveError: one of them is damaged, or there is no room; the archive stays as it was.
    """
    files = read_segments(database, VECTORS)
    count = _too_many([file.rows for file in files])
    if not count:
        return None
    old = files[len(files) - count :]
    stems = {file.name.removesuffix(VECTORS) for file in old}
    kept = [
        file for file in read_segments(database, "") if file.name.rpartition(".")[0] not in stems
    ]
    return [*kept, *rewrite(folder, database, old, stem=stem, dimension=dimension)]


def rewrite(
    folder: Path,
    database: sqlite3.Connection,
    files: Sequence[SegmentFile],
    *,
    stem: str,
    dimension: int,
) -> list[SegmentFile]:
    """Write what these segments hold of passages that still exist into as few new ones.

    The names of the new ones begin with `stem`.

    Raises:
        ArchiveError: one of them is damaged, or there is no room.
    """
    segment_folder = folder / SEGMENTS
    stems = {file.name.removesuffix(VECTORS) for file in files}
    pieces = [
        PieceFile(segment_folder, sound(segment_folder, file))
        for file in read_segments(database, PIECES)
        if file.name.removesuffix(PIECES) in stems
    ]
    segments = [
        Segment(segment_folder, sound(segment_folder, file), dimension=dimension) for file in files
    ]
    written: list[SegmentFile] = []
    for number, ids in enumerate(_live_ids(database, segments)):
        encoded = Encoded(
            ids,
            _StoredVectors(DenseSearcher(segments, ids), len(ids)),
            _StoredPieces(PieceStore(pieces), ids) if pieces else None,
        )
        written += write_segments(folder, f"{stem}-{number:04d}", encoded, dimension=dimension)
    return written


def _too_many(rows: Sequence[int]) -> int:
    """Return how many of the last segments are to be merged; `rows` are those of each."""
    together = count = 0
    for newer, own in enumerate(reversed(rows)):
        if own > LARGEST_SEGMENT / 2:
            break
        if own <= FAR_LARGER * together:
            count = newer + 1
        together += own
    return count


def _live_ids(database: sqlite3.Connection, segments: Sequence[Segment]) -> Iterator[Ids]:
    """Yield the ids, ascending, of the passages of these segments that still exist, in parts."""
    held = np.concatenate([np.empty(0, np.int64), *(segment.ids for segment in segments)])
    if not len(held):
        return
    live = np.fromiter(
        (
            passage_id
            for (passage_id,) in database.execute(
                "SELECT passage_id FROM passages WHERE passage_id BETWEEN ? AND ?",
                (int(held.min()), int(held.max())),
            )
        ),
        dtype=np.int64,
    )
    ids = np.intersect1d(held, live, assume_unique=True)
    parts = -(-len(ids) // LARGEST_SEGMENT)
    yield from np.array_split(ids, parts) if parts else ()


class _StoredVectors:
    """The vectors of some passages, read from the old segments when they are asked for."""

    def __init__(self, searcher: DenseSearcher, count: int) -> None:
        self._searcher = searcher
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, rows: slice) -> Vectors:
        return self._searcher.vectors_of(np.arange(self._count)[rows])


class _StoredPieces:
    """The pieces of some passages, read from the old segments when they are asked for."""

    def __init__(self, store: PieceStore, ids: Ids) -> None:
        self._store = store
        self._ids = ids

    def __getitem__(self, rows: slice) -> list[Pieces]:
        return self._store.of(self._ids[rows]).split()
