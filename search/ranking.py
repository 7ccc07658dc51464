"""Ranks the passages of one state of an archive: by words, by meaning, by both."""

from dataclasses import replace

import numpy as np

from search.archive.catalogue import Catalogue, Mask
from search.archive.snapshot import Snapshot
from search.encoders.identity import Vectors
from search.fusion import Positions, Ranking
from search.interpretation import Interpretation
from search.lexical import LexicalRanking
from search.records import Filters

# Passages each ranking contributes. Fixed, so that page 2 goes on where page 1 ended.
LEXICAL_DEPTH = 1000
SEMANTIC_DEPTH = 200
# Of those the words found, so many have their vectors looked up. All thousand ranked no better.
COMPARED = 200
# A filter that half of the documents pass hardly narrows: so many times what has to pass is found.
HARDLY_NARROWED, SPARE = 0.5, 1.2
_PARTS_OF_FILTERS = (("sources",), ("kinds",), ("languages",), ("since", "until"))


Nearest = tuple[Positions, Vectors]  # passages, and the cosine of each


def rank_by_words(
    snapshot: Snapshot, asked: Interpretation, allowed: Mask | None
) -> tuple[Ranking, float]:
    """Give the ranking by BM25, and how well the best passage matched, 0 to 1."""
    found, passing = _find_words(snapshot, asked, allowed)
    kept = passing[:LEXICAL_DEPTH]
    positions = snapshot.catalogue.positions_of(found.ids[kept])
    scores = found.scores[kept]
    of_best = float(scores[0] / found.scores[0]) if len(kept) and found.strength else 0.0
    is_exact = found.is_exact and len(passing) <= LEXICAL_DEPTH
    floor = 0.0 if is_exact or not len(kept) else float(scores[-1])
    ranking = Ranking(positions, scores, LEXICAL_DEPTH, floor, is_exact)
    return ranking, of_best * found.strength


def _find_words(
    snapshot: Snapshot, asked: Interpretation, allowed: Mask | None
) -> tuple[LexicalRanking, Positions]:
    """Search the index; give what it found, and which of it is known here and allowed.

    Its own filters cost far more than they spare where most documents pass: so many more are found
    as will not.
    """
    lexical, catalogue = snapshot.lexical, snapshot.catalogue
    narrow = _without_wide(asked.filters, catalogue)
    among = _share(catalogue.allowed_documents(narrow))
    left = _share(asked.passes) / among if among else 0.0
    if narrow != asked.filters and left >= HARDLY_NARROWED:
        found = lexical.search(asked.lexical, narrow, int(SPARE * LEXICAL_DEPTH / left))
        passing = _passing(found, catalogue, allowed)
        if found.is_exact or len(passing) >= LEXICAL_DEPTH:
            return found, passing
    found = lexical.search(asked.lexical, asked.filters, LEXICAL_DEPTH)
    # Of the documents around them the index knows nothing, so it cannot tell all that is forbidden.
    return found, _passing(found, catalogue, allowed)


def _without_wide(filters: Filters, catalogue: Catalogue) -> Filters:
    """Leave out what most documents pass."""
    for names in _PARTS_OF_FILTERS:
        part = Filters(**{name: getattr(filters, name) for name in names})
        passes = catalogue.allowed_documents(part)
        if passes is not None and _share(passes) >= HARDLY_NARROWED:
            filters = replace(filters, **dict.fromkeys(names))
    return filters


def _share(passes: Mask | None) -> float:
    return 1.0 if passes is None else float(np.count_nonzero(passes)) / max(1, len(passes))


def _passing(found: LexicalRanking, catalogue: Catalogue, allowed: Mask | None) -> Positions:
    positions = catalogue.positions_of(found.ids)
    passes = positions >= 0
    if allowed is not None:
        passes &= allowed[positions]
    return np.flatnonzero(passes)


def find_nearest(
    snapshot: Snapshot, asked: Interpretation, vector: Vectors | None, allowed: Mask | None
) -> Nearest:
    """Find the passages nearest to the query's vector among those `allowed` (None: all).

    None where only those that the words find are known to hold a phrase.
    """
    if vector is None or not vector.any() or asked.lexical.frequent:
        return np.empty(0, np.int64), np.empty(0, np.float32)
    return snapshot.dense.search(vector, SEMANTIC_DEPTH, allowed)


def rank_by_meaning(
    snapshot: Snapshot,
    asked: Interpretation,
    vector: Vectors,
    nearest: Nearest,
    allowed: Mask | None,
    lexical: Ranking,
) -> Ranking:
    """Give the ranking by cosine to the query's vector: of the nearest, and of what words found.

    The best of these get their cosine too, so that no score of them is guessed; all of them where
    there are no others.
    """
    if not vector.any():
        return Ranking.empty()
    near, near_scores = nearest
    compared = lexical.positions[: None if asked.lexical.frequent else COMPARED]
    far = np.array(sorted(set(compared.tolist()).difference(near.tolist())), dtype=np.int64)
    positions = np.concatenate([near, far])
    scores = np.concatenate([near_scores, snapshot.dense.scores_of(vector, far)]).astype(np.float64)
    order = np.lexsort((positions, -scores))
    everything = len(snapshot.catalogue.passage_ids)
    searched = everything if allowed is None else int(np.count_nonzero(allowed))
    return Ranking(
        positions[order],
        scores[order],
        SEMANTIC_DEPTH,
        floor=float(scores.min()) if len(scores) else 0.0,
        is_exact=lexical.is_exact if asked.lexical.frequent else searched <= SEMANTIC_DEPTH,
    )
