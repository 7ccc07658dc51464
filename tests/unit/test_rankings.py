import pytest

from search.index import WordRanking
from search.ranking.rankings import lexical_ranking, semantic_ranking, to_compare
from tests.candidates import candidates


def test_what_words_left_out_scores_at_most_what_their_last_does():
    found = candidates(list("ab"), scores=[9.0, 8.0])
    assert lexical_ranking(WordRanking(found, 0.5, is_exact=True)).floor == 0.0
    ranking = lexical_ranking(WordRanking(found, 0.5, is_exact=False))
    assert (ranking.floor, ranking.is_exact) == (8.0, False)


def test_only_what_the_vectors_did_not_find_is_compared():
    ranked = candidates(["a", "a", "b"], ordinals=[0, 1, 0], scores=[3, 2, 1])
    nearest = candidates(["a", "c"], ordinals=[1, 0], scores=[0.9, 0.8])
    compared = to_compare(ranked, nearest)
    assert list(zip(compared.doc_ids(), compared.ordinal.tolist(), strict=True)) == [
        ("a", 0),
        ("b", 0),
    ]


def test_the_best_of_the_words_are_compared():
    ranked = candidates([f"{number:03}" for number in range(300)], scores=range(300, 0, -1))
    nearest = candidates(["000"], scores=[0.5])
    assert len(to_compare(ranked, nearest)) == 199


def test_passages_stand_by_their_score_and_equals_by_their_ids():
    found = candidates(list("cbad"), scores=[0.9, 0.5, 0.5, 0.1])
    ranking = semantic_ranking(found, is_exact=False)
    assert ranking.candidates.doc_ids() == ["c", "a", "b", "d"]
    assert ranking.floor == pytest.approx(0.1)
