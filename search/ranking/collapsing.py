"""Collapse ranked passages into ranked documents: keep the best passage of each text."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from search.index.candidates import Candidates, Order
from search.ranking.fusion import begins_run
from search.ranking.rankings import Ranking
from search.records import Evidence, Mode


def collapse_copies(candidates: Candidates) -> Candidates:
    """Return the best passage of each text."""
    return candidates.take(_first_of_each(candidates.group))


def _first_of_each(groups: npt.NDArray[np.int64]) -> Order:
    """Return the position of the first occurrence of each distinct number, ascending."""
    order = np.argsort(groups, kind="stable")
    return np.sort(order[begins_run(groups[order])])


def evidence_by_group(
    rankings: Mapping[Mode, Ranking], groups: set[int]
) -> dict[int, dict[Mode, Evidence]]:
    """Return the rank and score of each text in each ranking, by its best passage.

    Ranks count texts, not passages.
    """
    evidence: dict[int, dict[Mode, Evidence]] = {group: {} for group in groups}
    listed = list(groups)
    for mode, ranking in rankings.items():
        texts = ranking.candidates.group
        is_own = texts == np.array(listed, dtype=np.int64)[:, None]
        places = is_own.argmax(axis=1).tolist() if len(texts) else []
        before: set[int] = set()
        counted = 0
        for place, group in sorted(zip(places, listed, strict=False)):
            if texts[place] != group:  # `argmax` is 0 where no text is equal
                continue
            before.update(texts[counted:place].tolist())
            counted = place
            rank = len(before) + 1 if place < ranking.depth else None
            evidence[group][mode] = Evidence(rank, float(ranking.candidates.score[place]))
    return evidence
