"""Rank the documents of a query: by words and by meaning, fused, reranked, and judged."""

from collections.abc import Callable
from typing import NamedTuple

from search import meaning
from search.encoders.identity import PieceQuery
from search.index import WordRanking
from search.index.candidates import Candidates
from search.index.live import SearchState
from search.meaning import Nearest
from search.plan import QueryPlan
from search.ranking.collapsing import collapse_copies
from search.ranking.confidence import compute_features, judge
from search.ranking.date_boost import boost, is_of_date
from search.ranking.fusion import fuse, semantic_weight, trust_in_words
from search.ranking.rankings import Ranking, lexical_ranking
from search.ranking.reranking import REACH, rerank, rerank_depth, score_by_interaction
from search.records import Confidence, Mode, Query
from search.results.presentation import RankedAnswer
from search.stage_clock import StageClock
from search.understood import DateHint

NO_WORDS = WordRanking(Candidates.none(), strength=0.0, is_exact=True)


class PreparedQuery(NamedTuple):
    """A query with its plan, and the state of the archive that answers it.

    `piece_query` is None for a query by words alone and for an encoder without word pieces.
    """

    query: Query
    plan: QueryPlan
    piece_query: PieceQuery | None
    state: SearchState


class Searches(NamedTuple):
    """Functions that return the results of both searches, and carry out what was not started."""

    wait_for_words: Callable[[], WordRanking]
    wait_for_nearest: Callable[[], Nearest | None]


def rank(
    prepared: PreparedQuery,
    searches: Searches,
    clock: StageClock,
    *,
    has_matches: bool,
) -> RankedAnswer:
    """Rank the documents for a query by the results of both searches.

    Where `has_matches`, some document matches the query, and the ranking is never withheld.
    """
    query, plan, piece_query, state = prepared
    if plan.lists_all:
        return RankedAnswer(Candidates.none(), {}, Confidence.HIGH)
    index, mode = state.index, query.mode
    semantic = Ranking.empty()
    with clock.stage("lexical"):
        word_ranking = searches.wait_for_words()
        lexical = lexical_ranking(word_ranking)
    with clock.stage("semantic"):
        nearest = searches.wait_for_nearest()
        if nearest is not None:
            semantic = meaning.rank_by_meaning(index, nearest, word_ranking.candidates)
    with clock.stage("fusion"):
        trust = trust_in_words(word_ranking.strength, state.profile)
        weight = semantic_weight(trust, state.profile)
        documents = collapse_copies(fuse(lexical, semantic, semantic_weight=weight))
    confidence, features = Confidence.HIGH, None
    with clock.stage("reading"):
        if nearest and piece_query and (piece_encoder := state.encoder.pieces):
            best = documents.take(slice(rerank_depth(trust)))
            interaction = score_by_interaction(index.tokens(best, REACH), piece_query.score_pieces)
            if mode is Mode.HYBRID:
                features = compute_features(
                    plan,
                    piece_encoder,
                    strength=word_ranking.strength,
                    semantic=semantic,
                    context=nearest.best_of_context,
                    searched=nearest.searched,
                    interaction=interaction,
                    profile=state.profile,
                    has_matches=has_matches,
                )
                confidence = judge(features, state.profile, has_matches=has_matches)
            if confidence is Confidence.ABSTAIN:
                documents = Candidates.none()
            else:
                documents = rerank(documents, interaction.document_scores)
    documents, hint = _favour_named_days(documents, plan.date_hint)
    rankings = {Mode.LEXICAL: lexical, Mode.SEMANTIC: semantic}
    return RankedAnswer(documents, rankings, confidence, hint, features)


def _favour_named_days(
    documents: Candidates, hint: DateHint | None
) -> tuple[Candidates, DateHint | None]:
    """Raise the documents of the days that a query names; the hint is None where there are none."""
    if hint is None:
        return documents, None
    is_boosted = is_of_date(documents, hint)
    has_effect = bool(is_boosted.any()) or hint.left_nothing
    return boost(documents, is_boosted), hint if has_effect else None
