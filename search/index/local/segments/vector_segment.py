"""Vector segments: immutable FAISS files of unit vectors with their passage ids.

A small segment is searched exactly, one multiplication a stored number: 256 dimensions cost 1 kB
and about 0.1 µs a passage and query on one core. A large one holds each vector twice: 4 bits for
each two of the numbers that tell most, by which all are scanned (Jégou, Douze and Schmid 2011;
André, Kermarrec and Le Scouarnec 2015, who keep the tables of the codes in registers), and 8 bits
for each number (`search.index.local.segments.quantizer`), by which the best of that are ranked: 304
bytes a passage. Over three million the scan takes 5 ms; .991 of the nearest ten were among the
first 400 under an earlier table, and of 1.2 million .995 under the shipped one; lists of which the
nearer half were scanned, in codes of all numbers, took 8.5 ms and chose .988.
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
from search.index.local.segments.files import SegmentFile, require_whole, store
from search.index.local.segments.quantizer import CodeFile, Coder

Ids = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

# Below this share of a segment's rows, gathering the allowed ones beats scanning all with a
# selector.
GATHER_SHARE = 0.05
# From so many rows a segment is scanned by codes: they answer in a tenth of the exact time.
CODES_FROM = 30_000
# Allowed rows that are gathered from a segment with codes, whose rows lie far apart.
MOST_GATHERED = 4_000
# Share of the numbers that are scanned, once the vectors are turned so that the first tell most. Of
# the nearest ten of 900,000 the best 400 by half of 256 numbers lacked .05, by three quarters .002.
SCANNED = 0.75
_SAMPLE = 25_000  # rows that the codes are learnt from
# Where so many rows are allowed, more than are wanted are found and sifted, for FAISS takes longer
# to ask of each whether it is: of 1.5 million, with a tenth allowed, 8 ms, not 4. So many times as
# many as should do.
SIFTED_FROM, SPARE = 0.03, 1.3
_LOOKED_AT = 1000  # rows that tell how many are allowed
REPAIR = "restore them, or run `python -m indexer reencode`"
_ROWS_AT_ONCE = 20_000  # that are brought into memory while a segment is written


class VectorRows(Protocol):
    """Unit vectors by row, `(rows, dimension)`: an array, or what reads them where they lie."""

    def __len__(self) -> int: ...

    def __getitem__(self, rows: slice) -> Vectors: ...


def write_segment(
    folder: Path, name: str, ids: Ids, vectors: VectorRows, *, dimension: int
) -> SegmentFile:
    """Write and fsync one segment; `ids` ascend, and `vectors` has a row for each.

    Memory: 1 kB a row without codes, 64 bytes with.
    """
    inner: Any = faiss.IndexFlatIP(dimension)
    coder: Coder | None = None
    if len(ids) >= CODES_FROM:
        sample = vectors[:: max(1, len(ids) // _SAMPLE)]
        inner, coder = _with_codes(sample), Coder(sample)
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


def _with_codes(sample: Vectors) -> Any:  # noqa: ANN401  # faiss ships no types
    """Learn from some vectors how to turn all, and 4-bit codes of what is kept; still empty."""
    dimension = sample.shape[1]
    kept = max(2, 2 * int(SCANNED * dimension / 2))
    turn: Any = faiss.LinearTransform(dimension, kept, False)
    faiss.copy_array_to_vector(_axes(sample, kept).ravel(), turn.A)
    turn.is_trained = True
    # One list: without any, FAISS cannot leave out what is not allowed.
    index: Any = faiss.IndexIVFPQFastScan(
        faiss.IndexFlatIP(kept), kept, 1, kept // 2, 4, faiss.METRIC_INNER_PRODUCT
    )
    index.cp.min_points_per_centroid = 1  # it warns below 39
    index.train(turn.apply(sample))
    return faiss.IndexPreTransform(turn, index)


def _axes(sample: Vectors, count: int) -> Vectors:
    """Return the axes that the vectors lie along most, `(count, dimension)`, evenly mixed.

    Mixed, for each two numbers get as many bits, however much they tell. As the principal
    components are with a random rotation, but from the origin: the dot products are to stay.
    """
    _, axes = np.linalg.eigh(sample.T.astype(np.float64) @ sample)
    mixed, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(count, count)))
    return np.asarray(mixed @ axes[:, ::-1].T[:count], dtype=np.float32)


class Allowed(Protocol):
    """Tells of rows, or passages by their place, whether they may be found; any mask does."""

    def __getitem__(self, rows: Any, /) -> Any: ...  # noqa: ANN401  # a slice or Ids: a Mask


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
        """Return which of the ids are in this segment, by their place, and in which row each."""
        rows = np.searchsorted(self.ids, passage_ids)
        rows[rows == len(self.ids)] = 0
        held = np.flatnonzero(self.ids[rows] == passage_ids)
        return held, rows[held]

    def vectors(self, rows: Ids) -> Vectors:
        """Return the vectors of these rows, `(len(rows), dimension)`, rounded if coded."""
        if self._codes is not None:
            return self._codes.vectors(rows)
        found: Vectors = self._index.reconstruct_batch(rows)
        return found

    def scores_of(self, query: Vectors, rows: Ids) -> Vectors:
        """Return the cosine of each of these rows to the unit vector `query`."""
        if self._codes is not None:
            return self._codes.scores(query, rows)
        scores: Vectors = self.vectors(rows) @ query
        return scores

    def search(self, query: Vectors, count: int, allowed: Allowed | None) -> NearRows:
        """Return the nearest of the `allowed` rows (None: all)."""
        if allowed is None:
            return self._nearest(query, count, None)
        if self._codes is not None:
            share = float(allowed[:: max(1, len(self.ids) // _LOOKED_AT)].mean())
            if share >= SIFTED_FROM:
                found = self._nearest(query, int(SPARE * count / share), None)
                sifted = _sifted(found, count, allowed)
                if len(sifted.rows) == count:
                    return sifted
        mask = allowed[:]
        if self._are_few(int(np.count_nonzero(mask))):
            return self._gathered(query, count, np.flatnonzero(mask))
        return self._nearest(query, count, mask)

    def _nearest(self, query: Vectors, count: int, allowed: Mask | None) -> NearRows:
        scores, found = self._index.search(
            query[None], min(count, len(self.ids)), params=self._parameters(allowed)
        )
        known = found[0] >= 0  # FAISS pads a short answer with -1
        if self._codes is None and allowed is None and not known.all():
            # It leaves out what is no number, and nothing else where all may be found.
            raise ArchiveError(
                f"{len(known) - np.count_nonzero(known)} vectors of the segment"
                f" {self._name} are damaged: {REPAIR}"
            )
        return NearRows(found[0][known], scores[0][known], are_rough=self._codes is not None)

    def _gathered(self, query: Vectors, count: int, rows: Ids) -> NearRows:
        if not len(rows):
            return NearRows(rows, np.empty(0, np.float32), are_rough=False)
        scores = self.scores_of(query, rows)
        best = _largest(scores, count)
        return NearRows(rows[best], scores[best], are_rough=False)

    def _are_few(self, allowed: int) -> bool:
        few = GATHER_SHARE * len(self.ids)
        return allowed <= (few if self._codes is None else min(few, MOST_GATHERED))

    def _parameters(self, allowed: Mask | None) -> Any:  # noqa: ANN401  # faiss ships no types
        if allowed is None:
            return None
        # Typed Any: faiss adds these arguments to its classes when it is imported.
        exact: Any = faiss.SearchParameters
        coded: Any = faiss.SearchParametersIVF
        turned: Any = faiss.SearchParametersPreTransform
        selector: Any = faiss.IDSelectorBitmap
        selected = selector(np.packbits(allowed, bitorder="little"))
        if self._codes is None:
            return exact(sel=selected)
        return turned(index_params=coded(sel=selected))


def _sifted(near: NearRows, count: int, allowed: Allowed) -> NearRows:
    """Keep the first that are allowed; `near` has the best in front."""
    kept = np.flatnonzero(allowed[near.rows])[:count]
    return NearRows(near.rows[kept], near.scores[kept], near.are_rough)


def _largest(scores: Vectors, count: int) -> Ids:
    if len(scores) <= count:
        return np.arange(len(scores))
    return np.argpartition(-scores, count)[:count]
