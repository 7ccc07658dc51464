"""The segments of an archive: what an encoder made of its passages, a few files for each commit."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from search.archive.schema import SEGMENTS
from search.dense import Ids, write_segment
from search.encoders.identity import Pieces, Vectors
from search.pieces import write_pieces
from search.segment_file import SegmentFile

VECTORS, PIECES = ".faiss", ".pieces"


@dataclass(frozen=True, slots=True)
class Encoded:
    """Passages by ascending id, each with a row of `vectors`.

    `pieces` are the distinct ones of each; None where the encoder knows no pieces.
    """

    ids: Ids
    vectors: Vectors
    pieces: Sequence[Pieces] | None


def write_segments(archive: Path, stem: str, encoded: Encoded) -> list[SegmentFile]:
    """Write the files of some passages; the archive has them once a transaction names them.

    Raises:
        ArchiveError: there is no room.
    """
    folder = archive / SEGMENTS
    files = [write_segment(folder, stem + VECTORS, encoded.ids, encoded.vectors)]
    if encoded.pieces is not None:
        files.append(write_pieces(folder, stem + PIECES, encoded.ids, encoded.pieces))
    return files


def read_segments(connection: sqlite3.Connection, suffix: str) -> list[SegmentFile]:
    """List the segments of one kind, by name."""
    found = connection.execute("SELECT name, rows, size_bytes, digest FROM segments ORDER BY name")
    return [SegmentFile(*row) for row in found if row[0].endswith(suffix)]
