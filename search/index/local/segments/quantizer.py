"""Codes vectors in 8 bits a number, at the end of a file, to rank the best of a rough search.

Number i of a vector is `least[i]` plus (its code + 1/2) steps of `step[i]`. The file ends with
`least` and `step`, as 4-byte floats, and the codes of each row.

The codes are our own, because `IndexRefine` of FAISS finds the same rows but maps all codes: 1,000
queries leave 75 MB of 300,000 rows in memory, and nothing here (tests.benchmarks.dense).
"""

from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from search.encoders.identity import Vectors
from search.index.local.segments.files import Ids, OpenFile, SegmentFile

Bytes = npt.NDArray[np.uint8]

# Rows of a file up to which its codes are mapped: 50 MB of 256 dimensions. In a larger map, pages
# that a thousand queries read would stay in this process's memory; reads of 400 rows take .4 ms
# longer. Merged segments of one level map less than 75 MB in all.
MAX_MAPPED = 200_000
_LEVELS = 256


class ScalarQuantizer:
    """An encoder to codes, with ranges learnt from a sample of vectors, `(rows, dimension)`."""

    def __init__(self, sample: Vectors) -> None:
        self._least: Vectors = sample.min(axis=0).astype("<f4")
        spread = sample.max(axis=0) - self._least
        self._step: Vectors = np.maximum(spread / (_LEVELS - 1), 1e-12).astype("<f4")

    @property
    def head(self) -> bytes:
        return self._least.tobytes() + self._step.tobytes()

    def encode(self, vectors: Vectors) -> Bytes:
        """Return the codes of each row; numbers outside the range of the sample are clipped."""
        steps = (vectors - self._least) / self._step
        codes: Bytes = np.clip(steps, 0, _LEVELS - 1).astype(np.uint8)
        return codes


class CodeFile:
    """The codes of the rows of one file, read on demand; the file's length was checked before.

    Raises:
        ArchiveError: the file cannot be opened.
    """

    def __init__(self, path: Path, file: SegmentFile, *, dimension: int) -> None:
        self._dimension = dimension
        self._file = OpenFile(path)
        self._begin = file.size_bytes - file.rows * dimension
        head = np.frombuffer(self._file.read(self._begin - 8 * dimension, 8 * dimension), "<f4")
        self._step: Vectors = head[dimension:]
        self._least: Vectors = head[:dimension] + self._step / np.float32(2)
        self._mapped: Bytes | None = None
        if file.rows <= MAX_MAPPED:
            codes = np.frombuffer(self._file.map(), np.uint8, offset=self._begin)
            self._mapped = codes.reshape(file.rows, dimension)

    def vectors(self, rows: Ids) -> Vectors:
        """Return the vectors of these rows, `(len(rows), dimension)`, within half a step.

        Raises:
            ArchiveError: the file was cut short after it was opened.
        """
        vectors: Vectors = self._codes(rows) * self._step + self._least
        return vectors

    def scores(self, query: Vectors, rows: Ids) -> Vectors:
        """Return the dot product of each of these rows with the query.

        Raises:
            ArchiveError: the file was cut short after it was opened.
        """
        codes = self._codes(rows).astype(np.float32)
        # Not `@`: OpenBLAS would wake its threads, which costs more than they save.
        scores: Vectors = np.einsum("ij,j->i", codes, query * self._step)
        return scores + np.float32(query @ self._least)

    def _codes(self, rows: Ids) -> Bytes:
        if self._mapped is not None:
            return self._mapped.take(rows, axis=0)
        # Rows that follow each other, as the passages of a document do, are read together.
        begins = np.flatnonzero(np.diff(rows, prepend=-2) != 1)
        firsts, bounds = rows[begins].tolist(), [*begins.tolist(), len(rows)]
        size = self._dimension
        block = b"".join(
            self._file.read(self._begin + first * size, (end - begin) * size)
            for first, (begin, end) in zip(firsts, pairwise(bounds), strict=True)
        )
        return np.frombuffer(block, np.uint8).reshape(len(rows), size)
