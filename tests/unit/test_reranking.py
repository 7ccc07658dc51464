import numpy as np
import pytest

from search.encoders.identity import TokenLists
from search.index import Surroundings
from search.ranking.reranking import read_passages, reading_depth, rerank
from tests.candidates import candidates


def test_reading_moves_up_what_it_finds_better():
    # Among the first two: fused 1 and -1. The third was not read: it gains what the least did.
    ranked = rerank(candidates(list("abc"), scores=[4.0, 2.0, 1.0]), np.array([-1.2, 1.2]))
    assert ranked.doc_ids() == ["b", "a", "c"]
    assert ranked.score.tolist() == pytest.approx([0.2, -0.2, -3.2])


def test_what_was_not_read_stays_behind_what_was():
    ranked = rerank(candidates(list("abc"), scores=[4.0, 2.0, 2.0]), np.array([1.2, -1.2]))
    assert ranked.doc_ids() == ["a", "b", "c"]


def test_nothing_read_changes_nothing():
    same = candidates(list("ab"), scores=[4.0, 2.0])
    assert rerank(same, np.empty(0)) is same


def test_less_is_read_where_the_words_settle_a_query():
    assert [reading_depth(trust) for trust in (0.0, 0.5, 1.0)] == [100, 60, 20]


SHARES = np.array([[0.1, 0.0], [0.2, 0.3], [0.4, 0.1], [0.5, 0.5], [0.0, 0.2]], dtype=np.float32)


def compare(tokens):
    """Return the shares of passages that are told by the number of their one piece."""
    return SHARES[tokens.pieces]


def around(*runs, own):
    """Make the surroundings of one candidate a run; `own` is the candidate's place in its run."""
    pieces = [np.array([number], np.uint32) for run in runs for number in run]
    lengths = [len(run) for run in runs]
    begins = np.cumsum([0, *lengths[:-1]])
    return Surroundings(TokenLists.joined(pieces), begins, begins + np.array(own))


def test_the_whole_document_is_read_and_its_beginning_again():
    # The first: .7 in its two passages together, .5 in the lead. The second: .1, and short. Of two,
    # one stands a deviation above the mean and one below.
    reading = read_passages(around([1, 2], [0], own=[1, 0]), compare)
    assert reading.gains.tolist() == pytest.approx([0.9 + 0.9 - 0.4, -0.9 - 0.9 + 0.4])
    assert reading.passages.tolist() == pytest.approx([0.5, 0.1])


def test_a_document_alone_stands_out_from_nothing():
    assert read_passages(around([1, 2], own=[1]), compare).gains.tolist() == [0.0]


def test_without_a_known_piece_length_decides_nothing():
    reading = read_passages(
        around([1, 2], [0], own=[1, 0]), lambda tokens: np.empty((3, 0), np.float32)
    )
    assert (reading.gains.tolist(), reading.passages.tolist()) == ([0.0, 0.0], [0.0, 0.0])
