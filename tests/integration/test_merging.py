"""Segments stay few however many dumps an archive comes in, and hold what they held."""

import pytest

from indexer.ingest import add_dumps
from search.encoders.loading import load_encoder
from search.engine import SearchEngine
from search.index.local.maintenance import merging
from search.index.local.maintenance.check import check
from search.index.local.maintenance.removal import remove_source
from search.records import Query
from tests.conftest import write_jsonl


@pytest.mark.parametrize(
    ("rows", "merged"),
    [
        ([], 0),
        ([5], 0),
        ([12, 12, 12, 5], 4),
        ([10, 10, 10], 3),
        ([100, 10, 10], 2),
        ([41, 20], 0),
        ([40, 20], 2),
        ([1_600_000, 700_000, 700_000], 2),
    ],
)
def test_a_segment_is_merged_with_newer_ones_unless_it_is_far_larger(rows, merged):
    assert merging._too_many(rows) == merged


def test_many_small_dumps_make_few_segments_and_lose_nothing(tmp_path):
    archive, encoder = tmp_path / "a", load_encoder()
    for number in range(9):
        record = {"title": f"خبر رقم {number} عن السدود", "source": f"جريدة {number}"}
        dump = write_jsonl(tmp_path / f"{number}.jsonl", [record])
        add_dumps([str(dump)], archive, encoder, captured_on=None, show_progress=False)
        if number == 4:
            remove_source(archive, "جريدة 2")
    assert len(list((archive / "segments").glob("*.faiss"))) <= 3
    assert len(list((archive / "segments").glob("*.pieces"))) <= 3
    assert check(archive) == []
    engine = SearchEngine.open(archive)
    for doc_id, _ in engine.index.titles(20):
        assert engine.index.tokens(engine.index.passages_of(doc_id), 0).tokens.counts.all()
    found = engine.search(Query("السدود", k=20))
    assert sorted(hit.document.source for hit in found.hits) == [
        f"جريدة {number}" for number in range(9) if number != 2
    ]
