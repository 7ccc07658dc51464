"""A static table: one vector for each word piece, that texts are encoded and compared by.

A text's own vector is the direction of the sum of its pieces'. What a sum over a whole passage
blurs, such as the one name asked for in another language, stands out where it is read piece by
piece: each piece of the query looks for the piece of the text that is nearest to it, and the text's
score is the mean of these best cosines, weighed by how much each piece of the query says: the
square of its row's length, which training grows with how much the piece tells apart. Late
interaction as in ColBERT (Khattab and Zaharia 2020), without a transformer.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from search.encoders.identity import Pieces, Vectors
from search.encoders.words import WordTokenizer

Scores = npt.NDArray[np.float32]


class PieceTable:
    """Encodes and scores texts with the rows of `table`, `(pieces, dimension)`."""

    def __init__(self, table: Vectors, tokenizer: WordTokenizer) -> None:
        self._table = table
        self._tokenizer = tokenizer
        self._lengths = np.maximum(np.linalg.norm(table, axis=1), np.float32(1e-12))

    @property
    def dimension(self) -> int:
        return int(self._table.shape[1])

    def tokenise(self, texts: Sequence[str]) -> list[list[int]]:
        """Give the pieces of each text, in its order."""
        return self._tokenizer.tokenise(texts)

    def count_pieces(self, word: str) -> int:
        """Tell in how many pieces a word is known: a common one is one, a misspelt one several."""
        return len(self.tokenise([word])[0])

    def pool(self, tokens: Sequence[Sequence[int]]) -> Vectors:
        """Give the unit vector of each text; zeros for one without pieces."""
        vectors = np.zeros((len(tokens), self.dimension), dtype=np.float32)
        for row, held in enumerate(tokens):
            if len(held):
                # One sum a text: np.add.reduceat over all of them was ten times slower.
                np.add.reduce(self._table[held], axis=0, out=vectors[row])
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        vectors /= np.maximum(norms, np.float32(1e-12))
        return vectors

    def score(self, query: str, held: Sequence[Pieces]) -> Scores:
        """Give the score of each text, by its pieces, from -1 to 1.

        0 for all where the query has no known piece.
        """
        asked = np.unique(np.array(self.tokenise([query])[0], dtype=np.int64))
        counts = np.array([len(pieces) for pieces in held], dtype=np.int64)
        scores = np.zeros(len(held), dtype=np.float32)
        filled = counts > 0
        if not len(asked) or not filled.any():
            return scores
        best = np.maximum.reduceat(
            self._cosines(asked, np.concatenate(held)),
            np.concatenate([[0], np.cumsum(counts[filled])[:-1]]),
            axis=0,
        )
        weights = self._lengths[asked] ** 2
        scores[filled] = best @ (weights / weights.sum())
        return scores

    def _cosines(self, asked: npt.NDArray[np.int64], held: Pieces) -> Vectors:
        """Give the cosine of each of `held` to each piece of the query, repeats computed once."""
        seen = np.zeros(len(self._table), dtype=bool)
        seen[held] = True
        distinct = np.flatnonzero(seen)
        place = np.empty(len(self._table), dtype=np.int32)
        place[distinct] = np.arange(len(distinct), dtype=np.int32)
        directions = self._table[asked] / self._lengths[asked, None]
        cosines = self._table[distinct] @ directions.T / self._lengths[distinct, None]
        return np.asarray(cosines[place[held]], dtype=np.float32)
