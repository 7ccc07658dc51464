"""The facts beside the database: the same, of the same commit, or not used."""

import numpy as np
import pytest

from indexer.ingest import add_dumps
from search.index.local import columns_cache, snapshot
from search.index.local.columns_cache import read_facts
from search.index.local.columns_scan import scan_columns
from search.index.local.database.meta import read_meta
from search.index.local.database.schema import FACTS, connect
from search.index.local.maintenance.check import check
from search.index.local.snapshot import open_snapshot
from search.index.local.writer import ArchiveWriter
from search.index.opening import open_index
from tests.conftest import TINY_DUMP, write_jsonl
from tests.encoder import NgramEncoder

MORE = [{"title": "موسم الزعفران في تالوين", "source": "a,b\n", "date": "0001-01-01"}]
ARRAYS = (
    "rows",
    "doc_ids",
    "by_doc_id",
    "groups",
    "kinds",
    "sources",
    "days",
    "languages",
    "passage_ids",
    "documents",
)


def add(folder, dump):
    add_dumps([str(dump)], folder, NgramEncoder(), captured_on=None, show_progress=False)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(columns_cache, "FACTS_FROM", 1)
    add(tmp_path / "a", TINY_DUMP)
    add(tmp_path / "a", write_jsonl(tmp_path / "more.jsonl", MORE))
    return tmp_path / "a"


def held(folder):
    with connect(folder) as connection:
        return read_facts(folder, read_meta(connection))


def told(folder):
    with connect(folder) as connection:
        return scan_columns(connection)


def test_the_facts_are_those_of_the_database(folder, monkeypatch):
    from_file, from_database = held(folder), told(folder)
    for name in ARRAYS:
        mine, theirs = getattr(from_file, name), getattr(from_database, name)
        assert mine.tolist() == theirs.tolist()
        assert mine.dtype == theirs.dtype
    assert from_file.source_names == from_database.source_names
    assert from_file.language_names == from_database.language_names
    monkeypatch.setattr(snapshot, "scan_columns", None)
    assert np.array_equal(open_snapshot(folder).columns.rows, from_file.rows)
    assert check(folder) == []


def commit_and_die(folder):
    with ArchiveWriter(folder) as writer:
        with writer.commit() as changes:
            for doc_id in changes.ids_of_source("جريدة السهل"):
                changes.remove(doc_id)
        raise RuntimeError("killed")


def test_the_facts_of_another_commit_are_passed_over(folder):
    before = (folder / FACTS).read_bytes()
    with pytest.raises(RuntimeError, match="killed"):
        commit_and_die(folder)
    assert (folder / FACTS).read_bytes() == before
    assert held(folder) is None
    assert open_snapshot(folder).columns.rows.tolist() == told(folder).rows.tolist()


@pytest.mark.parametrize("place", [0.001, 0.2, 0.4, 0.6, 0.8, 0.98, 0.999])
def test_damaged_facts_are_passed_over_and_named_by_the_check(folder, place):
    path = folder / FACTS
    content = bytearray(path.read_bytes())
    content[int(place * len(content))] ^= 0xFF
    path.write_bytes(content)
    assert open_snapshot(folder).columns.rows.tolist() == told(folder).rows.tolist()
    assert any(line.startswith(FACTS) for line in check(folder))


@pytest.mark.parametrize("content", [b"", b"PK", b"\x93NUMPY"])
def test_what_is_no_such_file_is_passed_over(folder, content):
    (folder / FACTS).write_bytes(content)
    assert held(folder) is None


def test_a_run_that_changes_nothing_writes_none_and_a_small_archive_has_none(folder, monkeypatch):
    written = (folder / FACTS).stat().st_ino
    add(folder, TINY_DUMP)
    assert (folder / FACTS).stat().st_ino == written
    open_index(folder).remove_source("جريدة السهل")
    assert held(folder).rows.tolist() == told(folder).rows.tolist()
    monkeypatch.setattr(columns_cache, "FACTS_FROM", 100_000)
    add(folder, TINY_DUMP)
    assert not (folder / FACTS).exists()
    assert check(folder) == []
