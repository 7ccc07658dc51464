"""Ranks the passages of one state of an archive: by words, by meaning, by both."""

import numpy as np

from search.archive.catalogue import Mask
from search.archive.snapshot import Snapshot
from search.encoders.identity import Vectors
from search.fusion import Ranking
from search.interpretation import Interpretation
from search.lexical import LexicalRanking
from search.records import Filters

# Passages each ranking contributes. Fixed, so that page 2 goes on where page 1 ended.
LEXICAL_DEPTH = 1000
SEMANTIC_DEPTH = 200
# Of those the words found, so many have their vectors looked up. All thousand ranked no better.
COMPARED = 200
# A filter that this share of the passages pass hardly narrows; found are so many times what passes.
HARDLY_NARROWED, SPARE = 0.5, 1.2


def rank_by_words(
    snapshot: Snapshot, asked: Interpretation, allowed: Mask | None
) -> tuple[Ranking, float]:
    """Give the ranking by BM25, and how well the best passage matched, 0 to 1."""
    found = _find_words(snapshot, asked, allowed)
    ids, scores = found.ids, found.scores
    floor = 0.0 if found.is_exact else float(scores[-1])
    if allowed is not None and (asked.lexical.phrases or asked.lexical.excluded):
        # What the passages around it forbid: the index sees one at a time.
        positions = snapshot.catalogue.positions_of(ids)
        kept = (positions >= 0) & allowed[positions]
        ids, scores = ids[kept], scores[kept]
    return Ranking(ids, scores, LEXICAL_DEPTH, floor, found.is_exact), found.strength


def _find_words(snapshot: Snapshot, asked: Interpretation, allowed: Mask | None) -> LexicalRanking:
    """Search the index, with its own filters only where they leave little.

    They cost far more than they spare where most passages pass: so many more are found as will not.
    """
    share = 1.0 if allowed is None else float(np.count_nonzero(allowed)) / max(1, len(allowed))
    if allowed is not None and share >= HARDLY_NARROWED:
        found = snapshot.lexical.search(
            asked.lexical, Filters(), int(SPARE * LEXICAL_DEPTH / share)
        )
        positions = snapshot.catalogue.positions_of(found.ids)
        kept = np.flatnonzero((positions >= 0) & allowed[positions])
        if found.is_exact or len(kept) > LEXICAL_DEPTH:
            best = kept[:LEXICAL_DEPTH]
            scores = found.scores[best]
            of_best = float(scores[0] / found.scores[0]) if len(best) and found.strength else 0.0
            is_exact = found.is_exact and len(kept) <= LEXICAL_DEPTH
            return LexicalRanking(found.ids[best], scores, of_best * found.strength, is_exact)
    return snapshot.lexical.search(asked.lexical, asked.filters, LEXICAL_DEPTH)


def rank_by_meaning(
    snapshot: Snapshot, vector: Vectors, allowed: Mask | None, lexical: Ranking
) -> Ranking:
    """Give the ranking by cosine to the query's vector, among the passages `allowed` (None: all).

    The best that the words found get their cosine too, so that no score of them is guessed.
    """
    if not vector.any():
        return Ranking.empty()
    near, near_scores = snapshot.dense.search(vector, SEMANTIC_DEPTH, allowed)
    far, far_scores = snapshot.dense.scores_of(vector, np.setdiff1d(lexical.ids[:COMPARED], near))
    ids = np.concatenate([near, far])
    scores = np.concatenate([near_scores, far_scores]).astype(np.float64)
    order = np.lexsort((ids, -scores))
    everything = len(snapshot.catalogue.passage_ids)
    searched = everything if allowed is None else int(np.count_nonzero(allowed))
    return Ranking(
        ids[order],
        scores[order],
        SEMANTIC_DEPTH,
        floor=float(scores.min()) if len(scores) else 0.0,
        is_exact=searched <= SEMANTIC_DEPTH,
    )
