import numpy as np
import pytest

from search.encoders.profile import EncoderProfile
from search.index.candidates import Candidates
from search.ranking.fusion import fuse, semantic_weight, standardise, trust_in_words
from search.ranking.rankings import Ranking
from tests.candidates import candidates


def ranking(score_by_id, floor=0.0):
    ordered = sorted(score_by_id.items(), key=lambda item: -item[1])
    found = candidates([doc_id for doc_id, _ in ordered], scores=[score for _, score in ordered])
    return Ranking(found, depth=len(ordered), floor=floor)


def test_each_side_counts_by_how_far_a_passage_stands_out():
    # Over {a, b, c} the words give 4, 2, 0 (mean 2, deviation 1.633), the meaning 1, 0, 0.5 (mean
    # 0.5, deviation 0.408): standardised 1.225, 0, -1.225 and 1.225, -1.225, 0.
    by_words, by_meaning = ranking({"a": 4.0, "b": 2.0}), ranking({"a": 1.0, "b": 0.0, "c": 0.5})
    fused = fuse(by_words, by_meaning, semantic_weight=0.25)
    assert fused.doc_ids() == ["a", "b", "c"]
    assert fused.score.tolist() == pytest.approx([1.2247, -0.3062, -0.9186], abs=1e-4)


def test_a_passage_below_the_lexical_depth_counts_as_the_floor():
    lexical = ranking({"a": 9.0, "b": 8.0}, floor=8.0)
    fused = fuse(lexical, ranking({"c": 0.9, "a": 0.1, "b": 0.1}), semantic_weight=0.4).doc_ids()
    assert fused.index("c") < fused.index("b")


@pytest.mark.parametrize(
    ("lexical", "semantic"), [({"a": 9.0, "b": 3.0}, {}), ({}, {"a": 0.9, "b": 0.3})]
)
def test_an_empty_side_decides_nothing(lexical, semantic):
    fused = fuse(ranking(lexical), ranking(semantic), semantic_weight=0.4)
    assert fused.doc_ids() == ["a", "b"]


def test_a_side_where_all_are_equal_decides_nothing():
    by_words, by_meaning = ranking({"a": 5.0, "b": 5.0}), ranking({"a": 0.2, "b": 0.6})
    assert fuse(by_words, by_meaning, semantic_weight=0.4).doc_ids() == ["b", "a"]


def test_equal_scores_are_ordered_by_id_then_by_ordinal():
    found = candidates(["g", "c", "c"], ordinals=[0, 300, 2], scores=[1.0, 1.0, 1.0])
    fused = fuse(Ranking(found), Ranking.empty(), semantic_weight=0.4)
    passages = zip(fused.doc_ids(), fused.ordinal.tolist(), strict=True)
    assert list(passages) == [("c", 2), ("c", 300), ("g", 0)]


def test_two_passages_of_a_document_are_two_candidates():
    by_words = Ranking(candidates(["a", "a"], ordinals=[0, 1], scores=[2.0, 1.0]))
    by_meaning = Ranking(candidates(["a"], ordinals=[1], scores=[0.5]))
    fused = fuse(by_words, by_meaning, semantic_weight=0.0)
    assert fused.ordinal.tolist() == [0, 1]


def test_nothing_found_is_nothing_fused():
    fused = fuse(Ranking.empty(), Ranking.empty(), semantic_weight=0.4)
    assert fused.doc_ids() == Candidates.none().doc_ids() == []


def test_scores_are_standardised_among_the_first():
    # Of 1 and 3 the mean is 2 and the deviation 1.
    assert standardise(np.array([1.0, 3.0, 7.0]), among=2).tolist() == [-1.0, 1.0, 5.0]


@pytest.mark.parametrize(
    ("strength", "weight"), [(0.0, 0.87), (0.15, 0.87), (0.325, 0.585), (0.5, 0.3), (1.0, 0.3)]
)
def test_the_weaker_the_words_match_the_more_the_meaning_counts(strength, weight):
    trust = trust_in_words(strength, EncoderProfile())
    assert semantic_weight(trust, EncoderProfile()) == pytest.approx(weight)


def test_an_encoder_brings_its_own_weights():
    profile = EncoderProfile(weight_if_words_silent=1.0, weight_if_words_strong=0.5)
    assert [semantic_weight(trust, profile) for trust in (0.0, 0.5, 1.0)] == [1.0, 0.75, 0.5]
