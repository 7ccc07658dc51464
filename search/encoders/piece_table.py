"""Encode texts with a static table of one vector for each word piece.

The vector of a text is the direction of the sum of the vectors of its pieces.
"""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from search.encoders.identity import PieceCounts, Vectors
from search.encoders.late_interaction import Rows, TableQuery
from search.encoders.word_tokenizer import WordTokenizer


class PieceTable:
    """An encoder that encodes and scores texts by the rows of `table`, `(pieces, dimension)`.

    The vector of a piece is its row times its weight. The rows keep their stored type: rows of 8
    bits need a quarter of the memory and of the loading time.
    """

    def __init__(self, table: Rows, weights: Vectors, tokenizer: WordTokenizer) -> None:
        self._table = table
        self._weights = weights
        self.counter = tokenizer

    @property
    def dimension(self) -> int:
        return int(self._table.shape[1])

    @property
    def size(self) -> int:
        """Return the number of pieces."""
        return int(self._table.shape[0])

    def count_pieces(self, word: str) -> int:
        """Return the number of pieces of a word: 1 for a common word, more for a misspelt one."""
        return len(self.counter.tokenise([word])[0])

    def knows(self, word: str) -> bool:
        """Return whether a word has a piece that means something."""
        return any(piece != self.counter.unknown for piece in self.counter.tokenise([word])[0])

    def pool(self, texts: Sequence[PieceCounts]) -> Vectors:
        """Return the unit vector of each text; zeros for a text without pieces."""
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        for row, (pieces, counts) in enumerate(texts):
            # One sum for each text: np.add.reduceat over all texts was ten times slower.
            np.matmul(self._weights[pieces] * counts, self._rows(pieces), out=vectors[row])
        norms = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
        vectors /= np.maximum(norms, np.float32(1e-12))[:, None]
        return vectors

    def prepare_query(self, text: str) -> TableQuery:
        """Return the query, ready to be compared with texts."""
        return TableQuery(self._table, self._weights, self._lengths, self.counter, text)

    def _rows(self, pieces: npt.NDArray[np.integer]) -> Vectors:
        return np.asarray(self._table.take(pieces, axis=0), dtype=np.float32)

    @cached_property
    def _lengths(self) -> Vectors:
        """Return the length of every row; only the comparison of queries needs it."""
        parts = np.array_split(self._table, -(-len(self._table) // 10_000))
        lengths = [np.linalg.norm(part.astype(np.float32), axis=1) for part in parts]
        return np.asarray(np.maximum(np.concatenate(lengths), 1e-12), dtype=np.float32)
