"""Compare a query with texts piece by piece: late interaction.

The mean vector of a passage blurs details, such as the only name of a query in another language,
that stand out in a comparison of pieces. For each piece of the query, the nearest piece of the text
is found, and the score of the text is the weighted mean of these best cosines. The weight of a
piece is the square of its row's length, which training increases for pieces that discriminate. The
method is that of ColBERT (Khattab and Zaharia 2020), without a transformer, and with an upper bound
on cosines, so that a literal match scores no higher than a good translation.
"""

from collections.abc import Sequence
from itertools import chain

import numpy as np
import numpy.typing as npt

from search.encoders.identity import PieceLists, Vectors
from search.encoders.word_tokenizer import WordTokenizer
from search.errors import ArchiveError

Rows = npt.NDArray[np.int8] | npt.NDArray[np.float32]

# Products of one multiplication. For more, OpenBLAS starts its threads; this few rows stay in the
# cache. In a service, where it has one thread, 512 rows at once would save .3 ms; in any other
# process, on a busy machine, they slowed a query from 15 ms to 80 ms.
_PRODUCTS_AT_ONCE = 4 * 65536
# The cosine from which on a piece counts as found. The same piece has 1, a translation or a synonym
# about this value: the lexical side scores literal matches, and a second reward hides texts with
# other words. Without the bound, paraphrases in the sample lost .07, questions in one language
# among passages of two .09 and .14; between .5 and .6 all figures are within .01.
FOUND_COSINE = 0.55


class TableQuery:
    """A query that compares each distinct piece of texts once with its own; for a single thread.

    `lengths` are the lengths of the rows of `table`, without `weights`.
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

    def score_pieces(self, texts: PieceLists) -> Vectors:
        """Return the shares of the query's pieces in each text's score, `(texts, query pieces)`.

        A row sums to the score of its text, from -1 to .55, where every piece is found. The maxima
        of several rows, column by column, sum to the score of these texts together. Without a known
        piece of the query there are no columns.

        Raises:
            ArchiveError: the texts hold pieces that are not in the table.
        """
        shares = np.zeros((len(texts.counts), len(self._query_pieces)), dtype=np.float32)
        if not len(self._query_pieces) or not len(texts.pieces):
            return shares
        if int(texts.pieces.max()) >= len(self._table):
            raise ArchiveError(
                f"the archive holds word piece {texts.pieces.max()}, the encoder knows"
                f" {len(self._table)}: its .pieces files are damaged; `python -m indexer check`"
                " names them, `reencode` rewrites them"
            )
        filled = texts.counts > 0
        begins = (np.cumsum(texts.counts) - texts.counts)[filled]
        best = np.maximum.reduceat(self._cosines_of(texts.pieces), begins, axis=0)
        weights = (self._lengths[self._query_pieces] * self._weights[self._query_pieces]) ** 2
        shares[filled] = np.minimum(best, FOUND_COSINE) * (weights / weights.sum())
        return shares

    def score_words(
        self, query_words: Sequence[str], words: Sequence[str]
    ) -> tuple[Vectors, Vectors]:
        """Return the cosine of each word to each word of the query, and the weights of the latter.

        The shapes are `(words, query words)` and `(query words,)`. Words hold no white space. A
        word is the sum of its pieces. Its length is computed as if the pieces were orthogonal,
        which is within a twentieth for most words; exact lengths take four times as long.
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
        """Return the piece count of each word, all pieces, their lengths, and those of words."""
        pieces_by_word = self._tokenizer.tokenise_each(words)
        counts = np.fromiter(map(len, pieces_by_word), np.int64, len(pieces_by_word))
        pieces = np.fromiter(chain.from_iterable(pieces_by_word), np.int64, int(counts.sum()))
        strengths: Vectors = self._lengths[pieces] * self._weights[pieces]
        squares = _sum_parts(np.square(strengths)[:, None], counts)[:, 0]
        lengths: Vectors = np.sqrt(np.maximum(squares, np.float32(1e-12)))
        return counts, pieces, strengths, lengths

    def _cosines_of(self, pieces: npt.NDArray[np.integer]) -> Vectors:
        """Return the cosine of each piece to each piece of the query, `(pieces, query pieces)`."""
        places = self._place[pieces]
        if places.min(initial=0) < 0:
            self._add(pieces[places < 0])
            places = self._place[pieces]
        cosines: Vectors = self._cosines.take(places, axis=0)
        return cosines

    def _add(self, pieces: npt.NDArray[np.integer]) -> None:
        """Compute and store the cosines of new pieces; `pieces` may hold duplicates."""
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
    """Sum the first `counts[0]` rows, the next `counts[1]`, and so on: one row for each count."""
    sums = np.zeros((len(counts), rows.shape[1]), dtype=np.float32)
    has_pieces = counts > 0
    if has_pieces.any():
        sums[has_pieces] = np.add.reduceat(rows, (np.cumsum(counts) - counts)[has_pieces])
    return sums
