from dataclasses import replace

import numpy as np
import pytest

from search.index.local.columns import NO_DAY, Catalogue
from search.ranking.collapsing import (
    Found,
    evidence_by_group,
    fold_copies,
    order_by,
    rank_anew,
    read_best,
    read_depth,
)
from search.ranking.fusion import Ranking
from search.records import Mode, Sort


@pytest.fixture
def catalogue():
    """Four documents; the third is a copy of the first; the second has two passages."""
    return Catalogue(
        rows=np.array([10, 20, 30, 40]),
        groups=np.array([10, 20, 10, 40]),
        kinds=np.zeros(4, dtype=np.int32),
        sources=np.zeros(4, dtype=np.int32),
        languages=np.zeros(4, dtype=np.int32),
        language_names=("ar",),
        days=np.array([5, 9, 7, NO_DAY], dtype=np.int32),
        source_names=(None,),
        passage_ids=np.array([1, 2, 3, 4, 5]),
        documents=np.array([0, 1, 1, 2, 3], dtype=np.int32),
    )


def ranking(positions, scores, depth=99):
    return Ranking(np.array(positions), np.array(scores, dtype=np.float64), depth)


def found(positions, scores, places):
    return Found(
        np.array(places, dtype=np.int32), np.array(positions), np.array(scores, dtype=np.float64)
    )


def test_a_text_is_found_once_by_its_best_passage(catalogue):
    # 3 belongs to the copy of 0's document, 2 to the document of 1.
    folded = fold_copies(ranking([3, 2, 0, 1], [9, 7, 6, 5]), catalogue)
    assert folded.positions.tolist() == [3, 2]
    assert folded.places.tolist() == [2, 1]
    assert folded.scores.tolist() == [9, 7]


def test_reading_moves_up_what_it_finds_better():
    # Among the first two: fused 1 and -1. The third was not read: it gains what the least did.
    ranked = rank_anew(found([1, 2, 3], [4.0, 2.0, 1.0], [0, 1, 2]), np.array([-1.2, 1.2]))
    assert ranked.positions.tolist() == [2, 1, 3]
    assert ranked.scores.tolist() == pytest.approx([0.2, -0.2, -3.2])


def test_what_was_not_read_stays_behind_what_was():
    ranked = rank_anew(found([1, 2, 3], [4.0, 2.0, 2.0], [0, 1, 2]), np.array([1.2, -1.2]))
    assert ranked.positions.tolist() == [1, 2, 3]


def test_nothing_read_changes_nothing():
    same = found([1, 2], [4.0, 2.0], [0, 1])
    assert rank_anew(same, np.empty(0)) is same


@pytest.mark.parametrize(
    ("sort", "expected"), [(Sort.NEWEST, [2, 4, 1, 5]), (Sort.OLDEST, [1, 4, 2, 5])]
)
def test_a_document_without_a_date_comes_last(catalogue, sort, expected):
    ordered = order_by(found([5, 1, 2, 4], [4, 3, 2, 1], [3, 0, 1, 2]), sort, catalogue)
    assert ordered.positions.tolist() == expected


def test_ranks_are_counted_in_texts_and_only_where_ranked(catalogue):
    sides = {Mode.SEMANTIC: ranking([0, 3, 1, 4], [0.9, 0.8, 0.7, 0.1], depth=3)}
    evidence = evidence_by_group(sides, {20, 40}, catalogue)
    assert (evidence[20][Mode.SEMANTIC].rank, evidence[20][Mode.SEMANTIC].score) == (2, 0.7)
    assert (evidence[40][Mode.SEMANTIC].rank, evidence[40][Mode.SEMANTIC].score) == (None, 0.1)


def test_less_is_read_where_the_words_settle_a_query():
    assert [read_depth(trust) for trust in (0.0, 0.5, 1.0)] == [100, 60, 20]


SHARES = np.array([[0.1, 0.0], [0.2, 0.3], [0.4, 0.1], [0.5, 0.5], [0.0, 0.2]], dtype=np.float32)


def compare(positions):
    return SHARES[positions]


def gains(catalogue, depth=2, compare=compare):
    return read_best(found([2, 0], [2.0, 1.0], [1, 0]), catalogue, depth, compare).gains.tolist()


def test_the_whole_document_is_read_and_its_beginning_again(catalogue):
    # The first: .7 in its two passages together, .5 in the lead. The second: .1, and short. Of two,
    # one stands a deviation above the mean and one below.
    assert gains(catalogue) == pytest.approx([0.9 + 0.9 - 0.4, -0.9 - 0.9 + 0.4])


def test_no_more_than_asked_for_are_read(catalogue):
    assert gains(catalogue, depth=1) == [0.0]  # alone it stands out from nothing


def test_without_a_known_piece_length_decides_nothing(catalogue):
    assert gains(catalogue, compare=lambda at: np.empty((len(at), 0), np.float32)) == [0.0, 0.0]


def test_a_document_is_read_around_a_passage_and_at_its_beginning(catalogue):
    texts = np.repeat([0, 1, 2], [1, 8, 2])
    catalogue = replace(catalogue, passage_ids=np.arange(len(texts)), documents=texts)
    near, begins, own = catalogue.around(np.array([6, 10, 1, 3, 0]))
    parts = [part.tolist() for part in np.split(near, begins[1:])]
    assert parts == [[1, 4, 5, 6, 7, 8], [9, 10], [1, 2, 3], [1, 2, 3, 4, 5], [0]]
    assert near[own].tolist() == [6, 10, 1, 3, 0]


def test_texts_that_several_documents_have_are_told(catalogue):
    assert catalogue.shared([40, 10, 20, 10]) == [10, 10]
    assert replace(catalogue, groups=catalogue.rows).shared([10, 40]) == []
