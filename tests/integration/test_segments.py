"""Segments on disk, small and exact or large and by codes: the same answers, within rounding."""

import numpy as np
import pytest

from search.errors import ArchiveError
from search.index.local.segments import quantizer, vector_search, vector_segment
from search.index.local.segments.files import SegmentFile
from search.index.local.segments.vector_search import DenseSearcher
from search.index.local.segments.vector_segment import Segment, write_segment

ROWS, DIMENSION = 3000, 32


@pytest.fixture(scope="module")
def vectors():
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(60, DIMENSION))
    rows = centres[rng.integers(60, size=ROWS)] + 0.5 * rng.normal(size=(ROWS, DIMENSION))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(params=["exact", "codes", "codes, not mapped"])
def segment(request, vectors, tmp_path, monkeypatch):
    monkeypatch.setattr(vector_segment, "CODES_FROM", ROWS + 1 if request.param == "exact" else 100)
    monkeypatch.setattr(vector_segment, "MOST_GATHERED", 20)
    if request.param == "codes, not mapped":
        monkeypatch.setattr(quantizer, "MOST_MAPPED", 0)
    ids = np.arange(10, 10 + 2 * ROWS, 2)
    file = write_segment(tmp_path, "1.faiss", ids, vectors, dimension=DIMENSION)
    return Segment(tmp_path, file, dimension=DIMENSION)


def nearest(vectors, query, rows):
    return rows[np.argsort(-(vectors[rows] @ query))[:10]]


@pytest.mark.parametrize("share", [1.0, 0.5, 0.02, 0.003])
def test_the_nearest_are_found_among_those_allowed(segment, vectors, share):
    rng = np.random.default_rng(1)
    rows = np.flatnonzero(rng.random(ROWS) < share)
    searcher = DenseSearcher([segment], segment.ids)
    allowed = None
    if share < 1.0:
        allowed = np.zeros(ROWS, dtype=bool)
        allowed[rows] = True
    found = 0
    for query in vectors[:40]:
        places, scores = searcher.search(query, 100, allowed)
        assert set(places.tolist()) <= set(rows.tolist())
        assert np.abs(vectors[places] @ query - scores).max() < 0.02
        assert (np.diff(scores) <= 0).all()
        found += len(set(places[:10].tolist()) & set(nearest(vectors, query, rows).tolist()))
    assert found / (40 * min(10, len(rows))) > 0.95


