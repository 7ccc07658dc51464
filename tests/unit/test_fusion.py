import pytest

from search.fusion import mix, weigh_semantic


def test_each_side_counts_by_how_far_a_passage_stands_out():
    # Lexical scores 4, 2, 0: mean 2, deviation sqrt(8/3); semantic .1, .3, .5: mean .3.
    mixed = mix({1: 4.0, 2: 2.0}, {1: 0.1, 2: 0.3, 3: 0.5}, semantic_weight=0.4)
    z = (3 / 2) ** 0.5  # 2 / sqrt(8/3), and .2 / sqrt(.08/3)
    assert mixed == pytest.approx({1: 0.6 * z - 0.4 * z, 2: 0.0, 3: -0.6 * z + 0.4 * z})


def test_a_passage_below_the_lexical_depth_counts_as_the_floor():
    with_floor = mix(
        {1: 9.0, 2: 8.0}, {3: 0.9, 1: 0.1, 2: 0.1}, semantic_weight=0.4, lexical_floor=8.0
    )
    assert with_floor[3] > with_floor[2]


@pytest.mark.parametrize(("lexical", "semantic"), [({1: 9.0, 2: 3.0}, {}), ({}, {1: 0.9, 2: 0.3})])
def test_an_empty_side_decides_nothing(lexical, semantic):
    mixed = mix(lexical, semantic, semantic_weight=0.4)
    assert sorted(mixed, key=mixed.__getitem__, reverse=True) == [1, 2]


def test_a_side_where_all_are_equal_decides_nothing():
    mixed = mix({1: 5.0, 2: 5.0}, {1: 0.2, 2: 0.6}, semantic_weight=0.4)
    assert mixed[2] > mixed[1]


def test_nothing_found_is_nothing_mixed():
    assert mix({}, {}, semantic_weight=0.4) == {}


@pytest.mark.parametrize(
    ("strength", "weight"), [(0.0, 0.9), (0.15, 0.6), (0.3, 0.3), (0.7, 0.3), (1.0, 0.3)]
)
def test_the_weaker_the_words_match_the_more_the_meaning_counts(strength, weight):
    assert weigh_semantic(strength) == pytest.approx(weight)
