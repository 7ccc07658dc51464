"""Find similar articles: by words, by the static table, and by the trained model.

An article similar to another is a hard negative of the other's queries. Neighbours are not computed
ahead: a search is a pass over a matrix, a few milliseconds of a step of seconds. The model's own
neighbours come from the vectors that its last steps computed.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from indexer.training.contextual.articles import Article
from search.encoders.identity import PieceCounts
from search.encoders.static import StaticEncoder

Vectors = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int64]
Scores = npt.NDArray[np.float32]

BEGINNING_WORDS = 150  # words of an article that are compared
_K1, _B = 1.2, 0.75
_COMPARED = 20_000  # articles among which the model's own neighbours are searched
_COUNTED_AT_ONCE = 2000


class WordIndex:
    """BM25 over the word pieces of the static table, close to the search's BM25."""

    def __init__(self, texts: Sequence[PieceCounts], size: int, idf: Scores | None = None) -> None:
        """Index `texts` over `size` different pieces; `idf` defaults to that of the texts."""
        lengths = np.array([int(text.counts.sum()) for text in texts], dtype=np.float32)
        pieces = np.concatenate([text.pieces for text in texts]).astype(np.int64)
        counts = np.concatenate([text.counts for text in texts]).astype(np.float32)
        owners = np.repeat(np.arange(len(texts)), [len(text.pieces) for text in texts])
        frequencies = np.bincount(pieces, minlength=size)
        rarity = np.log1p((len(texts) - frequencies + 0.5) / (frequencies + 0.5))
        self.idf = rarity.astype(np.float32) if idf is None else idf
        longer = 1 - _B + _B * lengths / max(1.0, float(lengths.mean()))
        gains = counts * (_K1 + 1) / (counts + _K1 * longer[owners])
        order = np.argsort(pieces, kind="stable")
        self._owners = owners[order].astype(np.int32)
        self._gains = gains[order].astype(np.float16)
        self._starts = np.concatenate([[0], np.cumsum(frequencies)])
        self._count = len(texts)

    def score(self, query: npt.NDArray[np.integer]) -> Scores:
        """Return the score of every text for the distinct pieces of a query."""
        scores = np.zeros(self._count, dtype=np.float32)
        for piece in query:
            span = slice(self._starts[piece], self._starts[piece + 1])
            scores[self._owners[span]] += self.idf[piece] * self._gains[span]
        return scores


class SimilarArticles:
    """Finds articles similar to an article; `remember` keeps the model's vectors of articles."""

    def __init__(self, articles: Sequence[Article], table: StaticEncoder, width: int) -> None:
        texts = [_beginning(article) for article in articles]
        self.piece_counts: list[PieceCounts] = []
        parts = []
        for start in range(0, len(texts), _COUNTED_AT_ONCE):
            counts_of_batch = table.pieces.counter.count(texts[start : start + _COUNTED_AT_ONCE])
            parts.append(table.pieces.pool(counts_of_batch))
            self.piece_counts += counts_of_batch
        dimension = table.pieces.dimension
        self.vectors = np.concatenate([np.empty((0, dimension), np.float32), *parts])
        self._titles = [
            counts.pieces
            for counts in table.pieces.counter.count([a.title or a.body[:200] for a in articles])
        ]
        self.words = WordIndex(self.piece_counts, table.pieces.size)
        self.remembered = np.zeros((len(articles), width), dtype=np.float16)
        self.is_remembered = np.zeros(len(articles), dtype=bool)

    def remember(self, numbers: Numbers, vectors: Vectors) -> None:
        self.remembered[numbers] = vectors
        self.is_remembered[numbers] = True

    def near(
        self,
        number: int,
        count: int,
        way: str,
        rng: np.random.Generator,
        *,
        among: Numbers | None = None,
    ) -> Numbers:
        """Return the `count` articles nearest by `words`, `table` or `model`, nearest first.

        By `table`, only the articles in `among` are compared, if it is not None.
        """
        if way == "model" and self.is_remembered[number]:
            candidates = np.flatnonzero(self.is_remembered)
            if len(candidates) > _COMPARED:
                candidates = rng.choice(candidates, _COMPARED, replace=False)
            own = self.remembered[number].astype(np.float32)
            scores = self.remembered[candidates].astype(np.float32) @ own
            return candidates[_best(scores, candidates != number, count)]
        others = np.arange(len(self.vectors)) != number
        if way == "table" and among is not None:
            cosines = self.vectors[among] @ self.vectors[number]
            return among[_best(cosines, among != number, count)]
        if way == "table":
            return _best(self.vectors @ self.vectors[number], others, count)
        return _best(self.words.score(self._titles[number]), others, count)

    def cosines(self, numbers: Numbers) -> Scores:
        """Return the table's cosines of articles with one another."""
        rows = self.vectors[numbers]
        return np.asarray(rows @ rows.T, dtype=np.float32)


def _best(scores: Scores, is_allowed: npt.NDArray[np.bool_], count: int) -> Numbers:
    scores = np.where(is_allowed, scores, -np.inf)
    count = min(count, int(is_allowed.sum()))
    if not count:
        return np.empty(0, dtype=np.int64)
    best = np.argpartition(-scores, count - 1)[:count]
    return best[np.argsort(-scores[best], kind="stable")]


def _beginning(article: Article) -> str:
    words = article.body.split(maxsplit=BEGINNING_WORDS)[:BEGINNING_WORDS]
    return f"{article.title} {' '.join(words)}"
