"""Vector segments: immutable FAISS files of unit vectors with their passage ids.

A small segment is searched exactly, one multiplication a stored number: 256 dimensions cost 1 kB
and about 0.1 µs a passage and query on one core. A large one is an inverted file of 8-bit codes
(Jégou, Douze and Schmid 2011): the nearest of its lists are scanned, at a quarter of the memory and
a fraction of the time. tests/benchmarks/dense.py measures both.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

from search.encoders.identity import Vectors
from search.errors import ArchiveError
from search.segment_file import SegmentFile, require_whole, store

Ids = npt.NDArray[np.int64]

# Below this share of a segment's rows, gathering the allowed ones beats scanning all with a
# selector.
GATHER_SHARE = 0.05
# From so many rows a segment has lists: there they answer in a tenth of the exact time.
LISTS_FROM = 30_000
# Allowed rows that are gathered from a segment with lists, whose codes have to be decoded first.
MOST_GATHERED = 4_000
# Of all lists, those nearest to the query that are scanned: recall@10 is .98 and more.
SCANNED_SHARE = 1 / 24
FEWEST_SCANNED = 24
_ROWS_A_CENTROID = 64  # that the lists' centres are learnt from


def write_segment(folder: Path, name: str, ids: Ids, vectors: Vectors) -> SegmentFile:
    """Write and fsync one segment.

    `ids` ascend; `vectors` is `(len(ids), dimension)`, unit rows.
    """
    flat = len(ids) < LISTS_FROM
    inner = faiss.IndexFlatIP(vectors.shape[1]) if flat else _with_lists(vectors)
    index = faiss.IndexIDMap(inner)
    index.add_with_ids(vectors, ids)
    return store(folder, name, len(ids), lambda path: faiss.write_index(index, str(path)))


def _with_lists(vectors: Vectors) -> Any:  # noqa: ANN401  # faiss ships no types
    """Learn lists from the vectors; still empty, and ready to give a row's vector back."""
    dimension = vectors.shape[1]
    count = int(4 * len(vectors) ** 0.5)
    index: Any = faiss.IndexIVFScalarQuantizer(
        faiss.IndexFlatIP(dimension),
        dimension,
        count,
        faiss.ScalarQuantizer.QT_8bit,
        faiss.METRIC_INNER_PRODUCT,
    )
    index.cp.max_points_per_centroid = _ROWS_A_CENTROID
    index.train(vectors)
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

    def rows_of(self, passage_ids: Ids) -> Ids:
        """Give the row of each id that is in this segment."""
        places = np.searchsorted(self.ids, passage_ids)
        places[places == len(self.ids)] = 0
        rows: Ids = places[self.ids[places] == passage_ids]
        return rows

    def vectors(self, rows: Ids) -> Vectors:
        """Give the vectors of these rows, `(len(rows), dimension)`, rounded if there are lists."""
        found: Vectors = self._index.reconstruct_batch(rows)
        return found

    def search(self, query: Vectors, depth: int, allowed: Ids | None) -> tuple[Ids, Vectors]:
        """Give ids and scores of the nearest rows among `allowed` rows (None: all), unordered."""
        if allowed is not None and self._are_few(len(allowed)):
            scores = self.vectors(allowed) @ query
            best = _largest(scores, depth)
            return self.ids[allowed[best]], scores[best]
        parameters = self._parameters(allowed)
        scores, rows = self._index.search(query[None], min(depth, len(self.ids)), params=parameters)
        found = rows[0] >= 0  # FAISS pads a short answer with -1
        return self.ids[rows[0][found]], scores[0][found]

    def _are_few(self, allowed: int) -> bool:
        few = GATHER_SHARE * len(self.ids)
        return allowed <= (min(few, MOST_GATHERED) if self._has_lists else few)

    def _parameters(self, allowed: Ids | None) -> Any:  # noqa: ANN401  # faiss ships no types
        # Typed Any: faiss adds these arguments to its classes when it is imported.
        selector: Any = faiss.IDSelectorBitmap
        exact: Any = faiss.SearchParameters
        by_lists: Any = faiss.SearchParametersIVF
        selected = {}
        if allowed is not None:
            bits = np.zeros(len(self.ids), dtype=bool)
            bits[allowed] = True
            selected["sel"] = selector(np.packbits(bits, bitorder="little"))
        if not self._has_lists:
            return exact(**selected) if selected else None
        # Where a filter leaves few rows, the nearest of them lie in more lists: a row that is not
        # allowed costs next to nothing, so as many allowed ones are scanned as without a filter.
        share = SCANNED_SHARE if allowed is None else SCANNED_SHARE * len(self.ids) / len(allowed)
        scanned = max(FEWEST_SCANNED, int(share * self._index.nlist))
        return by_lists(nprobe=min(scanned, self._index.nlist), **selected)


class DenseSearcher:
    """The segments of one state of the archive.

    `live` is every passage id that still exists, ascending.
    """

    def __init__(self, segments: Iterable[Segment], live: Ids) -> None:
        self._segments = list(segments)
        self._live = live
        self._all_live = sum(len(segment.ids) for segment in self._segments) == len(live)

    def search(self, query: Vectors, depth: int, allowed: Ids | None) -> tuple[Ids, Vectors]:
        """Give ids and cosines of the passages nearest to the unit vector `query`, best first.

        `allowed` None is all.
        """
        # One thread a query: threads cost more than they save here, and queries run side by side
        # anyway. OpenMP keeps this for each calling thread, so it is said at each search.
        faiss.omp_set_num_threads(1)
        if allowed is None and not self._all_live:
            allowed = self._live
        found = [
            segment.search(query, depth, None if allowed is None else segment.rows_of(allowed))
            for segment in self._segments
        ]
        ids = np.concatenate([np.empty(0, np.int64), *(ids for ids, _ in found)])
        scores = np.concatenate([np.empty(0, np.float32), *(scores for _, scores in found)])
        order = np.lexsort((ids, -scores))[:depth]
        return ids[order], scores[order]

    def vectors_of(self, passage_ids: Ids) -> Vectors:
        """Give the stored vectors of these passages, segment by segment: `(n, dimension)`."""
        return np.concatenate(
            [segment.vectors(segment.rows_of(passage_ids)) for segment in self._segments]
        )

    def scores_of(self, query: Vectors, passage_ids: Ids) -> tuple[Ids, Vectors]:
        """Give the cosine to the query of each of these passages that is stored, in any order."""
        ids, scores = [np.empty(0, np.int64)], [np.empty(0, np.float32)]
        for segment in self._segments:
            rows = segment.rows_of(passage_ids)
            ids.append(segment.ids[rows])
            scores.append(segment.vectors(rows) @ query)
        return np.concatenate(ids), np.concatenate(scores)


def _largest(scores: Vectors, count: int) -> Ids:
    if len(scores) <= count:
        return np.arange(len(scores))
    return np.argpartition(-scores, count)[:count]
