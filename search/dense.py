"""Vector segments: immutable FAISS files of unit vectors with their passage ids, searched exactly.

Exact search costs one multiplication a stored number: time and memory grow with the archive
(256 dimensions: 1 kB and about 0.1 µs a passage and query on one core, tests/benchmarks/dense.py).
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

from search.encoders.identity import Vectors, digest_files
from search.errors import ArchiveError
from search.records import ScoredPassage

Ids = npt.NDArray[np.int64]

# Below this share of a segment's rows, gathering the allowed ones beats scanning all with a
# selector.
GATHER_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class SegmentFile:
    """What the archive remembers of a segment: enough to find any changed byte."""

    name: str
    rows: int
    size_bytes: int
    digest: str


def write_segment(folder: Path, name: str, ids: Ids, vectors: Vectors) -> SegmentFile:
    """Write and fsync one segment.

    `ids` ascend; `vectors` is `(len(ids), dimension)`, unit rows.
    """
    index = faiss.IndexIDMap(faiss.IndexFlatIP(vectors.shape[1]))
    index.add_with_ids(vectors, ids)
    path = folder / name
    partial = path.with_suffix(".partial")
    try:
        faiss.write_index(index, str(partial))
    except RuntimeError as error:
        partial.unlink(missing_ok=True)
        raise ArchiveError(f"{path} cannot be written (is the disk full?): {error}") from error
    sync(partial)
    partial.replace(path)
    sync(folder)
    return SegmentFile(name, len(ids), path.stat().st_size, digest_files([path]))


def sync(path: Path) -> None:
    """Wait until a file, or a folder's list of names, is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Segment:
    """One open segment; its vectors stay in the file until they are read (memory-mapped)."""

    def __init__(self, folder: Path, file: SegmentFile, *, dimension: int) -> None:
        path, rows = folder / file.name, file.rows
        # A map over a file that is too short kills the process at the first read beyond its end.
        size_bytes = path.stat().st_size if path.is_file() else None
        if size_bytes != file.size_bytes:
            found = "is missing" if size_bytes is None else f"has {size_bytes} bytes"
            raise ArchiveError(f"vector segment {path} {found}, {file.size_bytes} were written")
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
        self.ids: Ids = faiss.vector_to_array(index.id_map)
        self._vectors: Vectors = faiss.rev_swig_ptr(inner.get_xb(), rows * dimension).reshape(
            rows, dimension
        )

    def rows_of(self, passage_ids: Ids) -> Ids:
        """Give the row of each id that is in this segment."""
        places = np.searchsorted(self.ids, passage_ids)
        places[places == len(self.ids)] = 0
        rows: Ids = places[self.ids[places] == passage_ids]
        return rows

    def vectors(self, rows: Ids) -> Vectors:
        return np.ascontiguousarray(self._vectors[rows])

    def search(self, query: Vectors, depth: int, allowed: Ids | None) -> tuple[Ids, Vectors]:
        """Give ids and scores of the nearest rows among `allowed` rows (None: all), unordered."""
        if allowed is not None and len(allowed) <= GATHER_SHARE * len(self.ids):
            scores = self._vectors[allowed] @ query
            best = _largest(scores, depth)
            return self.ids[allowed[best]], scores[best]
        parameters = None
        if allowed is not None:
            bits = np.zeros(len(self.ids), dtype=bool)
            bits[allowed] = True
            packed = np.packbits(bits, bitorder="little")
            selector: Any = faiss.IDSelectorBitmap
            search_parameters: Any = faiss.SearchParameters
            parameters = search_parameters(sel=selector(packed))
        scores, rows = self._index.search(query[None], min(depth, len(self.ids)), params=parameters)
        found = rows[0] >= 0  # FAISS pads a short answer with -1
        return self.ids[rows[0][found]], scores[0][found]


class DenseSearcher:
    """The segments of one state of the archive.

    `live` is every passage id that still exists, ascending.
    """

    def __init__(self, segments: Iterable[Segment], live: Ids) -> None:
        self._segments = list(segments)
        self._live = live
        self._all_live = sum(len(segment.ids) for segment in self._segments) == len(live)

    def search(self, query: Vectors, depth: int, allowed: Ids | None) -> list[ScoredPassage]:
        """Rank the passages nearest to the unit vector `query`, by cosine.

        `allowed` None is all.
        """
        if not query.any():
            return []
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
        return [ScoredPassage(int(ids[place]), float(scores[place])) for place in order]

    def vectors_of(self, passage_ids: Ids) -> Vectors:
        """Give the stored vectors of these passages, segment by segment: `(n, dimension)`."""
        return np.concatenate(
            [segment.vectors(segment.rows_of(passage_ids)) for segment in self._segments]
        )

    def scores_of(self, query: Vectors, passage_ids: Ids) -> dict[int, float]:
        """Give the cosine of each of these passages to the query."""
        scores: dict[int, float] = {}
        for segment in self._segments:
            rows = segment.rows_of(passage_ids)
            cosines = segment.vectors(rows) @ query
            scores.update(zip(segment.ids[rows].tolist(), cosines.tolist(), strict=True))
        return scores


def _largest(scores: Vectors, count: int) -> Ids:
    if len(scores) <= count:
        return np.arange(len(scores))
    return np.argpartition(-scores, count)[:count]
