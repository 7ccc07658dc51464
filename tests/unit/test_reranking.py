import numpy as np
import pytest

from search.encoders.identity import PieceLists
from search.index import PassageWindows
from search.ranking.reranking import rerank, rerank_depth, score_by_interaction
from tests.candidates import candidates


def test_documents_are_ordered_by_fused_score_plus_gain():
    # The fused scores of the two documents read are standardised to 1 and -1. The third document
    # was not read, and has the least gain.
    ranked = rerank(candidates(list("abc"), scores=[4.0, 2.0, 1.0]), np.array([-1.2, 1.2]))
    assert ranked.doc_ids() == ["b", "a", "c"]
    assert ranked.score.tolist() == pytest.approx([0.2, -0.2, -3.2])


def test_a_document_that_was_not_read_does_not_pass_one_of_equal_score():
    ranked = rerank(candidates(list("abc"), scores=[4.0, 2.0, 2.0]), np.array([1.2, -1.2]))
    assert ranked.doc_ids() == ["a", "b", "c"]


def test_the_order_stays_where_no_document_was_read():
    fused = candidates(list("ab"), scores=[4.0, 2.0])
    assert rerank(fused, np.empty(0)) is fused


def test_fewer_documents_are_read_the_more_the_words_are_trusted():
    assert rerank_depth(0.0) > rerank_depth(0.5) > rerank_depth(1.0) > 0


SHARES = np.array([[0.1, 0.0], [0.2, 0.3], [0.4, 0.1], [0.5, 0.5], [0.0, 0.2]], dtype=np.float32)


def compare(tokens):
    """Return the shares of passages that consist of one piece, the number of a row of SHARES."""
    return SHARES[tokens.pieces]


def around(*runs, own):
    """Return the surroundings of one candidate for each run of passages.

    `own` is the place of each candidate in its run.
    """
    pieces = [np.array([number], np.uint32) for run in runs for number in run]
    lengths = [len(run) for run in runs]
    begins = np.cumsum([0, *lengths[:-1]])
    return PassageWindows(PieceLists.joined(pieces), begins, begins + np.array(own))


def test_a_document_gains_by_all_its_passages_and_its_first_and_loses_by_length():
    # The first document scores .7 in its two passages together and .5 in the first of them; the
    # second scores .1, and is shorter. Standardised, two scores are always 1 and -1.
    interaction = score_by_interaction(around([1, 2], [0], own=[1, 0]), compare)
    assert interaction.document_scores.tolist() == pytest.approx(
        [0.9 + 0.9 - 0.4, -0.9 - 0.9 + 0.4]
    )
    assert interaction.passages.tolist() == pytest.approx([0.5, 0.1])


def test_a_single_document_gains_nothing():
    assert score_by_interaction(around([1, 2], own=[1]), compare).document_scores.tolist() == [0.0]


def test_length_alone_changes_nothing_where_the_query_has_no_known_piece():
    no_shares = np.empty((3, 0), np.float32)
    interaction = score_by_interaction(around([1, 2], [0], own=[1, 0]), lambda tokens: no_shares)
    assert (interaction.document_scores.tolist(), interaction.passages.tolist()) == (
        [0.0, 0.0],
        [0.0, 0.0],
    )
