"""From ranked passages to ranked documents: the best passage of each, copies of a text folded."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from search.index.candidates import NO_DAY, Candidates, Order
from search.ranking.fusion import begins_run
from search.ranking.rankings import Ranking
from search.records import Evidence, Mode, Sort


def collapse_copies(candidates: Candidates) -> Candidates:
    """Return the best passage of each text."""
    return candidates.take(_first_of_each(candidates.group))


def _first_of_each(groups: npt.NDArray[np.int64]) -> Order:
    """Return where each distinct number comes first, ascending."""
    order = np.argsort(groups, kind="stable")
    return np.sort(order[begins_run(groups[order])])


def sort_by_date(documents: Candidates, passages: Candidates, sort: Sort) -> Candidates:
    """Return the documents in the order asked for, equal days by relevance, undated ones last.

    Of each text that document is shown, among those that `passages` are of, which comes first in
    this order.
    """
    if sort is Sort.RELEVANCE or not len(documents):
        return documents
    keys = _date_keys(passages, sort)
    order = np.lexsort((keys, passages.group))  # stable: the best passage first
    firsts = passages.take(order[begins_run(passages.group[order])])
    # Texts in ascending order of their groups, of which some were not kept as documents.
    places = np.searchsorted(firsts.group, documents.group)
    shown = firsts.take(places).with_score(documents.score)
    return shown.take(np.argsort(_date_keys(shown, sort), kind="stable"))


def _date_keys(documents: Candidates, sort: Sort) -> npt.NDArray[np.int64]:
    days = documents.day.astype(np.int64)
    return np.where(days == NO_DAY, np.iinfo(np.int64).max, -days if sort is Sort.NEWEST else days)


def evidence_by_group(
    rankings: Mapping[Mode, Ranking], groups: set[int]
) -> dict[int, dict[Mode, Evidence]]:
    """Return where each side ranked these texts: counted in texts, by the best passage."""
    evidence: dict[int, dict[Mode, Evidence]] = {group: {} for group in groups}
    listed = list(groups)
    for mode, ranking in rankings.items():
        texts = ranking.candidates.group
        is_own = texts == np.array(listed, dtype=np.int64)[:, None]
        places = is_own.argmax(axis=1).tolist() if len(texts) else []
        before: set[int] = set()
        counted = 0
        for place, group in sorted(zip(places, listed, strict=False)):
            if texts[place] != group:  # argmax of nothing
                continue
            before.update(texts[counted:place].tolist())
            counted = place
            rank = len(before) + 1 if place < ranking.depth else None
            evidence[group][mode] = Evidence(rank, float(ranking.candidates.score[place]))
    return evidence
