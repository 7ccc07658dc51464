"""Segments are merged, so that an archive of many dumps has few of them and loses nothing."""

from indexer.ingest import add_dumps
from search.encoders.loading import load_encoder
from search.engine import SearchEngine
from search.index.local.segments import merging
from search.index.opening import open_index
from search.records import Query
from tests.conftest import write_jsonl


def test_a_segment_is_merged_with_newer_ones_unless_it_is_far_larger():
    merged_by_rows = {
        (): 0,
        (5,): 0,
        (12, 12, 12, 5): 4,
        (10, 10, 10): 3,
        (100, 10, 10): 2,
        (41, 20): 0,
        (40, 20): 2,
        (1_600_000, 700_000, 700_000): 2,
    }
    assert {rows: merging._too_many(rows) for rows in merged_by_rows} == merged_by_rows


def test_many_small_dumps_leave_few_segments_with_all_passages(tmp_path):
    archive, encoder = tmp_path / "a", load_encoder()
    for number in range(9):
        record = {"title": f"خبر رقم {number} عن السدود", "source": f"جريدة {number}"}
        dump = write_jsonl(tmp_path / f"{number}.jsonl", [record])
        add_dumps([str(dump)], archive, encoder, captured_on=None, show_progress=False)
        if number == 4:
            open_index(archive).remove_source("جريدة 2")
    assert len(list((archive / "segments").glob("*.faiss"))) <= 3
    assert len(list((archive / "segments").glob("*.pieces"))) <= 3
    assert open_index(archive).check() == []
    index = open_index(archive).open()
    for doc_id, _ in index.titles(20):
        assert index.tokens(index.passages_of(doc_id), 0).tokens.counts.all()
    page = SearchEngine.open(archive).search(Query("السدود", k=20))
    assert sorted(hit.document.source for hit in page.hits) == [
        f"جريدة {number}" for number in range(9) if number != 2
    ]
