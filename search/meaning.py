"""The semantic side of a query: its vector on each level, the nearest passages, their scores."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from search.encoders.identity import Encoder, Vectors
from search.index import Index, Level, VectorRanking
from search.index.candidates import Candidates
from search.plan import Scope
from search.ranking.levels import score_by_both
from search.ranking.rankings import SEMANTIC_DEPTH, Ranking, semantic_ranking, to_compare


class QueryVectors(NamedTuple):
    """A query on the levels that an archive has; `context` is None where it has but one."""

    base: Vectors
    context: Vectors | None


class Nearest(NamedTuple):
    """The passages nearest to a query on each level where it has a vector that says something."""

    base: VectorRanking | None
    context: VectorRanking | None

    @property
    def searched(self) -> int:
        """The number of passages that were searched by vector."""
        return max((found.searched for found in self if found is not None), default=0)


def encode(texts: Sequence[str], encoder: Encoder, index: Index) -> Iterator[QueryVectors]:
    """Yield the vectors of each text, encoded together."""
    if not texts:
        return
    base, context = encoder.encode_queries(texts), None
    if encoder.context is not None and index.identity.encoded:
        context = encoder.context.encode_queries(texts)
    for row in range(len(texts)):
        yield QueryVectors(base[row], None if context is None else context[row])


def find_nearest(index: Index, vectors: QueryVectors | None, scope: Scope) -> Nearest:
    """Find the passages nearest to a query; none where it is asked by words alone."""
    if vectors is None:
        return Nearest(None, None)
    base = context = None
    if vectors.base.any():
        base = index.rank_by_vector(vectors.base, scope, SEMANTIC_DEPTH)
    if vectors.context is not None and vectors.context.any():
        context = index.rank_by_vector(vectors.context, scope, SEMANTIC_DEPTH, Level.CONTEXT)
    return Nearest(base, context)


def rank_by_meaning(
    index: Index, vectors: QueryVectors | None, nearest: Nearest, by_words: Candidates
) -> Ranking:
    """Rank the nearest passages, and beside them the best that the words found."""
    if vectors is None or (nearest.base is None and nearest.context is None):
        return Ranking.empty()
    is_exact = nearest.searched <= SEMANTIC_DEPTH
    if nearest.context is None or vectors.context is None:
        assert nearest.base is not None
        compared = to_compare(by_words, nearest.base.candidates)
        scores = index.similarities(vectors.base, compared)
        found = nearest.base.candidates.joined(compared.with_score(scores.astype(np.float64)))
        return semantic_ranking(found, is_exact=is_exact)
    found = nearest.context.candidates
    if nearest.base is not None:
        found = found.joined(to_compare(nearest.base.candidates, found))
    found = found.joined(to_compare(by_words, found))
    base = index.similarities(vectors.base, found)
    context = index.similarities(vectors.context, found, Level.CONTEXT)
    return semantic_ranking(found.with_score(score_by_both(base, context)), is_exact=is_exact)
