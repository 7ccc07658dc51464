"""Vector segments: immutable FAISS files of unit vectors with their passage ids.

A small segment is searched exactly, one multiplication a stored number: 256 dimensions cost 1 kB
and about 0.1 µs a passage and query on one core. A large one is an inverted file of 8-bit codes
(Jégou, Douze and Schmid 2011): the nearest of its lists are scanned, at a quarter of the memory and
a fraction of the time. tests/benchmarks/dense.py measures both.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

import faiss
import numpy as np
import numpy.typing as npt

from search.encoders.identity import Vectors
from search.errors import ArchiveError
from search.segment_file import SegmentFile, require_whole, store

Ids = npt.NDArray[np.int64]

Mask = npt.NDArray[np.bool_]

# Below this share of a segment's rows, gathering the allowed ones beats scanning all with a
# selector.
GATHER_SHARE = 0.05
# From so many rows a segment has lists: there they answer in a tenth of the exact time.
LISTS_FROM = 30_000
# Allowed rows that are gathered from a segment with lists, whose codes have to be decoded first.
MOST_GATHERED = 4_000
# Lists scanned, of n: 1.45 n^0.73, the nearest to the query: 255 of 1,200 over 90,000 rows, 920 of
# 6,900 over 3 million. Among filtered rows the nearest lie in more lists, but every id of a list is
# looked at: where one row in ten is allowed, twice as many find as much.
# tests/benchmarks/scale.py measures what they miss.
SCANNED, SCANNED_GROWTH, SCANNED_FOR_FILTERS = 1.45, 0.73, 0.3
# What the lists' centres are learnt from: twice as many rows and rounds found as much and took four
# times as long.
_ROWS_A_CENTROID, _ROUNDS = 32, 5
_ROWS_AT_ONCE = 50_000  # that are brought into memory while a segment is written


class VectorRows(Protocol):
    """Unit vectors by row, `(rows, dimension)`: an array, or what reads them where they lie."""

    def __len__(self) -> int: ...

    def __getitem__(self, rows: slice) -> Vectors: ...


def write_segment(
    folder: Path, name: str, ids: Ids, vectors: VectorRows, *, dimension: int
) -> SegmentFile:
    """Write and fsync one segment; `ids` ascend, and `vectors` has a row for each.

    Memory: 1 kB a row without lists, 264 bytes with.
    """
    inner: Any = faiss.IndexFlatIP(dimension)
    if len(ids) >= LISTS_FROM:
        inner = _with_lists(vectors, dimension)
    index = faiss.IndexIDMap(inner)
    for start in range(0, len(ids), _ROWS_AT_ONCE):
        rows = slice(start, start + _ROWS_AT_ONCE)
        index.add_with_ids(vectors[rows], ids[rows])
    return store(folder, name, len(ids), lambda path: faiss.write_index(index, str(path)))


def _with_lists(vectors: VectorRows, dimension: int) -> Any:  # noqa: ANN401  # faiss ships no types
    """Learn lists from the vectors; still empty, and ready to give a row's vector back."""
    count = int(4 * len(vectors) ** 0.5)
    index: Any = faiss.IndexIVFScalarQuantizer(
        faiss.IndexFlatIP(dimension),
        dimension,
        count,
        faiss.ScalarQuantizer.QT_8bit,
        faiss.METRIC_INNER_PRODUCT,
    )
    index.cp.max_points_per_centroid = _ROWS_A_CENTROID
    index.cp.min_points_per_centroid = 1  # it warns below 39
    index.cp.niter = _ROUNDS
    step = max(1, len(vectors) // (_ROWS_A_CENTROID * count))
    index.train(vectors[::step])
    index.set_direct_map_type(faiss.DirectMap.Array)  # type: ignore[attr-defined]  # not in the stub
    return index


class Segment:
    """One open segment; its vectors stay in the file until they are read (memory-mapped)."""

    def __init__(self, folder: Path, file: SegmentFile, *, dimension: int) -> None:
        path, rows = require_whole(folder, file), file.rows
        try:
            # Typed Any here and below: what SWIG adds to FAISS at run time is in no stub.
            index: Any = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
            inner: Any = faiss.downcast_index(index.index)
        except (RuntimeError, AttributeError) as error:
            raise ArchiveError(f"vector segment {path} cannot be read: {error}") from error
        if (index.ntotal, index.d) != (rows, dimension):
            raise ArchiveError(
                f"vector segment {path} holds {index.ntotal} rows of {index.d} numbers, "
                f"expected {rows} of {dimension}"
            )
        self._owner = index  # keeps the memory map alive
        self._index = inner
        self._has_lists = isinstance(inner, faiss.IndexIVF)
        self.ids: Ids = faiss.vector_to_array(index.id_map)

    def rows_of(self, passage_ids: Ids) -> tuple[Ids, Ids]:
        """Tell which of the ids are in this segment, by their place, and in which row each."""
        rows = np.searchsorted(self.ids, passage_ids)
        rows[rows == len(self.ids)] = 0
        held = np.flatnonzero(self.ids[rows] == passage_ids)
        return held, rows[held]

    def vectors(self, rows: Ids) -> Vectors:
        """Give the vectors of these rows, `(len(rows), dimension)`, rounded if there are lists."""
        found: Vectors = self._index.reconstruct_batch(rows)
        return found

    def search(self, query: Vectors, depth: int, allowed: Mask | None) -> tuple[Ids, Vectors]:
        """Give the nearest of the `allowed` rows (None: all) and their scores, unordered."""
        if allowed is not None and self._are_few(few := int(np.count_nonzero(allowed))):
            rows = np.flatnonzero(allowed)
            if not few:
                return np.empty(0, np.int64), np.empty(0, np.float32)
            scores = self.vectors(rows) @ query
            best = _largest(scores, depth)
            return rows[best], scores[best]
        parameters = self._parameters(allowed)
        scores, found = self._index.search(
            query[None], min(depth, len(self.ids)), params=parameters
        )
        known = found[0] >= 0  # FAISS pads a short answer with -1
        return found[0][known], scores[0][known]

    def _are_few(self, allowed: int) -> bool:
        few = GATHER_SHARE * len(self.ids)
        return allowed <= (min(few, MOST_GATHERED) if self._has_lists else few)

    def _parameters(self, allowed: Mask | None) -> Any:  # noqa: ANN401  # faiss ships no types
        # Typed Any: faiss adds these arguments to its classes when it is imported.
        selector: Any = faiss.IDSelectorBitmap
        exact: Any = faiss.SearchParameters
        by_lists: Any = faiss.SearchParametersIVF
        selected = {}
        if allowed is not None:
            selected["sel"] = selector(np.packbits(allowed, bitorder="little"))
        if not self._has_lists:
            return exact(**selected) if selected else None
        share = 1.0 if allowed is None else np.count_nonzero(allowed) / len(allowed)
        lists = self._index.nlist
        scanned = SCANNED * lists**SCANNED_GROWTH / share**SCANNED_FOR_FILTERS
        return by_lists(nprobe=min(lists, int(scanned)), **selected)


class DenseSearcher:
    """The segments of one state of the archive.

    `live` is every passage id that still exists, ascending: masks of what is allowed go by it.
    """

    def __init__(self, segments: Iterable[Segment], live: Ids) -> None:
        self._live = live
        self._placed = [(segment, _places(segment.ids, live)) for segment in segments]

    def search(self, query: Vectors, depth: int, allowed: Mask | None) -> tuple[Ids, Vectors]:
        """Give the passages nearest to the unit vector `query`, best first, and their cosines.

        By their places among the live ones. `allowed` tells of each of these whether it may be
        found; None is all.
        """
        # One thread a query: threads cost more than they save here, and queries run side by side
        # anyway. OpenMP keeps this for each calling thread, so it is said at each search.
        faiss.omp_set_num_threads(1)
        parts = [(np.empty(0, np.int64), np.empty(0, np.float32))]
        for segment, places in self._placed:
            rows, scores = segment.search(query, depth, _allowed_rows(places, allowed))
            parts.append((_placed(rows, places), scores))
        found = np.concatenate([found for found, _ in parts])
        scores = np.concatenate([scores for _, scores in parts])
        order = np.lexsort((found, -scores))[:depth]
        return found[order], scores[order]

    def vectors_of(self, places: Ids) -> Vectors:
        """Give the stored vectors of the live passages at `places`: `(len(places), dimension)`.

        Raises:
            KeyError: one of them is in no segment.
        """
        ids = self._live[places]
        parts = [(np.empty(0, np.int64), np.empty((0, 0), np.float32))]
        for segment, _ in self._placed:
            held, rows = segment.rows_of(ids)
            if len(rows) == len(ids):
                return segment.vectors(rows)
            if len(rows):
                parts.append((held, segment.vectors(rows)))
        vectors = np.zeros((len(ids), max(part.shape[1] for _, part in parts)), np.float32)
        missing = np.ones(len(ids), dtype=bool)
        for held, part in parts[1:]:
            vectors[held], missing[held] = part, False
        if missing.any():
            raise KeyError(f"no vector of passage {ids[missing][0]}")
        return vectors

    def scores_of(self, query: Vectors, places: Ids) -> Vectors:
        """Give the cosine to the query of each of the live passages at `places`."""
        if not len(places):
            return np.empty(0, np.float32)
        scores: Vectors = self.vectors_of(places) @ query
        return scores


def _places(ids: Ids, live: Ids) -> slice | Ids:
    """Find a segment's rows among the live passages: a slice of these, or places, -1 if removed."""
    first = int(np.searchsorted(live, ids[0])) if len(ids) else 0
    together = slice(first, first + len(ids))
    if np.array_equal(live[together], ids):
        return together
    found = np.searchsorted(live, ids)
    found[found == len(live)] = 0
    places: Ids = np.where(live[found] == ids, found, -1) if len(live) else found - 1
    return places


def _placed(rows: Ids, places: slice | Ids) -> Ids:
    return rows + places.start if isinstance(places, slice) else places[rows]


def _allowed_rows(places: slice | Ids, allowed: Mask | None) -> Mask | None:
    if isinstance(places, slice):
        return None if allowed is None else allowed[places]
    held: Mask = places >= 0
    return held if allowed is None else held & allowed[places]


def _largest(scores: Vectors, count: int) -> Ids:
    if len(scores) <= count:
        return np.arange(len(scores))
    return np.argpartition(-scores, count)[:count]
