"""From ranked passages to ranked documents: the best passage of each, copies of one text folded."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from search.index.local.columns import NO_DAY, Catalogue, Ids
from search.ranking.fusion import Positions, Ranking, Scores, begins_run, standardise
from search.records import Evidence, Mode, Sort

# Documents that are read word by word; each costs about 0.1 ms. Where the words settle a query,
# what they found first is enough: reading 30 changed the mean of 13 collections by .0002. In
# another language the right ones may stand far behind: 60 found .013 less in mixed languages.
_READ_IF_TRUSTED, _READ_IF_NOT = 20, 100
# Weights beside the fused score, all standardised over the documents read: of the best passages
# read together, of its beginning, which says what it is about, and of how many were read, for of
# more the best is better. A linear ranking fitted to 2,450 queries, made of 1,500 news titles that
# the encoder of the trial had not been trained on, gave titles .811 (.805 before) and titles
# without the words of the first sentence .183 (.176); these, of its proportions but lighter, since
# texts of one passage count it twice, .810 and .181. Neither the words' and the vectors' scores
# apart, nor the passage that was found, nor second ones, exact matches, nor squared cosines added
# more than .003.
_WHOLE_WEIGHT, _LEAD_WEIGHT, _LENGTH_WEIGHT = 0.9, 0.9, 0.4
# What a favoured document gains, of the distance between the best and the last: at a tenth nobody
# would notice, at a third it passes its likes and no better match.
_SHARE_OF_WISH = 0.3


@dataclass(frozen=True, slots=True)
class Found:
    """Documents, best first, each with the passage that earned it its place."""

    places: Ids  # in the catalogue
    positions: Positions  # of those passages
    scores: Scores

    @classmethod
    def nothing(cls) -> "Found":
        return cls(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float64))


def read_depth(trust: float) -> int:
    """Give how many documents are read; `trust` is how far the words settle the query, 0 to 1."""
    return round(_READ_IF_NOT + (_READ_IF_TRUSTED - _READ_IF_NOT) * trust)


def fold_copies(ranking: Ranking, catalogue: Catalogue) -> Found:
    """Keep the best passage of each text."""
    places = catalogue.documents[ranking.positions]
    kept = _first_of_each(catalogue.groups[places])
    return Found(places[kept], ranking.positions[kept], ranking.scores[kept])


def _first_of_each(groups: Ids) -> Positions:
    """Give where each distinct number comes first, ascending."""
    order = np.argsort(groups, kind="stable")
    return np.sort(order[begins_run(groups[order])])


class Read(NamedTuple):
    """What reading the first documents piece by piece gave each."""

    gains: Scores  # what it adds to the document's standardised score
    passages: Scores  # how well the passage that was found answers, -1 to 1


def read_best(
    found: Found,
    catalogue: Catalogue,
    depth: int,
    compare: Callable[[Positions], npt.NDArray[np.float32]],
) -> Read:
    """Read the first `depth` documents.

    `compare` gives, for each passage, the shares of the query's pieces.
    """
    best = found.positions[:depth]
    passages, begins, own = catalogue.around(best)
    shares = compare(passages)
    if not shares.size:
        return Read(np.zeros(len(best)), np.zeros(len(best)))
    whole = np.maximum.reduceat(shares, begins, axis=0).sum(axis=1, dtype=np.float64)
    passage, lead = (shares[rows].sum(axis=1, dtype=np.float64) for rows in (own, begins))
    length = np.log(np.diff(begins, append=len(passages)))
    gains = (
        _WHOLE_WEIGHT * standardise(whole)
        + _LEAD_WEIGHT * standardise(lead)
        - _LENGTH_WEIGHT * standardise(length)
    )
    return Read(gains, passage)


def rank_anew(found: Found, gains: Scores) -> Found:
    """Order by the fused scores and what reading adds to those of the first documents.

    Those that were not read gain as little as the least of those that were.
    """
    if not len(gains):
        return found
    scores = standardise(found.scores, among=len(gains))
    scores += gains.min()
    scores[: len(gains)] += gains - gains.min()
    return _in_order(found, scores)


def favour(found: Found, is_favoured: npt.NDArray[np.bool_]) -> Found:
    """Let some documents come a little sooner."""
    if not is_favoured.any():
        return found
    gain = _SHARE_OF_WISH * float(found.scores[0] - found.scores[-1])
    scores = found.scores + gain * is_favoured
    return _in_order(found, scores)


def _in_order(found: Found, scores: Scores) -> Found:
    """Order by new scores; equals stay as they are."""
    order = np.argsort(-scores, kind="stable")
    return Found(found.places[order], found.positions[order], scores[order])


def order_by(found: Found, sort: Sort, catalogue: Catalogue) -> Found:
    """Put the documents in the order asked for.

    Without a date they come last, equals stay by relevance.
    """
    if sort is Sort.RELEVANCE:
        return found
    days = catalogue.days[found.places].astype(np.int64)
    key = np.where(days == NO_DAY, np.iinfo(np.int64).max, -days if sort is Sort.NEWEST else days)
    order = np.argsort(key, kind="stable")
    return Found(found.places[order], found.positions[order], found.scores[order])


def evidence_by_group(
    sides: dict[Mode, Ranking], groups: set[int], catalogue: Catalogue
) -> dict[int, dict[Mode, Evidence]]:
    """Say where each side had the texts `groups`: rank, counted in texts, by the best passage."""
    evidence: dict[int, dict[Mode, Evidence]] = {group: {} for group in groups}
    wanted = list(groups)
    for mode, side in sides.items():
        texts = catalogue.groups[catalogue.documents[side.positions]]
        is_own = texts == np.array(wanted, dtype=np.int64)[:, None]
        places = is_own.argmax(axis=1).tolist() if len(texts) else []
        found = sorted(zip(places, wanted, strict=False))
        before: set[int] = set()
        counted = 0
        for place, group in found:
            if texts[place] != group:  # argmax of nothing
                continue
            before.update(texts[counted:place].tolist())
            counted = place
            rank = len(before) + 1 if place < side.depth else None
            evidence[group][mode] = Evidence(rank, float(side.scores[place]))
    return evidence
