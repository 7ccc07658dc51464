"""Rankings: the candidates of one side, best first, and those that the other side adds."""

from dataclasses import dataclass

import numpy as np

from search.index import WordRanking
from search.index.candidates import Candidates

# Number of passages from each side. It is fixed, so that page 2 continues page 1.
LEXICAL_DEPTH = 1000
SEMANTIC_DEPTH = 200
# Number of candidates of the other side whose vectors are looked up. Looking up all thousand
# candidates of the search by words ranked no better.
SCORED_DEPTH = 200


@dataclass(frozen=True, slots=True)
class Ranking:
    """Candidates of one side, best first.

    The first `depth` were ranked; those after them were scored because the other side found them.
    `floor` is the score of a passage that is not among the candidates. Where `is_exact`, the
    candidates include every matching passage.
    """

    candidates: Candidates
    depth: int = 0
    floor: float = 0.0
    is_exact: bool = True

    @classmethod
    def empty(cls) -> "Ranking":
        return cls(Candidates.none())


def lexical_ranking(ranked: WordRanking) -> Ranking:
    """Return the ranking by words; no passage that it leaves out scores above its last one."""
    scores = ranked.candidates.score
    floor = 0.0 if ranked.is_exact or not len(scores) else float(scores[-1])
    return Ranking(ranked.candidates, LEXICAL_DEPTH, floor, ranked.is_exact)


def candidates_to_score(ranked: Candidates, nearest: Candidates) -> Candidates:
    """Return the best candidates of one side that are not among the `nearest`.

    Their scores are looked up, so that no score of the best `SCORED_DEPTH` is an estimate.
    """
    compared = ranked.take(slice(SCORED_DEPTH))
    if not len(compared):
        return compared
    known = set(nearest.keys().tolist())
    return compared.take(np.array([key not in known for key in compared.keys().tolist()]))


def semantic_ranking(candidates: Candidates, *, is_exact: bool) -> Ranking:
    """Return the ranking by meaning: the candidates ordered by score, best first."""
    scores = candidates.score
    order = np.lexsort((candidates.keys(), -scores))
    return Ranking(
        candidates.take(order),
        SEMANTIC_DEPTH,
        floor=float(scores.min()) if len(scores) else 0.0,
        is_exact=is_exact,
    )