def test_more_are_chosen_roughly_where_more_are_searched(segment, vectors, monkeypatch):
    chosen = []
    real = Segment.search

    def search(self, query, count, allowed):
        chosen.append(count)
        return real(self, query, count, allowed)

    monkeypatch.setattr(Segment, "search", search)
    monkeypatch.setattr(vector_search, "RANKED_MORE_FOR", ROWS // 3)
    searcher = DenseSearcher([segment], segment.ids)
    searcher.search(vectors[0], 10, None)
    searcher.search(vectors[0], 10, np.arange(ROWS) < 9, among=9)
    assert chosen == [50, 20]


def test_all_are_found_where_none_of_those_allowed_is_near(segment, vectors):
    query = vectors[0]
    farthest = np.argsort(vectors @ query)[: ROWS // 4]
    allowed = np.zeros(ROWS, dtype=bool)
    allowed[farthest] = True
    places, _ = DenseSearcher([segment], segment.ids).search(query, 100, allowed)
    assert len(places) == 100
    assert allowed[places].all()
    assert len(np.intersect1d(places[:10], nearest(vectors, query, farthest))) >= 9


def test_a_vector_comes_back_as_it_was_within_rounding(segment, vectors):
    rows = np.array([5, 77, 2999])
    assert np.abs(segment.vectors(rows) - vectors[rows]).max() < 0.01


def test_vectors_beyond_the_sample_count_as_its_edge(vectors):
    coder = quantizer.Coder(vectors[:2])
    codes = coder.encode(np.stack([vectors[0], vectors[0] + 9, vectors[0] - 9]))
    assert codes[1].tolist() == [255] * DIMENSION
    assert codes[2].tolist() == [0] * DIMENSION


def test_a_file_cut_short_under_its_reader_is_told(vectors, tmp_path, monkeypatch):
    monkeypatch.setattr(vector_segment, "CODES_FROM", 100)
    monkeypatch.setattr(quantizer, "MOST_MAPPED", 0)
    file = write_segment(tmp_path, "1.faiss", np.arange(ROWS), vectors, dimension=DIMENSION)
    segment = Segment(tmp_path, file, dimension=DIMENSION)
    with (tmp_path / "1.faiss").open("r+b") as cut:
        cut.truncate(file.size_bytes - DIMENSION)
    segment.vectors(np.array([ROWS - 2]))
    with pytest.raises(ArchiveError, match=r"1\.faiss was cut short"):
        segment.vectors(np.array([ROWS - 1]))


def test_a_file_that_went_away_is_told(tmp_path):
    # As a compaction may remove it just when it is opened: whoever opens then looks again.
    file = SegmentFile("gone.faiss", ROWS, 2**20, "")
    with pytest.raises(ArchiveError, match=r"gone\.faiss cannot be opened: No such file"):
        quantizer.CodeFile(tmp_path / file.name, file, dimension=DIMENSION)


def test_scores_come_in_the_order_of_the_passages(segment, vectors):
    scores = DenseSearcher([segment], segment.ids).scores_of(vectors[0], np.array([5, 0]))
    assert scores.tolist() == pytest.approx([float(vectors[5] @ vectors[0]), 1.0], abs=0.02)


def test_without_passages_there_are_no_scores(segment, vectors):
    searcher = DenseSearcher([segment], segment.ids)
    assert searcher.scores_of(vectors[0], np.empty(0, np.int64)).tolist() == []


def test_removed_passages_are_not_found(segment, vectors):
    live = segment.ids[1:]
    places, _ = DenseSearcher([segment], live).search(vectors[0], 100, None)
    assert len(places) == 100
    assert places.min() >= 0
    exact = nearest(vectors, vectors[0], np.arange(1, ROWS))
    assert len(np.intersect1d(places[:10] + 1, exact)) >= 9


def test_removed_passages_are_not_found_among_allowed_ones_either(segment, vectors):
    live = np.delete(segment.ids, [3, 70])
    allowed = np.zeros(len(live), dtype=bool)
    allowed[1000:] = True
    places, _ = DenseSearcher([segment], live).search(vectors[0], 100, allowed)
    rows = np.delete(np.arange(ROWS), [3, 70])
    assert places.min() >= 1000
    assert len(np.intersect1d(rows[places[:10]], nearest(vectors, vectors[0], rows[1000:]))) >= 9


def test_vectors_come_in_the_order_asked_for_and_a_lost_one_is_told(segment, vectors):
    live = np.insert(segment.ids, 1, 11)
    searcher = DenseSearcher([segment], live)
    assert np.abs(searcher.vectors_of(np.array([6, 0])) - vectors[[5, 0]]).max() < 0.01
    with pytest.raises(ArchiveError, match="no vector of passage 11"):
        searcher.vectors_of(np.array([0, 1]))


def test_vectors_come_together_from_several_segments(vectors, tmp_path):
    halves = [np.arange(0, ROWS, 2), np.arange(1, ROWS, 2)]
    segments = []
    for number, ids in enumerate(halves):
        file = write_segment(tmp_path, f"{number}.faiss", ids, vectors[ids], dimension=DIMENSION)
        segments.append(Segment(tmp_path, file, dimension=DIMENSION))
    searcher = DenseSearcher(segments, np.arange(ROWS))
    places = np.array([7, 2, 9])
    assert np.abs(searcher.vectors_of(places) - vectors[places]).max() < 1e-6
    found, _ = searcher.search(vectors[7], 10, None)
    assert found.tolist() == nearest(vectors, vectors[7], np.arange(ROWS)).tolist()
