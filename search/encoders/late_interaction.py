"""A query that texts are read against piece by piece.

What a sum over a whole passage blurs, such as the one name asked for in another language, stands
out where it is read piece by piece: each piece of the query looks for the piece of the text that is
nearest to it, and the text's score is the mean of these best cosines, weighed by how much each
piece of the query says: the square of its row's length, which training grows with how much the
piece tells apart. Late interaction as in ColBERT (Khattab and Zaharia 2020), without a transformer,
and with a cosine that no literal match exceeds a good translation by.
"""

from collections.abc import Sequence
from itertools import chain

import numpy as np
import numpy.typing as npt

from search.encoders.identity import TokenLists, Vectors
from search.encoders.word_tokenizer import WordTokenizer
from search.errors import ArchiveError

Rows = npt.NDArray[np.int8] | npt.NDArray[np.float32]

# Products of one multiplication: OpenBLAS wakes its threads for more, and so few rows stay near the
# processor. In a service, which gives it one thread, 512 rows at once would spare .3 ms; in any
# other process, on a busy machine, they took a query from 15 ms to 80.
_PRODUCTS_AT_ONCE = 4 * 65536
# A cosine from where on a piece is found. Its very self is at 1, a translation or a synonym about
# here: that the text has the query's own words is the lexical side's to say, and said twice it
# hides the text that has others. Without the bound paraphrases among the sample lost .07, questions
# in one language among passages of both .09 and .14; between .5 and .6 all is within .01.
FOUND = 0.55


class TableQuery:
    """Compares the pieces of one query with those of texts, each piece once. For one thread.

    `lengths` are those of the rows of `table`, as they are without `weights`.
    """

    def __init__(
        self,
        table: Rows,
        weights: Vectors,
        lengths: Vectors,
        tokenizer: WordTokenizer,
        text: str,
    ) -> None:
        self._table = table
        self._weights = weights
        self._lengths = lengths
        self._tokenizer = tokenizer
        [(self._query_pieces, _)] = tokenizer.count([text])
        rows = table[self._query_pieces] / lengths[self._query_pieces, None]
        self._rows: Vectors = np.ascontiguousarray(rows.T, dtype=np.float32)
        self._place = np.full(len(table), -1, dtype=np.int32)  # of each piece in `_cosines`
        self._cosines: Vectors = np.empty((0, len(self._query_pieces)), dtype=np.float32)

    def compare(self, texts: TokenLists) -> Vectors:
        """Return a row for each text, a column for each piece of the query: its share of the score.

        A row sums to the text's score, from -1 to .55, where every piece is found; the best of
        several rows, column by column, to that of the texts together. No column where the query has
        no known piece.

        Raises:
            ArchiveError: the texts hold pieces that the table has no row of.
        """
        shares = np.zeros((len(texts.counts), len(self._query_pieces)), dtype=np.float32)
        if not len(self._query_pieces) or not len(texts.pieces):
            return shares
        if int(texts.pieces.max()) >= len(self._table):
            raise ArchiveError(
                f"the archive holds word piece {texts.pieces.max()}, the encoder knows"
                f" {len(self._table)}: its .pieces files are damaged; `python -m indexer check`"
                " names them, `reencode` writes them anew"
            )
        filled = texts.counts > 0
        begins = (np.cumsum(texts.counts) - texts.counts)[filled]
        best = np.maximum.reduceat(self._cosines_of(texts.pieces), begins, axis=0)
        weights = (self._lengths[self._query_pieces] * self._weights[self._query_pieces]) ** 2
        shares[filled] = np.minimum(best, FOUND) * (weights / weights.sum())
        return shares

    def compare_words(
        self, query_words: Sequence[str], words: Sequence[str]
    ) -> tuple[Vectors, Vectors]:
        """Return the cosine of each word to each word of the query, and the weight of the latter.

        `(words, query words)` and `(query words,)`. Words hold no white space. A word is the sum
        of its pieces, its length taken as if they stood at right angles: within a twentieth for
        most, and the sums would take four times as long.
        """
        counts, pieces, strengths, lengths = self._sums_of(words)
        own_counts, own_pieces, own_strengths, own_lengths = self._sums_of(query_words)
        column = {int(piece): place for place, piece in enumerate(self._query_pieces)}
        shares = np.zeros((len(self._query_pieces), len(query_words)), dtype=np.float32)
        columns = np.fromiter(map(column.__getitem__, own_pieces.tolist()), np.int64)
        word = np.repeat(np.arange(len(query_words)), own_counts)
        np.add.at(shares, (columns, word), own_strengths)
        dots: Vectors = self._cosines_of(pieces) @ (shares / own_lengths)
        dots *= strengths[:, None]
        cosines = _sum_parts(dots, counts)
        cosines /= lengths[:, None]
        return cosines, own_lengths**2

    def _sums_of(
        self, words: Sequence[str]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], Vectors, Vectors]:
        """Return how many pieces each word has, all of them, their lengths, and the words' own."""
        pieces_by_word = self._tokenizer.tokenise_each(words)
        counts = np.fromiter(map(len, pieces_by_word), np.int64, len(pieces_by_word))
        pieces = np.fromiter(chain.from_iterable(pieces_by_word), np.int64, int(counts.sum()))
        strengths: Vectors = self._lengths[pieces] * self._weights[pieces]
        squares = _sum_parts(np.square(strengths)[:, None], counts)[:, 0]
        lengths: Vectors = np.sqrt(np.maximum(squares, np.float32(1e-12)))
        return counts, pieces, strengths, lengths

    def _cosines_of(self, pieces: npt.NDArray[np.integer]) -> Vectors:
        """Return the cosine of each piece to each of the query's, `(pieces, of the query)`."""
        places = self._place[pieces]
        if places.min(initial=0) < 0:
            self._add(pieces[places < 0])
            places = self._place[pieces]
        cosines: Vectors = self._cosines.take(places, axis=0)
        return cosines

    def _add(self, pieces: npt.NDArray[np.integer]) -> None:
        """Compute the cosines of pieces that were not compared before; they may be repeated."""
        is_new = np.zeros(len(self._table), dtype=bool)
        is_new[pieces] = True
        new = np.flatnonzero(is_new)
        before = len(self._cosines)
        cosines = np.empty((before + len(new), len(self._query_pieces)), dtype=np.float32)
        cosines[:before] = self._cosines
        added = cosines[before:]
        at_once = max(16, _PRODUCTS_AT_ONCE // max(1, self._rows.size))
        rows = np.empty((at_once, self._table.shape[1]), dtype=np.float32)
        for start in range(0, len(new), at_once):
            part = new[start : start + at_once]
            rows[: len(part)] = self._table.take(part, axis=0)
            np.matmul(rows[: len(part)], self._rows, out=added[start : start + at_once])
        added /= self._lengths[new, None]
        self._place[new] = np.arange(before, len(cosines), dtype=np.int32)
        self._cosines = cosines


def _sum_parts(rows: Vectors, counts: npt.NDArray[np.int64]) -> Vectors:
    """Add up the first `counts[0]` rows, the next `counts[1]` and so on."""
    sums = np.zeros((len(counts), rows.shape[1]), dtype=np.float32)
    has_pieces = counts > 0
    if has_pieces.any():
        sums[has_pieces] = np.add.reduceat(rows, (np.cumsum(counts) - counts)[has_pieces])
    return sums
