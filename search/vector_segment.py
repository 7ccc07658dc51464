"""Vector segments: immutable FAISS files of unit vectors with their passage ids.

A small segment is searched exactly, one multiplication a stored number: 256 dimensions cost 1 kB
and about 0.1 µs a passage and query on one core. A large one holds each vector twice: 4 bits for
each two numbers, by which the lists nearest to the query are scanned (Jégou, Douze and Schmid 2011;
André, Kermarrec and Le Scouarnec 2015, who keep the tables of the codes in registers), and 8 bits
for each number, by which the best of that are ranked: 336 bytes a passage. Over three million,
lists of 8-bit codes alone took three times as long and found no more. tests/benchmarks/dense.py
measures it.
"""

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
# Allowed rows that are gathered from a segment with lists, whose rows lie far apart.
MOST_GATHERED = 4_000
# Lists, of n rows: 0.6 n^0.5, and how many of these l are scanned: 2.4 l^0.75, the nearest to the
# query: 117 of 180 over 90,000 rows, 338 of 735 over 1.5 million. Among a tenth of the rows, or a
# hundredth of a million, as many find no less. tests/benchmarks/scale.py measures what they miss.
LISTS, SCANNED, SCANNED_GROWTH = 0.6, 2.4, 0.75
# As many times the rows asked for are ranked by their 8 bits: 4 found no more of the nearest ten.
RANKED = 2
# What the lists' centres are learnt from: more rows and rounds found as much.
_ROWS_A_CENTROID, _ROUNDS, _FEWEST_ROWS = 32, 5, 10_000
_ROWS_AT_ONCE = 50_000  # that are brought into memory while a segment is written


class VectorRows(Protocol):
    """Unit vectors by row, `(rows, dimension)`: an array, or what reads them where they lie."""

    def __len__(self) -> int: ...

    def __getitem__(self, rows: slice) -> Vectors: ...


def write_segment(
    folder: Path, name: str, ids: Ids, vectors: VectorRows, *, dimension: int
) -> SegmentFile:
    """Write and fsync one segment; `ids` ascend, and `vectors` has a row for each.

    Memory: 1 kB a row without lists, 336 bytes with.
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
    """Learn lists and codes from the vectors; still empty."""
    lists = max(1, int(LISTS * len(vectors) ** 0.5))
    halves = dimension // 2 if dimension % 2 == 0 else dimension
    scanned: Any = faiss.IndexIVFPQFastScan(
        faiss.IndexFlatIP(dimension), dimension, lists, halves, 4, faiss.METRIC_INNER_PRODUCT
    )
    scanned.cp.max_points_per_centroid = _ROWS_A_CENTROID
    scanned.cp.min_points_per_centroid = 1  # it warns below 39
    scanned.cp.niter = _ROUNDS
    ranked = faiss.IndexScalarQuantizer(
        dimension, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
    )
    index: Any = faiss.IndexRefine(scanned, ranked)
    rows = max(_FEWEST_ROWS, _ROWS_A_CENTROID * lists)
    index.train(vectors[:: max(1, len(vectors) // rows)])
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
        self._codes = _Codes.of(inner) if isinstance(inner, faiss.IndexRefine) else None
        self.ids: Ids = faiss.vector_to_array(index.id_map)

    def rows_of(self, passage_ids: Ids) -> tuple[Ids, Ids]:
        """Tell which of the ids are in this segment, by their place, and in which row each."""
        rows = np.searchsorted(self.ids, passage_ids)
        rows[rows == len(self.ids)] = 0
        held = np.flatnonzero(self.ids[rows] == passage_ids)
        return held, rows[held]

    def vectors(self, rows: Ids) -> Vectors:
        """Give the vectors of these rows, `(len(rows), dimension)`, rounded if there are lists."""
        if self._codes is not None:
            return self._codes.vectors(rows)
        found: Vectors = self._index.reconstruct_batch(rows)
        return found

    def scores_of(self, query: Vectors, rows: Ids) -> Vectors:
        """Give the cosine of each of these rows to the unit vector `query`."""
        if self._codes is not None:
            return self._codes.scores(query, rows)
        scores: Vectors = self.vectors(rows) @ query
        return scores

    def search(self, query: Vectors, depth: int, allowed: Mask | None) -> tuple[Ids, Vectors]:
        """Give the nearest of the `allowed` rows (None: all) and their scores, unordered."""
        if allowed is not None and self._are_few(few := int(np.count_nonzero(allowed))):
            rows = np.flatnonzero(allowed)
            if not few:
                return np.empty(0, np.int64), np.empty(0, np.float32)
            scores = self.scores_of(query, rows)
            best = _largest(scores, depth)
            return rows[best], scores[best]
        scores, found = self._index.search(
            query[None], min(depth, len(self.ids)), params=self._parameters(allowed)
        )
        known = found[0] >= 0  # FAISS pads a short answer with -1
        return found[0][known], scores[0][known]

    def _are_few(self, allowed: int) -> bool:
        few = GATHER_SHARE * len(self.ids)
        return allowed <= (few if self._codes is None else min(few, MOST_GATHERED))

    def _parameters(self, allowed: Mask | None) -> Any:  # noqa: ANN401  # faiss ships no types
        # Typed Any: faiss adds these arguments to its classes when it is imported.
        selector: Any = faiss.IDSelectorBitmap
        exact: Any = faiss.SearchParameters
        by_lists: Any = faiss.SearchParametersIVF
        refined: Any = faiss.IndexRefineSearchParameters
        selected = {}
        if allowed is not None:
            selected["sel"] = selector(np.packbits(allowed, bitorder="little"))
        if self._codes is None:
            return exact(**selected) if selected else None
        lists = self._codes.lists
        scan = by_lists(nprobe=min(lists, int(SCANNED * lists**SCANNED_GROWTH)), **selected)
        return refined(k_factor=RANKED, base_index_params=scan)


class _Codes:
    """The 8-bit codes of a segment with lists, read where they lie: FAISS takes twice as long.

    Number i of a vector is `low[i]` and (its code + 1/2) / 255 of `spread[i]`.
    """

    def __init__(self, codes: npt.NDArray[np.uint8], trained: Vectors, lists: int) -> None:
        low, spread = trained.reshape(2, -1)
        self._codes = codes
        self._step: Vectors = spread / np.float32(255)
        self._least: Vectors = low + self._step / np.float32(2)
        self.lists = lists

    @classmethod
    def of(cls, index: Any) -> "_Codes":  # noqa: ANN401  # faiss ships no types
        ranked: Any = faiss.downcast_index(index.refine_index)
        scanned: Any = faiss.downcast_index(index.base_index)
        mapped: Any = faiss.rev_swig_ptr(ranked.codes.data(), ranked.ntotal * ranked.code_size)
        trained = faiss.vector_to_array(ranked.sq.trained)
        return cls(mapped.reshape(ranked.ntotal, ranked.code_size), trained, scanned.nlist)

    def vectors(self, rows: Ids) -> Vectors:
        found: Vectors = self._codes.take(rows, axis=0) * self._step + self._least
        return found

    def scores(self, query: Vectors, rows: Ids) -> Vectors:
        codes = self._codes.take(rows, axis=0).astype(np.float32)
        # Not `@`: OpenBLAS would wake its threads, which costs more than they spare.
        scores: Vectors = np.einsum("ij,j->i", codes, query * self._step)
        return scores + np.float32(query @ self._least)


def _largest(scores: Vectors, count: int) -> Ids:
    if len(scores) <= count:
        return np.arange(len(scores))
    return np.argpartition(-scores, count)[:count]
