"""Vector segments on disk: small ones are searched exactly, large ones by codes and rounding."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from search.errors import ArchiveError
from search.index.local.segments import quantizer
from search.index.local.segments.files import SegmentFile
from search.index.local.segments.vector_search import DenseSearcher
from search.index.local.segments.vector_segment import NearRows, Segment, write_segment

DIMENSION, CLUSTER = 32, 50
# A segment has codes from 30,000 rows on; they are read without a memory map above 200,000.
ROWS = {"exact": 3000, "codes": 30_000, "codes, not mapped": 200_001}


@dataclass(frozen=True)
class StoredSegment:
    """A segment on disk, and the vectors it was written from."""

    folder: Path
    file: SegmentFile
    vectors: np.ndarray

    def open(self):
        return Segment(self.folder, self.file, dimension=DIMENSION)


@pytest.fixture(scope="module")
def vectors():
    """Return unit vectors in clusters of `CLUSTER`."""
    rng = np.random.default_rng(0)
    rows = np.arange(max(ROWS.values()))
    centres = rng.normal(size=(len(rows) // CLUSTER + 1, DIMENSION))
    vectors = centres[rows // CLUSTER] + 0.5 * rng.normal(size=(len(rows), DIMENSION))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def store(folder, vectors):
    ids = np.arange(10, 10 + 2 * len(vectors), 2)
    file = write_segment(folder, "1.faiss", ids, vectors, dimension=DIMENSION)
    return StoredSegment(folder, file, vectors)


@pytest.fixture(scope="module", params=ROWS)
def stored(request, vectors, tmp_path_factory):
    return store(tmp_path_factory.mktemp("segment"), vectors[: ROWS[request.param]])


@pytest.fixture(scope="module")
def segment(stored):
    return stored.open()


def nearest(vectors, query, rows):
    cosines = vectors[rows] @ query
    best = np.argpartition(-cosines, min(10, len(rows) - 1))[:10]
    return rows[best[np.argsort(-cosines[best])]]


# Of the largest segment, 2.5 % of the rows are too many to gather, and too few to search all rows.
@pytest.mark.parametrize("share", [1.0, 0.5, 0.025, 0.01])
def test_the_nearest_of_the_allowed_vectors_are_found(segment, stored, share):
    vectors, rng = stored.vectors, np.random.default_rng(1)
    is_allowed = np.arange(len(vectors)) // CLUSTER % round(1 / share) == 0
    rows = np.flatnonzero(is_allowed)
    searcher = DenseSearcher([segment], segment.ids)
    found = 0
    for query in vectors[rng.choice(rows, 20)]:
        places, scores = searcher.search(query, 100, None if share == 1.0 else is_allowed)
        assert is_allowed[places].all()
        assert np.abs(vectors[places] @ query - scores).mean() < 0.005
        assert (np.diff(scores) <= 0).all()
        found += len(np.intersect1d(places[:10], nearest(vectors, query, rows)))
    assert found / (20 * 10) > 0.9


def test_allowed_vectors_are_found_however_far_they_are(segment, stored):
    query = stored.vectors[0]
    farthest = np.argsort(stored.vectors @ query)[: len(segment.ids) // 4]
    is_allowed = np.zeros(len(segment.ids), dtype=bool)
    is_allowed[farthest] = True
    places, _ = DenseSearcher([segment], segment.ids).search(query, 100, is_allowed)
    assert len(places) == 100
    assert is_allowed[places].all()
    best = stored.vectors[nearest(stored.vectors, query, farthest)] @ query
    assert (stored.vectors[places[:10]] @ query).mean() > best.mean() - 0.05


def test_removed_passages_are_not_found(segment, stored):
    live = segment.ids[1:]
    places, _ = DenseSearcher([segment], live).search(stored.vectors[0], 100, None)
    assert len(places) == 100
    assert places.min() >= 0
    exact = nearest(stored.vectors, stored.vectors[0], np.arange(1, len(segment.ids)))
    assert len(np.intersect1d(places[:10] + 1, exact)) >= 9


def test_removed_passages_are_not_found_among_the_allowed_ones(segment, stored):
    rows = np.delete(np.arange(len(segment.ids)), [3, 70])
    is_allowed = np.arange(len(rows)) >= 1000
    searcher = DenseSearcher([segment], segment.ids[rows])
    query = stored.vectors[2000]
    places, _ = searcher.search(query, 100, is_allowed)
    assert places.min() >= 1000
    exact = nearest(stored.vectors, query, rows[1000:])
    assert len(np.intersect1d(rows[places[:10]], exact)) >= 9


def test_vectors_and_scores_are_read_in_the_order_of_the_passages(segment, stored):
    vectors, searcher = stored.vectors, DenseSearcher([segment], segment.ids)
    places = np.array([2999, 5, 0])
    assert np.abs(searcher.vectors_of(places) - vectors[places]).max() < 0.01
    scores = searcher.scores_of(vectors[0], places)
    assert scores == pytest.approx(vectors[places] @ vectors[0], abs=0.02)
    assert searcher.scores_of(vectors[0], np.empty(0, np.int64)).tolist() == []


def test_a_passage_without_a_vector_is_an_error(segment):
    live = np.insert(segment.ids, 1, 11)
    with pytest.raises(ArchiveError, match="no vector of passage 11"):
        DenseSearcher([segment], live).vectors_of(np.array([0, 1]))


def test_several_segments_are_searched_and_read_as_one(vectors, tmp_path):
    vectors = vectors[:3000]
    segments = []
    for number, ids in enumerate([np.arange(0, 3000, 2), np.arange(1, 3000, 2)]):
        file = write_segment(tmp_path, f"{number}.faiss", ids, vectors[ids], dimension=DIMENSION)
        segments.append(Segment(tmp_path, file, dimension=DIMENSION))
    searcher = DenseSearcher(segments, np.arange(3000))
    places = np.array([7, 2, 9])
    assert np.abs(searcher.vectors_of(places) - vectors[places]).max() < 1e-6
    found, _ = searcher.search(vectors[7], 10, None)
    assert found.tolist() == nearest(vectors, vectors[7], np.arange(3000)).tolist()


@dataclass
class RecordingSegment:
    """Records how many rows a search asks for."""

    ids: np.ndarray
    counts: list[int] = field(default_factory=list)

    def search(self, query, count, allowed):
        self.counts.append(count)
        return NearRows(np.empty(0, np.int64), np.empty(0, np.float32), are_rough=False)


def test_a_search_among_millions_of_passages_ranks_more_candidates():
    segment = RecordingSegment(np.arange(100))
    searcher = DenseSearcher([segment], segment.ids)
    for among in (100, 3_000_000):
        searcher.search(np.zeros(DIMENSION, np.float32), 10, None, among=among)
    few, many = segment.counts
    assert 10 < few < many


def test_numbers_outside_the_range_of_the_sample_are_clipped(vectors):
    coder = quantizer.ScalarQuantizer(vectors[:2])
    codes = coder.encode(np.stack([vectors[0] + 9, vectors[0] - 9]))
    assert codes.tolist() == [[255] * DIMENSION, [0] * DIMENSION]


def test_a_file_cut_short_while_it_is_open_is_an_error(vectors, tmp_path):
    stored = store(tmp_path, vectors)
    segment = stored.open()
    with (tmp_path / stored.file.name).open("r+b") as file:
        file.truncate(stored.file.size_bytes - DIMENSION)
    last = len(vectors) - 1
    segment.vectors(np.array([last - 1]))
    with pytest.raises(ArchiveError, match=r"1\.faiss was cut short"):
        segment.vectors(np.array([last]))


def test_a_file_that_was_removed_before_it_is_opened_is_an_error(tmp_path):
    # A compaction may remove it; the reader then opens the newest state.
    file = SegmentFile("removed.faiss", 3000, 2**20, "")
    with pytest.raises(ArchiveError, match=r"removed\.faiss cannot be opened: No such file"):
        quantizer.CodeFile(tmp_path / file.name, file, dimension=DIMENSION)
