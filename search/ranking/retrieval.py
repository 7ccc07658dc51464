"""Ranks the passages of one state of an archive: by words, by meaning, by both."""

from typing import NamedTuple

import numpy as np

from search.encoders.identity import Vectors
from search.index.local.columns import Catalogue, Ids, Mask
from search.index.local.lexical.searcher import LexicalRanking
from search.index.local.scope import HARDLY_NARROWED, share
from search.index.local.segments.vector_segment import Allowed
from search.index.local.snapshot import Snapshot
from search.query.planning import Interpretation
from search.ranking.fusion import Positions, Ranking

# Passages each ranking contributes. Fixed, so that page 2 goes on where page 1 ended.
LEXICAL_DEPTH = 1000
SEMANTIC_DEPTH = 200
# Of those the words found, so many have their vectors looked up. All thousand ranked no better.
COMPARED = 200
# Allowed passages that are all looked up, and counted.
FEW = 20_000
# Where a filter that most documents pass is left to us, so many times what has to pass is found.
SPARE = 1.2


class Nearest(NamedTuple):
    """Passages near to a query in meaning, best first, and among how many they were searched."""

    positions: Positions
    cosines: Vectors
    searched: int


def rank_by_words(snapshot: Snapshot, asked: Interpretation) -> tuple[Ranking, float]:
    """Give the ranking by BM25, and how well the best passage matched, 0 to 1."""
    found, passing = _find_words(snapshot, asked)
    kept = passing[:LEXICAL_DEPTH]
    positions = snapshot.catalogue.positions_of(found.ids[kept])
    scores = found.scores[kept]
    of_best = float(scores[0] / found.scores[0]) if len(kept) and found.strength else 0.0
    is_exact = found.is_exact and len(passing) <= LEXICAL_DEPTH
    floor = 0.0 if is_exact or not len(kept) else float(scores[-1])
    ranking = Ranking(positions, scores, LEXICAL_DEPTH, floor, is_exact)
    return ranking, of_best * found.strength


def _find_words(snapshot: Snapshot, asked: Interpretation) -> tuple[LexicalRanking, Positions]:
    """Search the index; give what it found, and which of it is known here and allowed.

    Its own filters cost far more than they spare where most documents pass: so many more are found
    as will not.
    """
    lexical, narrowing = snapshot.lexical, asked.narrowing
    left = share(asked.passes) / narrowing.among if narrowing.among else 0.0
    if narrowing.narrow != asked.filters and left >= HARDLY_NARROWED:
        depth = int(SPARE * LEXICAL_DEPTH / left)
        found = lexical.search(asked.lexical, narrowing.narrow, depth)
        passing = _passing(found, asked, snapshot.catalogue)
        if found.is_exact or len(passing) >= LEXICAL_DEPTH:
            return found, passing
    found = lexical.search(asked.lexical, asked.filters, LEXICAL_DEPTH)
    # Of the documents around them the index knows nothing, so it cannot tell all that is forbidden.
    return found, _passing(found, asked, snapshot.catalogue)


def _passing(found: LexicalRanking, asked: Interpretation, catalogue: Catalogue) -> Positions:
    positions = catalogue.positions_of(found.ids)
    passes = positions >= 0
    if asked.passes is not None:
        passes &= asked.passes[catalogue.documents[positions]]
    return np.flatnonzero(passes)


def find_nearest(snapshot: Snapshot, asked: Interpretation, vector: Vectors | None) -> Nearest:
    """Find the passages nearest to the query's vector among those that may be found.

    None where only those that the words find are known to hold a phrase.
    """
    if vector is None or not vector.any() or asked.lexical.frequent:
        return Nearest(np.empty(0, np.int64), np.empty(0, np.float32), 0)
    allowed, searched = allowed_passages(asked, snapshot.catalogue)
    return Nearest(
        *snapshot.dense.search(vector, SEMANTIC_DEPTH, allowed, among=searched), searched
    )


def allowed_passages(asked: Interpretation, catalogue: Catalogue) -> tuple[Allowed | None, int]:
    """Tell of the passages of the catalogue whether they may be found, and how many may.

    None where all may. How many is exact where they are few, and else about.
    """
    passages = len(catalogue.passage_ids)
    if asked.passes is None:
        return None, passages
    about = int(share(asked.passes) * passages)
    if about >= FEW:
        return _OfDocuments(asked.passes, catalogue.documents), about
    mask = asked.passes.take(catalogue.documents)
    return mask, int(np.count_nonzero(mask))


class _OfDocuments:
    """What is allowed of passages, by that of their documents: looked up for those asked about.

    To look all of three million up takes 5 ms, as long as to search them.
    """

    def __init__(self, passes: Mask, documents: Ids) -> None:
        self._passes = passes
        self._documents = documents

    def __getitem__(self, places: slice | Ids) -> Mask:
        return self._passes.take(self._documents[places])


def rank_by_meaning(
    snapshot: Snapshot,
    asked: Interpretation,
    vector: Vectors,
    nearest: Nearest,
    lexical: Ranking,
) -> Ranking:
    """Give the ranking by cosine to the query's vector: of the nearest, and of what words found.

    The best of these get their cosine too, so that no score of them is guessed; all of them where
    there are no others.
    """
    if not vector.any():
        return Ranking.empty()
    near = nearest.positions
    compared = lexical.positions[: None if asked.lexical.frequent else COMPARED]
    far = np.array(sorted(set(compared.tolist()).difference(near.tolist())), dtype=np.int64)
    positions = np.concatenate([near, far])
    cosines = np.concatenate([nearest.cosines, snapshot.dense.scores_of(vector, far)])
    scores = cosines.astype(np.float64)
    order = np.lexsort((positions, -scores))
    is_exact = lexical.is_exact if asked.lexical.frequent else nearest.searched <= SEMANTIC_DEPTH
    return Ranking(
        positions[order],
        scores[order],
        SEMANTIC_DEPTH,
        floor=float(scores.min()) if len(scores) else 0.0,
        is_exact=is_exact,
    )
