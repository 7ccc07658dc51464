"""Merges the segments of an archive, because a search reads every segment.

The method is the logarithmic method (Bentley and Saxe 1980): a segment is merged with all newer
segments unless it is far larger than these together. Each row is rewritten a few times, and an
archive of n passages has some log n segments, whatever the number of dumps.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from search.encoders.identity import EncoderIdentity, Pieces, Vectors
from search.index.local.folder import SEGMENTS
from search.index.local.segments.files import Ids, SegmentFile, require_unchanged
from search.index.local.segments.manifest import (
    CONTEXT,
    PIECES,
    VECTORS,
    Encoded,
    read_segments,
    write_context,
    write_segments,
)
from search.index.local.segments.pieces import PieceFile, PieceStore
from search.index.local.segments.vector_search import DenseSearcher
from search.index.local.segments.vector_segment import Segment

FAR_LARGER = 2  # times
# Rows: 130 MB of codes, which are in memory while they are written, in a file of half a gigabyte. A
# segment with more than half of these rows is not merged.
LARGEST_SEGMENT = 1_600_000


class VectorKind(NamedTuple):
    """The vectors of one level of an archive, by the suffix of their files."""

    suffix: str
    dimension: int

    @property
    def beside(self) -> tuple[str, ...]:
        """Return the suffixes of the files that belong to each of these segments."""
        return (PIECES,) if self.suffix == VECTORS else ()


def kinds_of(encoder: EncoderIdentity) -> list[VectorKind]:
    """Return the kinds of vectors that an archive of this encoder holds."""
    kinds = [VectorKind(VECTORS, encoder.base.dimension)]
    if encoder.context is not None:
        kinds.append(VectorKind(CONTEXT, encoder.context.dimension))
    return kinds


def merge_newest(
    folder: Path, database: sqlite3.Connection, kind: VectorKind, *, stem: str
) -> list[SegmentFile] | None:
    """Merge the newest segments of one kind, and return all segment files after the merge.

    Returns None if there are not too many segments.

    Raises:
        ArchiveError: a segment is damaged, or there is no disk space; the archive is unchanged.
    """
    files = read_segments(database, kind.suffix)
    count = _too_many([file.rows for file in files])
    if not count:
        return None
    old_files = files[len(files) - count :]
    stems = {file.name.removesuffix(kind.suffix) for file in old_files}
    merged = {stem + suffix for stem in stems for suffix in (kind.suffix, *kind.beside)}
    kept = [file for file in read_segments(database, "") if file.name not in merged]
    return [*kept, *rewrite(folder, database, kind, old_files, stem=stem)]


def rewrite(
    folder: Path,
    database: sqlite3.Connection,
    kind: VectorKind,
    files: Sequence[SegmentFile],
    *,
    stem: str,
) -> list[SegmentFile]:
    """Write the existing passages of these segments into as few new segments as possible.

    The names of the new segments begin with `stem`.

    Raises:
        ArchiveError: a segment is damaged, or there is no disk space.
    """
    segment_folder = folder / SEGMENTS
    names = {file.name.removesuffix(kind.suffix) + PIECES for file in files} if kind.beside else ()
    pieces = [
        PieceFile(segment_folder, require_unchanged(segment_folder, file))
        for file in read_segments(database, PIECES)
        if file.name in names
    ]
    segments = [
        Segment(segment_folder, require_unchanged(segment_folder, file), dimension=kind.dimension)
        for file in files
    ]
    new_files: list[SegmentFile] = []
    for number, ids in enumerate(_live_ids(database, segments)):
        vectors = _StoredVectors(DenseSearcher(segments, ids), len(ids))
        part = f"{stem}-{number:04d}"
        if kind.suffix == CONTEXT:
            new_files.append(write_context(folder, part, ids, vectors, dimension=kind.dimension))
            continue
        encoded = Encoded(ids, vectors, _StoredPieces(PieceStore(pieces), ids) if pieces else None)
        new_files += write_segments(folder, part, encoded, dimension=kind.dimension)
    return new_files


def _too_many(rows: Sequence[int]) -> int:
    """Return how many of the last segments to merge; `rows` holds the number of rows of each."""
    newer_rows = count = 0
    for newer, own_rows in enumerate(reversed(rows)):
        if own_rows > LARGEST_SEGMENT / 2:
            break
        if own_rows <= FAR_LARGER * newer_rows:
            count = newer + 1
        newer_rows += own_rows
    return count


def _live_ids(database: sqlite3.Connection, segments: Sequence[Segment]) -> Iterator[Ids]:
    """Yield the ids of the existing passages of these segments, ascending, in parts."""
    stored = np.concatenate([np.empty(0, np.int64), *(segment.ids for segment in segments)])
    if not len(stored):
        return
    live = np.fromiter(
        (
            passage_id
            for (passage_id,) in database.execute(
                "SELECT passage_id FROM passages WHERE passage_id BETWEEN ? AND ?",
                (int(stored.min()), int(stored.max())),
            )
        ),
        dtype=np.int64,
    )
    ids = np.intersect1d(stored, live, assume_unique=True)
    parts = -(-len(ids) // LARGEST_SEGMENT)
    yield from np.array_split(ids, parts) if parts else ()


class _StoredVectors:
    """The vectors of some passages, read from the old segments on demand."""

    def __init__(self, searcher: DenseSearcher, count: int) -> None:
        self._searcher = searcher
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, rows: slice) -> Vectors:
        return self._searcher.vectors_of(np.arange(self._count)[rows])


class _StoredPieces:
    """The pieces of some passages, read from the old segments on demand."""

    def __init__(self, store: PieceStore, ids: Ids) -> None:
        self._store = store
        self._ids = ids

    def __getitem__(self, rows: slice) -> list[Pieces]:
        return self._store.of(self._ids[rows]).split()
