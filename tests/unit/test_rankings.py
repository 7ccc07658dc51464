import pytest

from search.index import WordRanking
from search.ranking.rankings import (
    SCORED_DEPTH,
    candidates_to_score,
    lexical_ranking,
    semantic_ranking,
)
from tests.candidates import candidates


def test_a_passage_below_the_depth_of_the_words_scores_as_the_last_one_above_it():
    ranked = candidates(list("ab"), scores=[9.0, 8.0])
    assert lexical_ranking(WordRanking(ranked, 0.5, is_exact=True)).floor == 0.0
    ranking = lexical_ranking(WordRanking(ranked, 0.5, is_exact=False))
    assert (ranking.floor, ranking.is_exact) == (8.0, False)


def test_candidates_by_words_are_compared_unless_the_vectors_found_them():
    ranked = candidates(["a", "a", "b"], ordinals=[0, 1, 0], scores=[3, 2, 1])
    nearest = candidates(["a", "c"], ordinals=[1, 0], scores=[0.9, 0.8])
    compared = candidates_to_score(ranked, nearest)
    passages = zip(compared.doc_ids(), compared.ordinal.tolist(), strict=True)
    assert list(passages) == [("a", 0), ("b", 0)]


def test_only_the_best_candidates_by_words_are_compared():
    doc_ids = [f"{number:04}" for number in range(SCORED_DEPTH + 100)]
    ranked = candidates(doc_ids, scores=range(len(doc_ids), 0, -1))
    compared = candidates_to_score(ranked, candidates(["0000"], scores=[0.5]))
    assert compared.doc_ids() == doc_ids[1:SCORED_DEPTH]


def test_candidates_by_meaning_are_ordered_by_score_then_by_id():
    nearest = candidates(list("cbad"), scores=[0.9, 0.5, 0.5, 0.1])
    ranking = semantic_ranking(nearest, is_exact=False)
    assert ranking.candidates.doc_ids() == ["c", "a", "b", "d"]
    assert ranking.floor == pytest.approx(0.1)
