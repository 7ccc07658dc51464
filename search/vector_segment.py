"""Vector segments: immutable FAISS files of unit vectors with their passage ids.

A small segment is searched exactly, one multiplication a stored number: 256 dimensions cost 1 kB
and about 0.1 µs a passage and query on one core. A large one holds each vector twice: 4 bits for
each two numbers, by which the lists nearest to the query are scanned (Jégou, Douze and Schmid 2011;
André, Kermarrec and Le Scouarnec 2015, who keep the tables of the codes in registers), and 8 bits
for each number (`search.vector_codes`), by which the best of that are ranked: 336 bytes a passage.
Over three million, lists of 8-bit codes alone took three times as long and found no more.
tests/benchmarks/dense.py measures it.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import faiss
import numpy as np
import numpy.typing as npt

from search.encoders.identity import Vectors
from search.errors import ArchiveError
from search.segment_file import SegmentFile, require_whole, store
from search.vector_codes import CodeFile, Coder

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

    Memory: 1 kB a row without lists, 80 bytes with.
    """
    inner: Any = faiss.IndexFlatIP(dimension)
    coder: Coder | None = None
    if len(ids) >= LISTS_FROM:
        lists = max(1, int(LISTS * len(ids) ** 0.5))
        sample = vectors[:: max(1, len(ids) // max(_FEWEST_ROWS, _ROWS_A_CENTROID * lists))]
        inner, coder = _with_lists(sample, lists), Coder(sample)
    index = faiss.IndexIDMap(inner)
    for part in _parts(len(ids)):
        index.add_with_ids(vectors[part], ids[part])

    def write(path: Path) -> None:
        faiss.write_index(index, str(path))
        if coder is None:
            return
        with path.open("ab") as file:  # FAISS reads no further than what it wrote
            file.write(coder.head)
            for part in _parts(len(ids)):
                file.write(coder.encode(vectors[part]).tobytes())

    return store(folder, name, len(ids), write)


def _parts(rows: int) -> Iterator[slice]:
    return (slice(start, start + _ROWS_AT_ONCE) for start in range(0, rows, _ROWS_AT_ONCE))


def _with_lists(sample: Vectors, lists: int) -> Any:  # noqa: ANN401  # faiss ships no types
    """Learn lists and 4-bit codes from some vectors; still empty."""
    dimension = sample.shape[1]
    halves = dimension // 2 if dimension % 2 == 0 else dimension
    index: Any = faiss.IndexIVFPQFastScan(
        faiss.IndexFlatIP(dimension), dimension, lists, halves, 4, faiss.METRIC_INNER_PRODUCT
    )
    index.cp.max_points_per_centroid = _ROWS_A_CENTROID
    index.cp.min_points_per_centroid = 1  # it warns below 39
    index.cp.niter = _ROUNDS
    index.train(sample)
    return index


class NearRows(NamedTuple):
    """Rows and their scores, in no order; rough ones are good to choose by, not to rank by."""

    rows: Ids
    scores: Vectors
    are_rough: bool


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
        self._codes: CodeFile | None = None
        if isinstance(inner, faiss.IndexIVFPQFastScan):
            self._codes = CodeFile(path, file, dimension=dimension)
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

    def search(self, query: Vectors, count: int, allowed: Mask | None) -> NearRows:
        """Give the nearest of the `allowed` rows (None: all)."""
        if allowed is not None and self._are_few(few := int(np.count_nonzero(allowed))):
            rows = np.flatnonzero(allowed)
            if not few:
                return NearRows(rows, np.empty(0, np.float32), are_rough=False)
            scores = self.scores_of(query, rows)
            best = _largest(scores, count)
            return NearRows(rows[best], scores[best], are_rough=False)
        found_scores, found = self._index.search(
            query[None], min(count, len(self.ids)), params=self._parameters(allowed)
        )
        known = found[0] >= 0  # FAISS pads a short answer with -1
        return NearRows(found[0][known], found_scores[0][known], self._codes is not None)

    def _are_few(self, allowed: int) -> bool:
        few = GATHER_SHARE * len(self.ids)
        return allowed <= (few if self._codes is None else min(few, MOST_GATHERED))

    def _parameters(self, allowed: Mask | None) -> Any:  # noqa: ANN401  # faiss ships no types
        # Typed Any: faiss adds these arguments to its classes when it is imported.
        selector: Any = faiss.IDSelectorBitmap
        exact: Any = faiss.SearchParameters
        by_lists: Any = faiss.SearchParametersIVF
        selected = {}
        if allowed is not None:
            selected["sel"] = selector(np.packbits(allowed, bitorder="little"))
        if self._codes is None:
            return exact(**selected) if selected else None
        lists = self._index.nlist
        return by_lists(nprobe=min(lists, int(SCANNED * lists**SCANNED_GROWTH)), **selected)


def _largest(scores: Vectors, count: int) -> Ids:
    if len(scores) <= count:
        return np.arange(len(scores))
    return np.argpartition(-scores, count)[:count]
