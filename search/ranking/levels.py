"""Score passages by both levels of vectors, where some have a vector of the first only.

Cosines of two encoders are not comparable, and their distributions differ from query to query. They
are normalised over the candidates that have both scores; a passage without the second score gets
its likeliest value, given the first score (linear regression). So a passage gains nothing, in
the mean, from being encoded on the second level or not, and half-encoded archives rank as expected.
All functions are pure.
"""

import numpy as np

from search.encoders.identity import Vectors
from search.index.candidates import Scores

# Least number of candidates with both scores for which the second level is used.
_FEWEST = 20
_NO_SPREAD = 1e-9


def score_by_both(base: Vectors, context: Vectors, *, weight: float) -> Scores:
    """Return one score for each candidate, as if it were a cosine of the first level.

    `weight` is that of the second level, 0 to 1. `context` has no number (NaN) where a passage has
    no vector of the second level yet.
    """
    first = base.astype(np.float64)
    has_both = ~np.isnan(context)
    if has_both.any() and np.ptp(first) < _NO_SPREAD:  # the table knows no piece of the query
        first[has_both] += context[has_both] - context[has_both].mean()
        return first
    if np.count_nonzero(has_both) < _FEWEST:
        return first
    of_first, of_second = first[has_both], context[has_both].astype(np.float64)
    spread, spread_of_second = of_first.std(), of_second.std()
    if min(spread, spread_of_second) < _NO_SPREAD:
        return first
    by_first = (first - of_first.mean()) / spread
    by_second = (of_second - of_second.mean()) / spread_of_second
    correlation = float(np.mean(by_first[has_both] * by_second))
    estimated = correlation * by_first
    estimated[has_both] = by_second
    mixed = (1 - weight) * by_first + weight * estimated
    # The mix of two scores that hardly correlate has a smaller spread than either.
    width = ((1 - weight) ** 2 + weight**2 + 2 * weight * (1 - weight) * correlation) ** 0.5
    scores: Scores = of_first.mean() + spread * mixed / max(width, 1e-9)
    return scores
