"""Semantic search: encode a query, find the nearest passages, and rank them by their scores."""

from collections.abc import Sequence
from functools import reduce
from typing import NamedTuple

import numpy as np

from search.encoders.identity import Encoder, Vectors
from search.index import Index, Level, VectorRanking
from search.index.candidates import Candidates, Mask
from search.plan import Scope
from search.ranking.levels import score_by_both
from search.ranking.rankings import SEMANTIC_DEPTH, Ranking, candidates_to_score, semantic_ranking
from search.records import Passage


class LevelVectors(NamedTuple):
    """The vectors of a query or a document, one for each level.

    `context` is None where the second level has no vector.
    """

    base: Vectors
    context: Vectors | None


class DocumentVectors(NamedTuple):
    """The mean vectors of documents, one for each level: a unit row for each document.

    A row of `context` is NaN where a passage has no vector of the second level. `context` is None
    where the archive has none.
    """

    base: Vectors
    context: Vectors | None

    def take(self, documents: Mask) -> "DocumentVectors":
        """Return the rows of some of the documents."""
        context = None if self.context is None else self.context[documents]
        return DocumentVectors(self.base[documents], context)

    def joined(self, other: "DocumentVectors") -> "DocumentVectors":
        """Return these rows, followed by those of other documents of the same index."""
        context = None
        if self.context is not None and other.context is not None:
            context = np.concatenate([self.context, other.context])
        return DocumentVectors(np.concatenate([self.base, other.base]), context)

    def mean(self) -> LevelVectors:
        """Return the mean direction of the rows."""
        context = self.context
        if context is not None:
            context = context[~np.isnan(context).any(axis=1)]
        return LevelVectors(
            _unit(self.base.mean(axis=0)),
            _unit(context.mean(axis=0)) if context is not None and len(context) else None,
        )


class Nearest(NamedTuple):
    """The passages nearest to a query on each level; None where its vector is missing or zero.

    `weight` is that of the second level beside the first, 0 to 1.
    """

    vectors: LevelVectors
    weight: float
    base: VectorRanking | None
    context: VectorRanking | None

    @property
    def searched(self) -> int:
        """Return the number of passages that were searched by vector."""
        return max((level.searched for level in (self.base, self.context) if level), default=0)

    @property
    def best_of_context(self) -> float | None:
        """Return the cosine of the nearest passage of the second level; None if there is none."""
        if self.context is None or not len(self.context.candidates):
            return None
        return float(self.context.candidates.score[0])


def find_nearest(vectors: LevelVectors, encoder: Encoder, index: Index, scope: Scope) -> Nearest:
    """Return the passages in scope that are nearest to the vectors, on each level."""
    base = context = None
    if vectors.base.any():
        base = index.rank_by_vector(vectors.base, scope, SEMANTIC_DEPTH)
    if vectors.context is not None and vectors.context.any():
        context = index.rank_by_vector(vectors.context, scope, SEMANTIC_DEPTH, Level.CONTEXT)
    weight = 0.0 if encoder.context is None else encoder.context.profile.weight_beside_table
    return Nearest(vectors, weight, base, context)


def encode(text: str, encoder: Encoder, index: Index) -> LevelVectors:
    """Return the vectors of the text of a query."""
    [base] = encoder.encode_queries([text])
    if encoder.context is None or not has_context(encoder, index):
        return LevelVectors(base, None)
    [context] = encoder.context.encode_queries([text])
    return LevelVectors(base, context)


def has_context(encoder: Encoder, index: Index) -> bool:
    """Return whether passages have vectors of the second level, and queries can have them."""
    return encoder.context is not None and bool(index.identity.encoded)


def rank_by_meaning(index: Index, nearest: Nearest, by_words: Candidates) -> Ranking:
    """Rank the nearest passages together with the best candidates of the search by words."""
    vectors = nearest.vectors
    if nearest.base is None and nearest.context is None:
        return Ranking.empty()
    is_exact = nearest.searched <= SEMANTIC_DEPTH
    if nearest.context is None or vectors.context is None:
        assert nearest.base is not None
        compared = candidates_to_score(by_words, nearest.base.candidates)
        scores = index.similarities(vectors.base, compared)
        candidates = nearest.base.candidates.joined(compared.with_score(scores.astype(np.float64)))
        return semantic_ranking(candidates, is_exact=is_exact)
    candidates = nearest.context.candidates
    if nearest.base is not None:
        candidates = candidates.joined(candidates_to_score(nearest.base.candidates, candidates))
    candidates = candidates.joined(candidates_to_score(by_words, candidates))
    base = index.similarities(vectors.base, candidates)
    context = index.similarities(vectors.context, candidates, Level.CONTEXT)
    candidates = candidates.with_score(score_by_both(base, context, weight=nearest.weight))
    return semantic_ranking(candidates, is_exact=is_exact)


def mean_vectors(index: Index, runs: Sequence[Candidates], encoder: Encoder) -> DocumentVectors:
    """Return the mean vectors of documents from the passages of each, of which there are some."""
    if not runs:
        return DocumentVectors(np.empty((0, 0), np.float32), None)
    passages = reduce(lambda before, run: before.joined(run), runs)
    begins = np.cumsum([0, *map(len, runs[:-1])])
    context = None
    if has_context(encoder, index):
        context = _unit(np.add.reduceat(index.vectors(passages, Level.CONTEXT), begins, axis=0))
    return DocumentVectors(_unit(np.add.reduceat(index.vectors(passages), begins, axis=0)), context)


def _unit(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.ascontiguousarray(vectors / np.maximum(lengths, 1e-12))


def nearest_passage(index: Index, doc_id: str, vectors: LevelVectors) -> Passage | None:
    """Return the passage of a document that is nearest to a query.

    The second level decides where it has a vector of every passage. None where the document has
    fewer than two passages, or the query has no vector.
    """
    own = index.passages_of(doc_id)
    if len(own) < 2:
        return None
    scores = index.similarities(vectors.base, own)
    if vectors.context is not None:
        context = index.similarities(vectors.context, own, Level.CONTEXT)
        scores = scores if np.isnan(context).any() else context
    if not scores.any():
        return None
    nearest = int(scores.argmax())
    [stored] = index.passages(own.take(slice(nearest, nearest + 1)))
    return None if stored is None else stored[0]
