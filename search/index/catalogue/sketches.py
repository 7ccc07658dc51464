"""Finds the documents of an archive that share a band of their sketches.

All bands are in memory, 8 bytes each, in sorted runs. Each run is at most half as long as the run
before it, so that the cost of a new sketch is logarithmic in the number of sketches.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterable
from itertools import islice

import numpy as np
import numpy.typing as npt

from search.errors import ArchiveError
from search.index.catalogue.rows import DocRow

Keys = npt.NDArray[np.uint32]
Entries = npt.NDArray[np.uint64]  # the key of a band in the upper half, a row in the lower one

_BAND_BYTES = 4
_ROW = np.uint64((1 << 32) - 1)


class SketchIndex:
    """An index of the rows whose sketches share a band with a given sketch."""

    _RECENT = 50_000  # keys that wait unsorted
    _OPENED = 20_000  # sketches that are read from the archive at once
    _MOST_ALIKE = 512  # rows that share half of the bands

    def __init__(self, sketches: Iterable[tuple[DocRow, bytes]] = ()) -> None:
        self._runs: list[Entries] = []
        self._recent: dict[int, list[DocRow]] = {}
        self._recent_keys = 0
        remaining = iter(sketches)
        while part := list(islice(remaining, self._OPENED)):
            keys = _keys_of(b"".join(sketch for _, sketch in part))
            bands = [len(sketch) // _BAND_BYTES for _, sketch in part]
            rows = np.repeat(np.array([row for row, _ in part], dtype=np.uint64), bands)
            self._runs.append(_first_entries(keys) | rows)
        if self._runs:
            self._runs = [_sorted_run(np.concatenate(self._runs))]

    def add(self, row: DocRow, sketch: bytes) -> None:
        keys = _keys_of(sketch).tolist()
        for key in keys:
            self._recent.setdefault(key, []).append(row)
        self._recent_keys += len(keys)
        if self._recent_keys >= self._RECENT:
            self._sort_recent()

    def candidates(self, sketch: bytes, most: int) -> list[DocRow]:
        """Return `most` rows, ordered by the number of shared bands, then by age.

        Further rows are returned while they share half of the bands: a text has many near copies.
        """
        keys = _keys_of(sketch)
        shared = Counter(row for key in keys.tolist() for row in self._recent.get(key, ()))
        lowest = _first_entries(keys)
        for run in self._runs:
            first = np.searchsorted(run, lowest)
            last = np.searchsorted(run, lowest | _ROW, side="right")
            for at in np.flatnonzero(last > first).tolist():
                shared.update((run[first[at] : last[at]] & _ROW).tolist())
        ordered = sorted(shared.items(), key=lambda item: (-item[1], item[0]))
        alike = (row for row, bands in ordered[most : self._MOST_ALIKE] if 2 * bands >= len(keys))
        return [*(row for row, _ in ordered[:most]), *alike]

    def _sort_recent(self) -> None:
        keys = np.array([key for key, rows in self._recent.items() for _ in rows], dtype=np.uint32)
        rows = np.array([row for rows in self._recent.values() for row in rows], dtype=np.uint64)
        self._recent, self._recent_keys = {}, 0
        self._runs.append(_sorted_run(_first_entries(keys) | rows))
        while len(self._runs) > 1 and len(self._runs[-1]) * 2 > len(self._runs[-2]):
            self._runs.append(_sorted_run(np.concatenate([self._runs.pop(), self._runs.pop()])))


class StoredSketches:
    """The sketches of an archive, read on first use, and the sketches stored since then."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._db = database
        self._index: SketchIndex | None = None

    def add(self, row: DocRow, sketch: bytes) -> None:
        """Add the sketch of a document that was just stored."""
        if self._index is not None:  # otherwise it will be read with all others
            self._index.add(row, sketch)

    def candidates(self, sketch: bytes, most: int) -> list[DocRow]:
        """Return the rows that share a band, as `SketchIndex.candidates` does."""
        if self._index is None:
            self._index = SketchIndex(
                map(
                    _read_sketch,
                    self._db.execute("SELECT document, sketch FROM sketches ORDER BY document"),
                )
            )
        return self._index.candidates(sketch, most)


def _read_sketch(stored: tuple[int, object]) -> tuple[DocRow, bytes]:
    row, sketch = stored
    if not isinstance(sketch, bytes) or len(sketch) % _BAND_BYTES or not 0 <= row <= int(_ROW):
        raise ArchiveError(
            f"the sketch of the document in row {row} is damaged: restore the archive, or index the"
            " dumps into a new one"
        )
    return DocRow(row), sketch


def _keys_of(sketches: bytes) -> Keys:
    return np.frombuffer(sketches, dtype="<u4")


def _first_entries(keys: Keys) -> Entries:
    """Return the least entry that each key may have: that of row 0."""
    return keys.astype(np.uint64) << np.uint64(32)


def _sorted_run(entries: Entries) -> Entries:
    entries.sort()
    return entries
