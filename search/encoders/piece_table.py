"""A static table: one vector for each word piece, that texts are encoded by.

A text's own vector is the direction of the sum of its pieces'.
"""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from search.encoders.identity import PieceCounts, Vectors
from search.encoders.late_interaction import Rows, TableQuery
from search.encoders.word_tokenizer import WordTokenizer


class PieceTable:
    """Encodes and scores texts with the rows of `table`, `(pieces, dimension)`.

    A piece's vector is its row times its weight. The rows stay as they are stored, in a quarter of
    the memory, and of the time to load them, where they are of 8 bits.
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
        """The number of pieces."""
        return int(self._table.shape[0])

    def count_pieces(self, word: str) -> int:
        """Return the number of pieces of a word: 1 for a common word, more for a misspelt one."""
        return len(self.counter.tokenise([word])[0])

    def knows(self, word: str) -> bool:
        """Return whether a word has a piece that means something."""
        return any(piece != self.counter.unknown for piece in self.counter.tokenise([word])[0])

    def pool(self, texts: Sequence[PieceCounts]) -> Vectors:
        """Return the unit vector of each text; zeros for one without pieces."""
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        for row, (pieces, counts) in enumerate(texts):
            # One sum a text: np.add.reduceat over all of them was ten times slower.
            np.matmul(self._weights[pieces] * counts, self._rows(pieces), out=vectors[row])
        norms = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
        vectors /= np.maximum(norms, np.float32(1e-12))[:, None]
        return vectors

    def read_query(self, text: str) -> TableQuery:
        """Return the query, ready to be compared with texts."""
        return TableQuery(self._table, self._weights, self._lengths, self.counter, text)

    def _rows(self, pieces: npt.NDArray[np.integer]) -> Vectors:
        return np.asarray(self._table.take(pieces, axis=0), dtype=np.float32)

    @cached_property
    def _lengths(self) -> Vectors:
        """The length of every row, for reading; encoding alone never asks for it."""
        parts = np.array_split(self._table, -(-len(self._table) // 10_000))
        lengths = [np.linalg.norm(part.astype(np.float32), axis=1) for part in parts]
        return np.asarray(np.maximum(np.concatenate(lengths), 1e-12), dtype=np.float32)
