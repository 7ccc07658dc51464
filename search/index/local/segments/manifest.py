"""The segments of an archive: what an encoder made of its passages, a few files for each commit."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from search.index.local.database.schema import SEGMENTS
from search.index.local.segments.files import SegmentFile
from search.index.local.segments.tokens import PieceRows, write_pieces
from search.index.local.segments.vector_segment import Ids, VectorRows, write_segment

VECTORS, PIECES = ".faiss", ".pieces"


@dataclass(frozen=True, slots=True)
class Encoded:
    """Passages by ascending id, each with a row of `vectors`.

    `pieces` are the distinct ones of each; None where the encoder knows no pieces.
    """

    ids: Ids
    vectors: VectorRows
    pieces: PieceRows | None


def write_segments(
    archive: Path, stem: str, encoded: Encoded, *, dimension: int
) -> list[SegmentFile]:
    """Write the files of some passages; the archive has them once a transaction names them.

    Raises:
        ArchiveError: there is no room.
    """
    folder = archive / SEGMENTS
    files = [
        write_segment(folder, stem + VECTORS, encoded.ids, encoded.vectors, dimension=dimension)
    ]
    if encoded.pieces is not None:
        files.append(write_pieces(folder, stem + PIECES, encoded.ids, encoded.pieces))
    return files


def read_segments(connection: sqlite3.Connection, suffix: str) -> list[SegmentFile]:
    """Return the segments of one kind by name, which is the order they were written in."""
    found = connection.execute("SELECT name, rows, size_bytes, digest FROM segments ORDER BY name")
    return [SegmentFile(*row) for row in found if row[0].endswith(suffix)]
