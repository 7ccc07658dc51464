"""What lies near: documents like a document, and the passages of one that answer a query.

By the stored vectors, so a French article finds its Arabic neighbours. Copies are left out.
"""

from dataclasses import dataclass

import numpy as np

from search.encoders.identity import Vectors
from search.index.local.columns import Catalogue
from search.index.local.snapshot import Snapshot
from search.ranking.fusion import Positions

_DEPTH = 200  # passages looked at: a long article has many near ones of its own
FARTHEST = 0.35  # cosine below which neighbours share a tone, not a subject


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A document by its row, and the cosine of its nearest passage."""

    row: int
    score: float


def neighbours(snapshot: Snapshot, row: int, k: int) -> list[Neighbour]:
    """Give the documents nearest to the one of this row, one of each text, nearest first."""
    catalogue = snapshot.catalogue
    vectors = snapshot.dense.vectors_of(_passages_of(catalogue, row))
    if not len(vectors):
        return []
    centre = _unit(vectors.mean(axis=0))
    nearest, scores = snapshot.dense.search(centre, _DEPTH, None)
    places = catalogue.documents[nearest]
    own = int(np.searchsorted(catalogue.rows, row))
    found = {int(catalogue.groups[own]): Neighbour(row, 1.0)}
    for score, place in zip(scores.tolist(), places.tolist(), strict=True):
        if score >= FARTHEST:
            neighbour = Neighbour(int(catalogue.rows[place]), score)
            found.setdefault(int(catalogue.groups[place]), neighbour)
    return list(found.values())[1 : k + 1]


def nearest_passage(snapshot: Snapshot, row: int, query: Vectors) -> int | None:
    """Give the id of the passage of this document that lies nearest to a query's vector.

    None where it has no passage, or its only one: that says nothing.
    """
    own = _passages_of(snapshot.catalogue, row)
    if len(own) < 2 or not query.any():
        return None
    scores = snapshot.dense.scores_of(query, own)
    return int(snapshot.catalogue.passage_ids[own[scores.argmax()]])


def _passages_of(catalogue: Catalogue, row: int) -> Positions:
    place = int(np.searchsorted(catalogue.rows, row))
    if place == len(catalogue.rows) or catalogue.rows[place] != row:  # stored after the snapshot
        return np.empty(0, dtype=np.int64)
    return np.flatnonzero(catalogue.documents == place)


def _unit(vector: Vectors) -> Vectors:
    return np.ascontiguousarray(vector / max(float(np.linalg.norm(vector)), 1e-12))
