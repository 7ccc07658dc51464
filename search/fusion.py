"""Merges a lexical and a semantic ranking into one: a convex mix of per-query normalised scores.

Pure.

Scores are mixed, not ranks: one side is stronger than the other, and reciprocal ranks throw away by
how much (Bruch, Gai and Ingber 2023, "An Analysis of Fusion Functions for Hybrid Retrieval"). Each
side is normalised by the mean and deviation of its scores over the candidates of both: what counts
is how far a passage stands out from the others that the same query found.
"""

from collections.abc import Mapping
from statistics import fmean, pstdev

# Where the words settle a query the lexical side leads; where they hardly match (a French query
# over Arabic text, other words for the same thing) the vectors do. Chosen among 16 settings so that
# on XQuAD, MLQA, NTREX and known-item search the mix is nowhere below the better side by .005.
_WEIGHT_IF_STRONG = 0.3
_WEIGHT_IF_SILENT = 0.9
_STRONG = 0.3


def weigh_semantic(lexical_strength: float) -> float:
    """Give the semantic side's share of the mix, from how well the words matched at best.

    `lexical_strength` is 0 to 1: the best passage's score over what one with every term could have.
    """
    confidence = min(1.0, lexical_strength / _STRONG)
    return _WEIGHT_IF_SILENT + (_WEIGHT_IF_STRONG - _WEIGHT_IF_SILENT) * confidence


def mix(
    lexical: Mapping[int, float],
    semantic: Mapping[int, float],
    *,
    semantic_weight: float,
    lexical_floor: float = 0.0,
) -> dict[int, float]:
    """Score every passage of either side.

    A side where all are equal, or that found nothing, decides nothing.

    `lexical_floor` is the score of a passage that is missing from `lexical`; one missing from
    `semantic` counts as the last there.
    """
    passage_ids = list({**lexical, **semantic})
    semantic_floor = min(semantic.values(), default=0.0)
    lexical_scores = _standardise([lexical.get(p, lexical_floor) for p in passage_ids])
    semantic_scores = _standardise([semantic.get(p, semantic_floor) for p in passage_ids])
    return {
        passage_id: (1 - semantic_weight) * by_words + semantic_weight * by_meaning
        for passage_id, by_words, by_meaning in zip(
            passage_ids, lexical_scores, semantic_scores, strict=True
        )
    }


def _standardise(scores: list[float]) -> list[float]:
    if not scores:
        return []
    mean = fmean(scores)
    deviation = pstdev(scores, mean)
    if deviation < 1e-9:
        return [0.0] * len(scores)
    return [(score - mean) / deviation for score in scores]
