"""Writes and lists the segments of an archive: a few files of encoded passages for each commit."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from search.errors import ArchiveError
from search.index.local.folder import DATABASE, SEGMENTS, require_plain
from search.index.local.segments.files import Ids, SegmentFile
from search.index.local.segments.pieces import PieceRows, write_pieces
from search.index.local.segments.vector_segment import VectorRows, write_segment

VECTORS, PIECES = ".faiss", ".pieces"
CONTEXT = ".context"  # vectors of the second level


@dataclass(frozen=True, slots=True)
class Encoded:
    """Passages by ascending id, each with a row of `vectors`.

    `pieces` holds the distinct word pieces of each passage; None if the encoder has none.
    """

    ids: Ids
    vectors: VectorRows
    pieces: PieceRows | None


def write_segments(
    archive: Path, stem: str, encoded: Encoded, *, dimension: int
) -> list[SegmentFile]:
    """Write the segment files of some passages, which a transaction must then name.

    Raises:
        ArchiveError: there is no disk space.
    """
    folder = archive / SEGMENTS
    files = [
        write_segment(folder, stem + VECTORS, encoded.ids, encoded.vectors, dimension=dimension)
    ]
    if encoded.pieces is not None:
        files.append(write_pieces(folder, stem + PIECES, encoded.ids, encoded.pieces))
    return files


def write_context(
    archive: Path, stem: str, ids: Ids, vectors: VectorRows, *, dimension: int
) -> SegmentFile:
    """Write the vectors of the second level of some passages, by ascending id.

    Raises:
        ArchiveError: there is no disk space.
    """
    return write_segment(archive / SEGMENTS, stem + CONTEXT, ids, vectors, dimension=dimension)


def read_segments(connection: sqlite3.Connection, suffix: str) -> list[SegmentFile]:
    """Return the segments of one kind by name, which is the order of their writing.

    Raises:
        ArchiveError: the database holds an entry that cannot be a segment.
    """
    rows = connection.execute("SELECT name, rows, size_bytes, digest FROM segments ORDER BY name")
    files = [_read_file(*row) for row in rows]
    return [file for file in files if file.name.endswith(suffix)]


def _read_file(name: object, rows: object, size_bytes: object, digest: object) -> SegmentFile:
    plain = require_plain(name, place=f"the list of segments in {DATABASE}")
    if not isinstance(rows, int) or not isinstance(size_bytes, int) or not isinstance(digest, str):
        raise ArchiveError(
            f"the list of segments in {DATABASE} is damaged: of {plain} it says"
            f" ({rows!r}, {size_bytes!r}, {digest!r}), expected rows, bytes and a digest"
        )
    return SegmentFile(plain, rows, size_bytes, digest)
