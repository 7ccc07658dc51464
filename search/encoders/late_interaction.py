"""Compares a query with texts word by word in meaning, over the rows of a static table.

Each word piece of the query looks for the piece of the text that is nearest to it; the text's
score is the mean of these best cosines, weighed by how much each piece of the query says: the
square of its row's length, which training grows with how much the piece tells apart. Late
interaction as in ColBERT (Khattab and Zaharia 2020), without a transformer. What a mean over a
whole passage blurs, such as the one name asked for in another language, stands out here.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from search.encoders.identity import Vectors
from search.encoders.words import WordTokenizer

Scores = npt.NDArray[np.float32]


class LateInteraction:
    """Scores texts with the rows of `table`, `(tokens, dimension)`."""

    def __init__(self, table: Vectors, tokenizer: WordTokenizer) -> None:
        self._table = table
        self._tokenizer = tokenizer
        self._lengths = np.maximum(np.linalg.norm(table, axis=1), np.float32(1e-12))

    def count_pieces(self, word: str) -> int:
        """Tell in how many pieces a word is known: a common one is one, a misspelt one several."""
        return len(self._tokenizer.tokenise([word])[0])

    def score(self, query: str, texts: Sequence[str]) -> Scores:
        """Give each text's score, from -1 to 1; 0 for all where the query has no known piece."""
        asked, *held = self._tokenizer.tokenise([query, *texts])
        pieces = np.unique(np.array(asked, dtype=np.int64))
        counts = np.array([len(tokens) for tokens in held], dtype=np.int64)
        scores = np.zeros(len(texts), dtype=np.float32)
        filled = counts > 0
        if not len(pieces) or not filled.any():
            return scores
        together = np.concatenate([np.array(tokens, dtype=np.int64) for tokens in held if tokens])
        best = np.maximum.reduceat(
            self._cosines(pieces, together),
            np.concatenate([[0], np.cumsum(counts[filled])[:-1]]),
            axis=1,
        )
        weights = self._lengths[pieces] ** 2
        scores[filled] = (weights / weights.sum()) @ best
        return scores

    def _cosines(self, pieces: npt.NDArray[np.int64], held: npt.NDArray[np.int64]) -> Vectors:
        """Give the cosine of each piece of the query to each of `held`, repeats computed once."""
        seen = np.zeros(len(self._table), dtype=bool)
        seen[held] = True
        distinct = np.flatnonzero(seen)
        place = np.empty(len(self._table), dtype=np.int64)
        place[distinct] = np.arange(len(distinct))
        asked = self._table[pieces] / self._lengths[pieces, None]
        cosines = asked @ self._table[distinct].T / self._lengths[distinct]
        return np.asarray(cosines[:, place[held]], dtype=np.float32)
