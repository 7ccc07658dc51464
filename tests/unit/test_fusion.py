import numpy as np
import pytest

from search.encoders.profile import EncoderProfile
from search.ranking.fusion import fuse, semantic_weight, standardise, trust_in_words
from search.ranking.rankings import Ranking
from tests.candidates import candidates


def ranking(score_by_id, floor=0.0):
    ordered = sorted(score_by_id.items(), key=lambda item: -item[1])
    ranked = candidates([doc_id for doc_id, _ in ordered], scores=[score for _, score in ordered])
    return Ranking(ranked, depth=len(ordered), floor=floor)


def test_each_side_scores_a_passage_by_its_distance_from_the_mean():
    # Over {a, b, c}, words score 4, 2, 0 (mean 2, deviation 1.633) and meaning scores 1, 0, 0.5
    # (mean 0.5, deviation 0.408); standardised, these are 1.225, 0, -1.225 and 1.225, -1.225, 0.
    by_words, by_meaning = ranking({"a": 4.0, "b": 2.0}), ranking({"a": 1.0, "b": 0.0, "c": 0.5})
    fused = fuse(by_words, by_meaning, semantic_weight=0.25)
    assert fused.doc_ids() == ["a", "b", "c"]
    assert fused.score.tolist() == pytest.approx([1.2247, -0.3062, -0.9186], abs=1e-4)


def test_a_passage_below_the_depth_of_the_words_scores_their_floor():
    by_words, by_meaning = (
        ranking({"a": 9.0, "b": 8.0}, 8.0),
        ranking({"c": 0.9, "a": 0.1, "b": 0.1}),
    )
    fused = fuse(by_words, by_meaning, semantic_weight=0.4).doc_ids()
    assert fused.index("c") < fused.index("b")


def test_a_side_that_is_empty_or_scores_all_alike_has_no_effect():
    cases = {
        "meaning is empty": ({"b": 9.0, "a": 3.0}, {}),
        "words are empty": ({}, {"b": 0.9, "a": 0.3}),
        "words score all alike": ({"a": 5.0, "b": 5.0}, {"a": 0.2, "b": 0.6}),
    }
    for case, (by_words, by_meaning) in cases.items():
        fused = fuse(ranking(by_words), ranking(by_meaning), semantic_weight=0.4)
        assert fused.doc_ids() == ["b", "a"], case
    assert fuse(Ranking.empty(), Ranking.empty(), semantic_weight=0.4).doc_ids() == []


def test_equal_scores_are_ordered_by_id_then_by_ordinal():
    ranked = candidates(["g", "c", "c"], ordinals=[0, 300, 2], scores=[1.0, 1.0, 1.0])
    fused = fuse(Ranking(ranked), Ranking.empty(), semantic_weight=0.4)
    passages = zip(fused.doc_ids(), fused.ordinal.tolist(), strict=True)
    assert list(passages) == [("c", 2), ("c", 300), ("g", 0)]


def test_two_passages_of_a_document_are_two_candidates():
    by_words = Ranking(candidates(["a", "a"], ordinals=[0, 1], scores=[2.0, 1.0]))
    by_meaning = Ranking(candidates(["a"], ordinals=[1], scores=[0.5]))
    fused = fuse(by_words, by_meaning, semantic_weight=0.0)
    assert fused.ordinal.tolist() == [0, 1]


def test_the_first_scores_alone_may_set_the_mean_and_deviation():
    # The mean of 1 and 3 is 2, and their deviation is 1.
    assert standardise(np.array([1.0, 3.0, 7.0]), among=2).tolist() == [-1.0, 1.0, 5.0]


def test_meaning_weighs_more_the_weaker_the_words_match():
    profile = EncoderProfile(
        weight_if_words_silent=1.0,
        weight_if_words_strong=0.5,
        silent_words=0.2,
        settling_words=0.6,
    )
    expected = {0.0: 1.0, 0.2: 1.0, 0.4: 0.75, 0.6: 0.5, 1.0: 0.5}
    weights = {
        strength: semantic_weight(trust_in_words(strength, profile), profile)
        for strength in expected
    }
    assert weights == pytest.approx(expected)
