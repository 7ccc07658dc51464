"""The word pieces of each passage, as an encoder's table numbers them: files beside the vectors.

What the search needs to read a passage piece by piece: 4 bytes for each distinct piece, some 300 a
passage, mapped into memory. Tokenising the texts again for each query took five times as long.
"""

import mmap
from collections.abc import Iterable, Sequence
from os import SEEK_CUR
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from search.encoders.identity import Pieces
from search.errors import ArchiveError
from search.segment_file import SegmentFile, require_whole, store

Ids = npt.NDArray[np.int64]

_ROWS_AT_ONCE = 50_000  # that are brought into memory while a file is written
_NONE: Pieces = np.empty(0, dtype=np.uint32)


class PieceRows(Protocol):
    """The distinct pieces of passages, row by row: a list, or what reads them where they lie."""

    def __getitem__(self, rows: slice) -> Sequence[Pieces]: ...


def write_pieces(folder: Path, name: str, ids: Ids, pieces: PieceRows) -> SegmentFile:
    """Write and fsync the pieces of the passages `ids`, which ascend.

    Raises:
        ArchiveError: there is no room.
    """
    bounds = np.zeros(len(ids) + 1, dtype="<i8")

    def write(path: Path) -> None:
        with path.open("wb") as file:
            file.write(ids.astype("<i8").tobytes())
            file.seek(bounds.nbytes, SEEK_CUR)  # written when they are known
            for start in range(0, len(ids), _ROWS_AT_ONCE):
                part = pieces[start : start + _ROWS_AT_ONCE]
                bounds[start + 1 : start + 1 + len(part)] = [len(one) for one in part]
                file.write(np.concatenate([_NONE, *part]).astype("<u4").tobytes())
            np.cumsum(bounds, out=bounds)
            file.seek(len(ids) * bounds.itemsize)
            file.write(bounds.tobytes())

    return store(folder, name, len(ids), write)


class PieceFile:
    """The pieces of one segment's passages; they stay in the file until they are read."""

    def __init__(self, folder: Path, file: SegmentFile) -> None:
        path = require_whole(folder, file)
        with path.open("rb") as opened:
            mapped = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
        mapped.madvise(mmap.MADV_RANDOM)  # else each look brings its neighbourhood into memory
        head = 8 * (2 * file.rows + 1)
        if len(mapped) < head:
            raise ArchiveError(f"segment {path} has {len(mapped)} bytes, {head} and more expected")
        self.ids: Ids = np.frombuffer(mapped, "<i8", file.rows)
        self._bounds: Ids = np.frombuffer(mapped, "<i8", file.rows + 1, 8 * file.rows)
        self._pieces: Pieces = np.frombuffer(mapped, "<u4", offset=head)
        if self._bounds[-1] != len(self._pieces):
            raise ArchiveError(
                f"segment {path} holds {len(self._pieces)} pieces, expected {self._bounds[-1]}"
            )

    def of(self, row: int) -> Pieces:
        return self._pieces[self._bounds[row] : self._bounds[row + 1]]


class PieceStore:
    """The piece files of one state of the archive, none where its encoder knows no pieces."""

    def __init__(self, files: Iterable[PieceFile]) -> None:
        self._files = [file for file in files if len(file.ids)]

    def of(self, passage_ids: Ids) -> list[Pieces]:
        """Give the distinct pieces of each passage, in this order; none of one that is not held."""
        found = [_NONE] * len(passage_ids)
        for file in self._files:
            rows = np.searchsorted(file.ids, passage_ids)
            rows[rows == len(file.ids)] = 0
            for place in np.flatnonzero(file.ids[rows] == passage_ids).tolist():
                found[place] = file.of(int(rows[place]))
        return found
