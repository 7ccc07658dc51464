import numpy as np
import pytest

from search.ranking.fusion import Ranking, mix, standardise, trust_words, weigh_semantic


def ranking(score_by_id, floor=0.0):
    ordered = sorted(score_by_id.items(), key=lambda item: -item[1])
    return Ranking(
        np.array([passage_id for passage_id, _ in ordered], dtype=np.int64),
        np.array([score for _, score in ordered], dtype=np.float64),
        depth=len(ordered),
        floor=floor,
    )


def test_each_side_counts_by_how_far_a_passage_stands_out():
    # Over {1, 2, 3} the words give 4, 2, 0 (mean 2, deviation 1.633), the meaning 1, 0, 0.5 (mean
    # 0.5, deviation 0.408): standardised 1.225, 0, -1.225 and 1.225, -1.225, 0.
    mixed = mix(ranking({1: 4.0, 2: 2.0}), ranking({1: 1.0, 2: 0.0, 3: 0.5}), semantic_weight=0.25)
    assert mixed.positions.tolist() == [1, 2, 3]
    assert mixed.scores.tolist() == pytest.approx([1.2247, -0.3062, -0.9186], abs=1e-4)


def test_a_passage_below_the_lexical_depth_counts_as_the_floor():
    lexical = ranking({1: 9.0, 2: 8.0}, floor=8.0)
    mixed = mix(lexical, ranking({3: 0.9, 1: 0.1, 2: 0.1}), semantic_weight=0.4)
    assert mixed.positions.tolist().index(3) < mixed.positions.tolist().index(2)


@pytest.mark.parametrize(("lexical", "semantic"), [({1: 9.0, 2: 3.0}, {}), ({}, {1: 0.9, 2: 0.3})])
def test_an_empty_side_decides_nothing(lexical, semantic):
    assert mix(ranking(lexical), ranking(semantic), semantic_weight=0.4).positions.tolist() == [
        1,
        2,
    ]


def test_a_side_where_all_are_equal_decides_nothing():
    mixed = mix(ranking({1: 5.0, 2: 5.0}), ranking({1: 0.2, 2: 0.6}), semantic_weight=0.4)
    assert mixed.positions.tolist() == [2, 1]


def test_equal_scores_are_ordered_by_position():
    assert mix(ranking({7: 1.0, 3: 1.0}), ranking({}), semantic_weight=0.4).positions.tolist() == [
        3,
        7,
    ]


def test_nothing_found_is_nothing_mixed():
    assert mix(Ranking.empty(), Ranking.empty(), semantic_weight=0.4).positions.tolist() == []


def test_scores_are_standardised_among_the_first():
    # Of 1 and 3 the mean is 2 and the deviation 1.
    assert standardise(np.array([1.0, 3.0, 7.0]), among=2).tolist() == [-1.0, 1.0, 5.0]


@pytest.mark.parametrize(
    ("strength", "weight"), [(0.0, 0.87), (0.15, 0.87), (0.325, 0.585), (0.5, 0.3), (1.0, 0.3)]
)
def test_the_weaker_the_words_match_the_more_the_meaning_counts(strength, weight):
    assert weigh_semantic(trust_words(strength)) == pytest.approx(weight)
