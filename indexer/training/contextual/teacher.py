"""Teach a transformer with the fused system's ranking of the passages of a batch.

The fused system mixes words (BM25) and late interaction over the static table, as the search does.
The student is drawn to the teacher's distribution (listwise, Kullback-Leibler) only for the kinds
of queries that the fused system ranks well: it cannot rank for queries that share no word with
their passage.
"""

import numpy as np
import torch
from torch.nn import functional

from indexer.training.contextual.sampling import ContextualBatch
from indexer.training.contextual.similar import Scores, WordIndex
from search.encoders.identity import PieceLists
from search.encoders.late_interaction import FOUND_COSINE
from search.encoders.static import StaticEncoder

TAUGHT = frozenset({"title", "abstract", "sentence", "keywords", "misspelt", "question"})
TEMPERATURE = 0.1
_WORDS_SHARE = 0.5


class FusedTeacher:
    """Scores the passages of a batch, 0 to 1."""

    def __init__(self, table: StaticEncoder, idf: Scores) -> None:
        self._table = table
        self._idf = idf

    def loss(self, batch: ContextualBatch, scores: torch.Tensor) -> torch.Tensor:
        """Return the divergence of `scores` from the teacher's ranking; 0 if none is taught."""
        rows = [row for row, kind in enumerate(batch.kinds) if kind in TAUGHT]
        if not rows:
            return scores.sum() * 0
        taught = torch.from_numpy(self.score([batch.left[row] for row in rows], batch.right))
        mask = torch.from_numpy(batch.alike[rows])
        target = (taught / TEMPERATURE).masked_fill(mask, -torch.inf).softmax(dim=1)
        student = scores[rows].masked_fill(mask, -1e4).log_softmax(dim=1)
        return functional.kl_div(student, target, reduction="batchmean")

    def score(self, queries: list[str], passages: list[str]) -> Scores:
        """Return the fused score of each passage for each query, `(queries, passages)`."""
        counter = self._table.pieces.counter
        counts = counter.count(passages)
        lists = PieceLists.joined([text.pieces for text in counts])
        words = WordIndex(counts, len(self._idf), self._idf)
        scores = np.empty((len(queries), len(passages)), dtype=np.float32)
        for row, query in enumerate(counter.count(queries)):
            word_scores = words.score(query.pieces)
            comparison = self._table.pieces.prepare_query(queries[row]).score_pieces(lists)
            interaction_scores = comparison.sum(axis=1) / FOUND_COSINE
            best = max(float(word_scores.max(initial=0)), 1e-6)
            scores[row] = (
                _WORDS_SHARE * word_scores / best + (1 - _WORDS_SHARE) * interaction_scores
            )
        return scores
