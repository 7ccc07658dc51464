"""A search over the sample counts what a full scan of the documents counts."""

from datetime import date
from pathlib import Path

import pytest

from indexer.ingest import add_dumps
from search.engine import SearchEngine
from search.records import Query
from tests.benchmarks.counting import counted_by, read_queries
from tests.encoder import NgramEncoder
from tests.full_scan import count, differences, read_documents

SAMPLE = Path(__file__).parents[2] / "data" / "sample"


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    folder = tmp_path_factory.mktemp("counting") / "archive"
    captured_on = date(2026, 3, 20)
    add_dumps([str(SAMPLE)], folder, NgramEncoder(), captured_on=captured_on, show_progress=False)
    return folder


def test_total_and_facets_equal_those_of_a_full_scan(archive):
    engine = SearchEngine.open(archive, load=NgramEncoder)
    documents = read_documents(archive)
    queries = read_queries("sample")
    wrong = {}
    for query in queries:
        scanned = count(documents, query)
        assert scanned.total == query["total"], query["text"]
        counted = counted_by(engine.search(Query(query["text"])))
        if differing := list(differences(counted, scanned)):
            wrong[query["text"]] = differing
    assert len(queries) == 20
    assert wrong == {}
