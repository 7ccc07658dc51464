"""Rerank the best documents by late interaction around their best passage.

The late interaction (ColBERT's MaxSim, Khattab and Zaharia 2020) covers the passages around the
candidate and the first passage of its document. Its scores are added to the fused score.
All functions are pure.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from search.encoders.identity import PieceLists, Vectors
from search.index import PassageWindows
from search.index.candidates import Candidates, Scores
from search.ranking.fusion import standardise

REACH = 2  # passages that are read on either side of a candidate
# Number of documents to rerank, at about 0.1 ms each. Where the words settle a query, 30 documents
# changed the mean of 13 collections by .0002; in mixed languages 60 instead of 100 lost .013.
_DEPTH_IF_TRUSTED, _DEPTH_IF_NOT = 20, 100
# Weights relative to the fused score, all standardised over these documents. They were fitted on
# 2,450 queries from 1,500 news titles: titles .805 -> .810, titles without the first sentence's
# words .176 -> .181. Scores of either side, second passages and exact matches added <= .003.
_WHOLE_WEIGHT, _LEAD_WEIGHT, _LENGTH_WEIGHT = 0.9, 0.9, 0.4


class InteractionScores(NamedTuple):
    """The scores of documents by late interaction."""

    document_scores: Scores  # added to the document's standardised score
    passages: Scores  # scores of the candidates themselves, -1 to the highest of the encoder


def rerank_depth(trust: float) -> int:
    """Return the number of documents to rerank; `trust` is the trust in the words, 0 to 1."""
    return round(_DEPTH_IF_NOT + (_DEPTH_IF_TRUSTED - _DEPTH_IF_NOT) * trust)


def score_by_interaction(
    around: PassageWindows, score_pieces: Callable[[PieceLists], Vectors]
) -> InteractionScores:
    """Score documents by the passages around their candidates.

    `score_pieces` returns, for each passage, the share of each piece of the query in its score.
    """
    count = len(around.begins)
    shares = score_pieces(around.tokens)
    if not shares.size:
        return InteractionScores(np.zeros(count), np.zeros(count))
    whole = np.maximum.reduceat(shares, around.begins, axis=0).sum(axis=1, dtype=np.float64)
    own, lead = (shares[rows].sum(axis=1, dtype=np.float64) for rows in (around.own, around.begins))
    length = np.log(np.diff(around.begins, append=len(around.tokens.counts)))
    document_scores = (
        _WHOLE_WEIGHT * standardise(whole)
        + _LEAD_WEIGHT * standardise(lead)
        - _LENGTH_WEIGHT * standardise(length)
    )
    return InteractionScores(document_scores, own)


def rerank(documents: Candidates, document_scores: Scores) -> Candidates:
    """Return the documents ordered by the sum of the fused score and the score of late interaction.

    `document_scores` holds a score for each of the first documents; the others get the least of
    these scores.
    """
    if not len(document_scores):
        return documents
    scores = standardise(documents.score, among=len(document_scores))
    scores += document_scores.min()
    scores[: len(document_scores)] += document_scores - document_scores.min()
    return in_order_of(documents, scores)


def in_order_of(documents: Candidates, scores: Scores) -> Candidates:
    """Return the documents ordered by new scores; documents of equal score keep their order."""
    order = np.argsort(-scores, kind="stable")
    return documents.take(order).with_score(scores[order])
