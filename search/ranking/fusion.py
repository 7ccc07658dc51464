"""Fuse a lexical and a semantic ranking by a convex mix of scores, normalised per query.

Scores are mixed, not ranks: one side is stronger than the other, and reciprocal ranks discard the
difference (Bruch, Gai and Ingber 2023, "An Analysis of Fusion Functions for Hybrid Retrieval").
Each side is normalised by the mean and standard deviation of its scores over the candidates of both
sides, so that a passage scores by how far it stands out from the other candidates of the query.
All functions are pure.
"""

import numpy as np

from search.encoders.profile import EncoderProfile
from search.index.candidates import Candidates, Keys, Mask, Order, Scores
from search.ranking.rankings import Ranking


def trust_in_words(strength: float, profile: EncoderProfile) -> float:
    """Return the trust in the ranking by words, 0 to 1.

    `strength` is 0 to 1: the best passage's score over that of a passage with every term.
    """
    silent, settling = profile.silent_words, profile.settling_words
    return min(1.0, max(0.0, (strength - silent) / (settling - silent)))


def semantic_weight(trust: float, profile: EncoderProfile) -> float:
    """Return the semantic side's share of the mix.

    Fitting more features than the trust lost .001 to .013 of nDCG@10 on held-out queries.
    """
    silent, strong = profile.weight_if_words_silent, profile.weight_if_words_strong
    return silent + (strong - silent) * trust


def fuse(lexical: Ranking, semantic: Ranking, *, semantic_weight: float) -> Candidates:
    """Rank every passage of either side by its fused score.

    A side whose scores are all equal, or that has no candidates, has no effect.
    """
    pool = lexical.candidates.joined(semantic.candidates)
    keys = pool.keys()
    order = np.argsort(keys, kind="stable")
    is_first = begins_run(keys[order])
    place = np.empty(len(pool), dtype=np.int64)  # of each candidate among the distinct candidates
    place[order] = np.cumsum(is_first) - 1
    distinct, from_words = order[is_first], len(lexical.candidates)
    by_words = standardise(_spread(lexical, place[:from_words], len(distinct)))
    by_meaning = standardise(_spread(semantic, place[from_words:], len(distinct)))
    scores = (1 - semantic_weight) * by_words + semantic_weight * by_meaning
    best = np.argsort(-scores, kind="stable")
    return pool.take(distinct[best]).with_score(scores[best])


def standardise(scores: Scores, *, among: int | None = None) -> Scores:
    """Return each score's distance, in standard deviations, from the mean of the first `among`.

    With None, the mean is over all scores. The result is zeros where these scores are all equal.
    """
    sample = scores[:among]
    if not len(sample):
        return np.zeros(len(scores))
    from_mean: Scores = scores - sample.mean()
    of_sample = from_mean[:among]
    deviation = float(of_sample @ of_sample / len(sample)) ** 0.5
    if deviation < 1e-9:
        return np.zeros(len(scores))
    from_mean /= deviation
    return from_mean


def begins_run(ordered: Keys) -> Mask:
    """Return for each of the ordered values whether it is the first of its equals."""
    begins = np.ones(len(ordered), dtype=bool)
    begins[1:] = ordered[1:] != ordered[:-1]
    return begins


def _spread(side: Ranking, places: Order, count: int) -> Scores:
    """Return `count` scores: those of a side at their `places`, and its floor elsewhere."""
    scores = np.full(count, side.floor)
    scores[places] = side.candidates.score
    return scores
