"""Vector segments: immutable FAISS files of unit vectors with their passage ids.

A small segment is searched exactly, with one multiplication for each stored number: 256 dimensions
take 1 kB and about 0.1 µs for each passage and query on one core. A large segment holds each vector
twice, in 304 bytes a passage. All passages are scanned by codes of 4 bits for each two of the
principal numbers (Jégou, Douze and Schmid 2011; André, Kermarrec and Le Scouarnec 2015, who keep
the tables of the codes in registers). The best of the scan are ranked by codes of 8 bits for each
number (`search.index.local.segments.quantizer`). A scan of three million passages takes 5 ms, and
its first 400 held .991 of the nearest ten under an earlier table; of 1.2 million passages, they
held .995 under the shipped table. Inverted lists, of which the nearer half was scanned by codes of
all numbers, took 8.5 ms and held .988. tests/benchmarks/dense.py measures it.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import faiss
import numpy as np

from search.encoders.identity import Vectors
from search.errors import ArchiveError
from search.index.candidates import Mask
from search.index.local.segments.files import Ids, SegmentFile, require_whole, store
from search.index.local.segments.quantizer import CodeFile, ScalarQuantizer

# Up to this share of allowed rows, a segment gathers them, which is faster than a scan of all rows
# with a selector.
GATHER_SHARE = 0.05
# Rows from which on a segment is scanned by codes, in a tenth of the time of an exact search.
CODES_FROM = 30_000
# The most allowed rows that are gathered from a segment with codes, where they lie far apart.
MAX_GATHERED = 4_000
# Share of the numbers that are scanned, after a rotation to the principal axes. The best 400 of
# 900,000 by half of 256 numbers lacked .05 of the nearest ten, by three quarters .002.
SCANNED = 0.75
_SAMPLE = 25_000  # rows from which the codes are learnt
# From this share of allowed rows on, all rows are searched and the best ones filtered, because a
# selector in FAISS takes longer: 8 ms instead of 4 for 1.5 million rows with a tenth allowed. The
# search returns OVERFETCH times the rows that should be enough.
SIFTED_FROM, OVERFETCH = 0.03, 1.3
_SAMPLED_ROWS = 1000  # for an estimate of the allowed share
REPAIR = "restore them, or run `python -m indexer reencode`"
_ROWS_AT_ONCE = 20_000  # in memory at a time while a segment is written


class VectorRows(Protocol):
    """Unit vectors by row, `(rows, dimension)`: an array, or a reader of stored vectors."""

    def __len__(self) -> int: ...

    def __getitem__(self, rows: slice) -> Vectors: ...


def write_segment(
    folder: Path, name: str, ids: Ids, vectors: VectorRows, *, dimension: int
) -> SegmentFile:
    """Write and fsync one segment; `ids` ascend, and `vectors` has a row for each.

    Memory: 1 kB a row without codes, 64 bytes with.
    """
    inner: Any = faiss.IndexFlatIP(dimension)
    coder: ScalarQuantizer | None = None
    if len(ids) >= CODES_FROM:
        sample = vectors[:: max(1, len(ids) // _SAMPLE)]
        inner, coder = _with_codes(sample), ScalarQuantizer(sample)
    index = faiss.IndexIDMap(inner)
    for part in _parts(len(ids)):
        index.add_with_ids(vectors[part], ids[part])

    def write(path: Path) -> None:
        faiss.write_index(index, str(path))
        if coder is None:
            return
        with path.open("ab") as file:  # FAISS does not read beyond its own data
            file.write(coder.head)
            for part in _parts(len(ids)):
                file.write(coder.encode(vectors[part]).tobytes())

    return store(folder, name, len(ids), write)


def _parts(rows: int) -> Iterator[slice]:
    return (slice(start, start + _ROWS_AT_ONCE) for start in range(0, rows, _ROWS_AT_ONCE))


def _with_codes(sample: Vectors) -> Any:  # noqa: ANN401  # faiss ships no types
    """Build an empty index that rotates vectors to their principal axes and codes these."""
    dimension = sample.shape[1]
    scanned = max(2, 2 * int(SCANNED * dimension / 2))
    rotation: Any = faiss.LinearTransform(dimension, scanned, False)
    faiss.copy_array_to_vector(_axes(sample, scanned).ravel(), rotation.A)
    rotation.is_trained = True
    # An index with one list, because FAISS has no selector for an index without lists.
    index: Any = faiss.IndexIVFPQFastScan(
        faiss.IndexFlatIP(scanned), scanned, 1, scanned // 2, 4, faiss.METRIC_INNER_PRODUCT
    )
    index.cp.min_points_per_centroid = 1  # FAISS warns below 39
    index.train(rotation.apply(sample))
    return faiss.IndexPreTransform(rotation, index)


def _axes(sample: Vectors, count: int) -> Vectors:
    """Return the first principal axes of the vectors, `(count, dimension)`, randomly rotated.

    The rotation balances the variance, because each pair of numbers gets the same number of bits.
    The axes are those of the vectors as they are, not centred, so that dot products stay.
    """
    _, axes = np.linalg.eigh(sample.T.astype(np.float64) @ sample)
    mixed, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(count, count)))
    return np.asarray(mixed @ axes[:, ::-1].T[:count], dtype=np.float32)


class RowMask(Protocol):
    """A mask of the rows, or of the passages by position, that may be returned."""

    def __getitem__(self, rows: Any, /) -> Any: ...  # noqa: ANN401  # a slice or Ids: a Mask


class NearRows(NamedTuple):
    """Rows and their scores, in no order; rough scores select rows, but do not rank them."""

    rows: Ids
    scores: Vectors
    are_rough: bool


class Segment:
    """An open segment, whose vectors stay in the file until they are read (memory-mapped)."""

    def __init__(self, folder: Path, file: SegmentFile, *, dimension: int) -> None:
        path, rows = require_whole(folder, file), file.rows
        try:
            # Any here and below: no stub declares what SWIG adds to FAISS at run time.
            index: Any = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
            inner: Any = faiss.downcast_index(index.index)
        except (RuntimeError, AttributeError, MemoryError) as error:
            raise ArchiveError(f"vector segment {path} cannot be read: {error}") from error
        if (index.ntotal, index.d) != (rows, dimension):
            raise ArchiveError(
                f"vector segment {path} holds {index.ntotal} rows of {index.d} numbers, "
                f"expected {rows} of {dimension}"
            )
        self._owner = index  # keeps the memory map alive
        self._index = inner
        self._name = file.name
        self._codes: CodeFile | None = None
        if isinstance(inner, faiss.IndexPreTransform):
            self._codes = CodeFile(path, file, dimension=dimension)
        self.ids: Ids = faiss.vector_to_array(index.id_map)
        if len(self.ids) != rows or not bool(np.all(self.ids[:-1] < self.ids[1:])):
            raise ArchiveError(f"vector segment {path} is damaged: its passages do not ascend")

    def rows_of(self, passage_ids: Ids) -> tuple[Ids, Ids]:
        """Return the positions of the ids that are in this segment, and the row of each."""
        rows = np.searchsorted(self.ids, passage_ids)
        rows[rows == len(self.ids)] = 0
        positions = np.flatnonzero(self.ids[rows] == passage_ids)
        return positions, rows[positions]

    def vectors(self, rows: Ids) -> Vectors:
        """Return the vectors of these rows, `(len(rows), dimension)`, rounded if they are coded."""
        if self._codes is not None:
            return self._codes.vectors(rows)
        vectors: Vectors = self._index.reconstruct_batch(rows)
        return vectors

    def scores_of(self, query: Vectors, rows: Ids) -> Vectors:
        """Return the cosine of each of these rows to the unit vector `query`."""
        if self._codes is not None:
            return self._codes.scores(query, rows)
        scores: Vectors = self.vectors(rows) @ query
        return scores

    def search(self, query: Vectors, count: int, allowed: RowMask | None) -> NearRows:
        """Return the nearest of the `allowed` rows (None: all)."""
        if allowed is None:
            return self._nearest(query, count, None)
        if self._codes is not None:
            share = float(allowed[:: max(1, len(self.ids) // _SAMPLED_ROWS)].mean())
            if share >= SIFTED_FROM:
                near = self._nearest(query, int(OVERFETCH * count / share), None)
                filtered = _filter(near, count, allowed)
                if len(filtered.rows) == count:
                    return filtered
        mask = allowed[:]
        if self._are_few(int(np.count_nonzero(mask))):
            return self._search_rows(query, count, np.flatnonzero(mask))
        return self._nearest(query, count, mask)

    def _nearest(self, query: Vectors, count: int, allowed: Mask | None) -> NearRows:
        scores, rows = self._index.search(
            query[None], min(count, len(self.ids)), params=self._parameters(allowed)
        )
        is_row = rows[0] >= 0  # FAISS pads a short answer with -1
        if self._codes is None and allowed is None and not is_row.all():
            # Without a selector, FAISS leaves out only scores that are no numbers.
            raise ArchiveError(
                f"{len(is_row) - np.count_nonzero(is_row)} vectors of the segment"
                f" {self._name} are damaged: {REPAIR}"
            )
        return NearRows(rows[0][is_row], scores[0][is_row], are_rough=self._codes is not None)

    def _search_rows(self, query: Vectors, count: int, rows: Ids) -> NearRows:
        if not len(rows):
            return NearRows(rows, np.empty(0, np.float32), are_rough=False)
        scores = self.scores_of(query, rows)
        best = _largest(scores, count)
        return NearRows(rows[best], scores[best], are_rough=False)

    def _are_few(self, allowed: int) -> bool:
        limit = GATHER_SHARE * len(self.ids)
        return allowed <= (limit if self._codes is None else min(limit, MAX_GATHERED))

    def _parameters(self, allowed: Mask | None) -> Any:  # noqa: ANN401  # faiss ships no types
        if allowed is None:
            return None
        # Any: FAISS adds the arguments of these classes when it is imported.
        exact: Any = faiss.SearchParameters
        coded: Any = faiss.SearchParametersIVF
        rotated: Any = faiss.SearchParametersPreTransform
        selector: Any = faiss.IDSelectorBitmap
        selection = selector(np.packbits(allowed, bitorder="little"))
        if self._codes is None:
            return exact(sel=selection)
        return rotated(index_params=coded(sel=selection))


def _filter(near: NearRows, count: int, allowed: RowMask) -> NearRows:
    """Return the first `count` allowed rows of `near`, whose best rows are in front."""
    first = np.flatnonzero(allowed[near.rows])[:count]
    return NearRows(near.rows[first], near.scores[first], near.are_rough)


def _largest(scores: Vectors, count: int) -> Ids:
    if len(scores) <= count:
        return np.arange(len(scores))
    return np.argpartition(-scores, count)[:count]
