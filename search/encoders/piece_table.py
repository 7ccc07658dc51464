"""A static table: one vector for each word piece, that texts are encoded and compared by.

A text's own vector is the direction of the sum of its pieces'. What a sum over a whole passage
blurs, such as the one name asked for in another language, stands out where it is read piece by
piece: each piece of the query looks for the piece of the text that is nearest to it, and the text's
score is the mean of these best cosines, weighed by how much each piece of the query says: the
square of its row's length, which training grows with how much the piece tells apart. Late
interaction as in ColBERT (Khattab and Zaharia 2020), without a transformer.
"""

from collections.abc import Sequence
from functools import cached_property
from itertools import chain

import numpy as np
import numpy.typing as npt

from search.encoders.identity import Held, Pieces, Vectors
from search.encoders.words import WordTokenizer

Scores = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int8] | npt.NDArray[np.float32]


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

    def count_pieces(self, word: str) -> int:
        """Tell in how many pieces a word is known: a common one is one, a misspelt one several."""
        return len(self.counter.tokenise([word])[0])

    def knows(self, word: str) -> bool:
        """Tell whether a word has a piece that means something."""
        return any(piece != self.counter.unknown for piece in self.counter.tokenise([word])[0])

    def information(self, text: str) -> float:
        """Tell how much the pieces of a text tell apart: the mean squared length of their rows."""
        pieces = sorted(set(self.counter.tokenise([text])[0]))
        return (
            float(np.mean((self._lengths[pieces] * self._weights[pieces]) ** 2)) if pieces else 0.0
        )

    def pool(self, texts: Sequence[Held]) -> Vectors:
        """Give the unit vector of each text; zeros for one without pieces."""
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        for row, (pieces, counts) in enumerate(texts):
            # One sum a text: np.add.reduceat over all of them was ten times slower.
            np.matmul(self._weights[pieces] * counts, self._rows(pieces), out=vectors[row])
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        vectors /= np.maximum(norms, np.float32(1e-12))
        return vectors

    def compare(self, query: str, held: Sequence[Pieces]) -> Scores:
        """Give a row for each text, a column for each piece of the query: its share of the score.

        A row sums to the text's score, from -1 to 1; the best of several rows, column by column, to
        that of the texts together. No column where the query has no known piece.
        """
        [(asked, _)] = self.counter.count([query])
        counts = np.array([len(pieces) for pieces in held], dtype=np.int64)
        shares = np.zeros((len(held), len(asked)), dtype=np.float32)
        filled = counts > 0
        if not len(asked) or not filled.any():
            return shares
        best = np.maximum.reduceat(
            self._cosines(asked, np.concatenate(held)),
            np.concatenate([[0], np.cumsum(counts[filled])[:-1]]),
            axis=0,
        )
        weights = (self._lengths[asked] * self._weights[asked]) ** 2
        shares[filled] = best * (weights / weights.sum())
        return shares

    def compare_words(self, asked: Sequence[str], words: Sequence[str]) -> tuple[Vectors, Vectors]:
        """Give the cosine of each word to each of `asked`, and how much each of `asked` says.

        Words hold no white space. A word is the sum of its pieces, its length taken as if they
        stood at right angles: within a twentieth for most, and the sums would take four times as
        long.
        """
        pieces_by_word = self.counter.tokenise_each([*asked, *words])
        counts = np.fromiter(map(len, pieces_by_word), np.int64, len(pieces_by_word))
        pieces = np.fromiter(chain.from_iterable(pieces_by_word), np.int64, int(counts.sum()))
        rows, weights, first = self._rows(pieces), self._weights[pieces], len(asked)
        squares = _sum_parts(np.square(self._lengths[pieces] * weights)[:, None], counts)
        lengths: Vectors = np.sqrt(np.maximum(squares, np.float32(1e-12)))
        of_asked = int(counts[:first].sum())
        queried = _sum_parts(rows[:of_asked] * weights[:of_asked, None], counts[:first])
        queried /= lengths[:first]
        dots: Vectors = rows[of_asked:] @ queried.T
        dots *= weights[of_asked:, None]
        cosines = _sum_parts(dots, counts[first:])
        cosines /= lengths[first:]
        return cosines, squares[:first, 0]

    def _rows(self, pieces: npt.NDArray[np.integer]) -> Vectors:
        return np.asarray(self._table.take(pieces, axis=0), dtype=np.float32)

    @cached_property
    def _lengths(self) -> Vectors:
        """The length of every row, for reading; encoding alone never asks for it."""
        parts = np.array_split(self._table, -(-len(self._table) // 10_000))
        lengths = [np.linalg.norm(part.astype(np.float32), axis=1) for part in parts]
        return np.asarray(np.maximum(np.concatenate(lengths), 1e-12), dtype=np.float32)

    def _cosines(self, asked: Pieces, held: Pieces) -> Vectors:
        """Give the cosine of each of `held` to each piece of the query, repeats computed once."""
        seen = np.zeros(len(self._table), dtype=bool)
        seen[held] = True
        distinct = np.flatnonzero(seen)
        place = np.empty(len(self._table), dtype=np.int32)
        place[distinct] = np.arange(len(distinct), dtype=np.int32)
        queried, known = self._rows(asked), self._rows(distinct)
        cosines = known @ (queried / self._lengths[asked, None]).T / self._lengths[distinct, None]
        return np.asarray(cosines.take(place[held], axis=0), dtype=np.float32)


def _sum_parts(rows: Vectors, counts: npt.NDArray[np.int64]) -> Vectors:
    """Add up the first `counts[0]` rows, the next `counts[1]` and so on."""
    sums = np.zeros((len(counts), rows.shape[1]), dtype=np.float32)
    is_held = counts > 0
    if is_held.any():
        sums[is_held] = np.add.reduceat(rows, (np.cumsum(counts) - counts)[is_held])
    return sums
