from search.ranking.collapsing import collapse_copies, evidence_by_group
from search.ranking.rankings import Ranking
from search.records import Mode
from tests.candidates import candidates


def test_each_text_is_listed_once_with_its_best_passage():
    # «c» and «a» are copies of one text, and «b» has two passages.
    ranked = candidates(["c", "b", "a", "b"], groups=[1, 2, 1, 2], scores=[9, 7, 6, 5])
    collapsed = collapse_copies(ranked)
    assert (collapsed.doc_ids(), collapsed.score.tolist()) == (["c", "b"], [9, 7])
    assert len(collapse_copies(collapsed.take(slice(0)))) == 0


def test_ranks_count_texts_and_end_at_the_depth_of_their_ranking():
    ranked = candidates(list("acbd"), groups=[1, 1, 2, 4], scores=[0.9, 0.8, 0.7, 0.1])
    evidence = evidence_by_group({Mode.SEMANTIC: Ranking(ranked, depth=3)}, {2, 4, 5})
    assert (evidence[2][Mode.SEMANTIC].rank, evidence[2][Mode.SEMANTIC].score) == (2, 0.7)
    assert (evidence[4][Mode.SEMANTIC].rank, evidence[4][Mode.SEMANTIC].score) == (None, 0.1)
    assert evidence[5] == {}  # a text that the ranking does not contain
