"""Scores passages by both levels of meaning, where some have a vector of the first alone. Pure.

Cosines of two encoders have nothing in common, and how they lie differs from query to query. The
candidates that have both say how: on each level a score counts by how far it stands out among
these, and the second score of a passage that lacks it is the likeliest, given its first (linear
regression). So a passage gains nothing, in the mean, from being encoded or not, and an archive that
is encoded by half ranks as one would expect of it.
"""

import numpy as np

from search.encoders.identity import Vectors
from search.index.candidates import Scores

# How much the second level counts. On 340 readers' queries a third to two thirds did as well.
_WEIGHT_OF_CONTEXT = 0.5
# Candidates with both scores from which on these are compared.
_FEWEST = 20
_NO_SPREAD = 1e-9


def score_by_both(base: Vectors, context: Vectors) -> Scores:
    """Return one score for each candidate, as if it were a cosine of the first level.

    `context` has no number (NaN) where a passage has no vector of the second level yet.
    """
    first = base.astype(np.float64)
    has_both = ~np.isnan(context)
    if np.count_nonzero(has_both) < _FEWEST:
        return first
    of_first, of_second = first[has_both], context[has_both].astype(np.float64)
    spread, spread_of_second = of_first.std(), of_second.std()
    if spread_of_second < _NO_SPREAD:
        return first
    if spread < _NO_SPREAD:  # a table that knows no piece of the query: the second speaks alone
        first[has_both] += of_second - of_second.mean()
        return first
    by_first = (first - of_first.mean()) / spread
    by_second = (of_second - of_second.mean()) / spread_of_second
    likeness = float(np.mean(by_first[has_both] * by_second))
    guessed = likeness * by_first
    guessed[has_both] = by_second
    share = _WEIGHT_OF_CONTEXT
    mixed = (1 - share) * by_first + share * guessed
    # Two scores that agree but little lie nearer together when they are mixed.
    width = ((1 - share) ** 2 + share**2 + 2 * share * (1 - share) * likeness) ** 0.5
    scores: Scores = of_first.mean() + spread * mixed / max(width, 1e-9)
    return scores
