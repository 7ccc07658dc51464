"""Files of the word pieces of each passage, by their numbers in an encoder's table.

The search compares passages with a query piece by piece. A file has 4 bytes for each distinct
piece, some 100 a passage. Tokenising the texts for each query took five times as long.
"""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from search.encoders.identity import PieceLists, Pieces
from search.errors import ArchiveError
from search.index.local.segments.files import Ids, OpenFile, SegmentFile, require_whole, store

_ROWS_AT_ONCE = 50_000  # in memory at a time while a file is written
_BYTES = 4  # a piece
_NONE: Pieces = np.empty(0, dtype=np.uint32)


class PieceRows(Protocol):
    """The distinct pieces of passages by row: a list, or a reader of stored pieces."""

    def __getitem__(self, rows: slice) -> Sequence[Pieces]: ...


def write_pieces(folder: Path, name: str, ids: Ids, pieces: PieceRows) -> SegmentFile:
    """Write and fsync the pieces of the passages `ids`, which ascend.

    Raises:
        ArchiveError: there is no disk space.
    """
    bounds = np.zeros(len(ids) + 1, dtype="<i8")

    def write(path: Path) -> None:
        with path.open("wb") as file:
            file.write(ids.astype("<i8").tobytes())
            file.seek(bounds.nbytes, os.SEEK_CUR)  # the bounds are written below
            for start in range(0, len(ids), _ROWS_AT_ONCE):
                part = pieces[start : start + _ROWS_AT_ONCE]
                bounds[start + 1 : start + 1 + len(part)] = [len(row) for row in part]
                file.write(np.concatenate([_NONE, *part]).astype("<u4").tobytes())
            np.cumsum(bounds, out=bounds)
            file.seek(len(ids) * bounds.itemsize)
            file.write(bounds.tobytes())

    return store(folder, name, len(ids), write)


class PieceFile:
    """The pieces of one segment's passages, which stay in the file until they are read.

    The file is read and not mapped, because a map would count the pages around them as this
    process's memory. An object takes 16 bytes of memory a passage and one open file.
    """

    def __init__(self, folder: Path, file: SegmentFile) -> None:
        self._path = require_whole(folder, file)
        self._head = 8 * (2 * file.rows + 1)
        if file.size_bytes < self._head:
            raise ArchiveError(
                f"segment {self._path} has {file.size_bytes} bytes, expected {self._head} or more"
            )
        self._file = OpenFile(self._path)
        head = np.frombuffer(self._file.read(0, self._head), "<i8")
        self.ids: Ids = head[: file.rows]
        self._bounds: Ids = head[file.rows :]
        count = (file.size_bytes - self._head) // _BYTES
        if self._bounds[-1] != count:
            raise ArchiveError(
                f"segment {self._path} holds {count} pieces, expected {self._bounds[-1]}"
            )
        is_whole = self._bounds[0] == 0 and bool(np.all(self._bounds[:-1] <= self._bounds[1:]))
        if not is_whole or not bool(np.all(self.ids[:-1] < self.ids[1:])):
            raise ArchiveError(
                f"segment {self._path} is damaged: its passages or their pieces do not ascend;"
                " restore it, or run `python -m indexer reencode`"
            )

    def bounds_of(self, rows: Ids) -> tuple[Ids, Ids]:
        """Return where the pieces of each row begin and end among all pieces of the file."""
        return self._bounds[rows], self._bounds[rows + 1]

    def read(self, begin: int, end: int) -> bytes:
        """Return the pieces from `begin` to `end`, as they are stored.

        Raises:
            ArchiveError: the file was cut short after it was opened.
        """
        return self._file.read(self._head + begin * _BYTES, (end - begin) * _BYTES)


class PieceStore:
    """The piece files of one state of the archive; none if its encoder has no word pieces."""

    def __init__(self, files: Iterable[PieceFile]) -> None:
        self._files = [file for file in files if len(file.ids)]

    @property
    def is_filled(self) -> bool:
        """Return whether passages have pieces."""
        return bool(self._files)

    def of(self, passage_ids: Ids) -> PieceLists:
        """Return the distinct pieces of each passage, in this order; none for an unknown passage.

        Passages that follow each other, as those of one document do, are read together.
        """
        file_of = np.full(len(passage_ids), -1, dtype=np.int64)
        begins, ends = np.zeros_like(file_of), np.zeros_like(file_of)
        for number, file in enumerate(self._files):
            rows = np.searchsorted(file.ids, passage_ids)
            is_in_file = file.ids.take(rows, mode="clip") == passage_ids
            file_of[is_in_file] = number
            begins[is_in_file], ends[is_in_file] = file.bounds_of(rows[is_in_file])
        goes_on = (file_of[1:] == file_of[:-1]) & (begins[1:] == ends[:-1])
        first = np.flatnonzero(np.append(True, ~goes_on)[: len(passage_ids)])
        last = np.append(first[1:], len(passage_ids))[: len(first)] - 1
        runs = np.stack([file_of[first], begins[first], ends[last]], axis=1).tolist()
        blocks = [self._files[file].read(begin, end) for file, begin, end in runs if begin < end]
        return PieceLists(np.frombuffer(b"".join(blocks), "<u4"), ends - begins)
