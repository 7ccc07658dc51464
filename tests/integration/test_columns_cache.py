"""The cached columns are those of the last commit, or they are not used."""

import numpy as np
import pytest

from indexer.ingest import add_dumps
from search.index.local import columns_cache
from search.index.local.columns_cache import read_cached_columns
from search.index.local.columns_scan import scan_columns
from search.index.local.database.meta import read_meta
from search.index.local.database.schema import connect
from search.index.local.folder import FACTS
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
    """Build a small archive with a cache; otherwise it takes 100,000 documents."""
    monkeypatch.setattr(columns_cache, "CACHED_FROM", 1)
    add(tmp_path / "a", TINY_DUMP)
    add(tmp_path / "a", write_jsonl(tmp_path / "more.jsonl", MORE))
    return tmp_path / "a"


def read_cache(folder):
    with connect(folder) as connection:
        return read_cached_columns(folder, read_meta(connection))


def read_database(folder):
    with connect(folder) as connection:
        return scan_columns(connection)


def test_the_cache_holds_the_columns_of_the_database(folder):
    cached, read = read_cache(folder), read_database(folder)
    for name in ARRAYS:
        assert getattr(cached, name).tolist() == getattr(read, name).tolist(), name
        assert getattr(cached, name).dtype == getattr(read, name).dtype, name
    assert cached.source_names == read.source_names
    assert cached.language_names == read.language_names
    assert check(folder) == []


def test_an_archive_is_opened_from_the_cache(folder):
    """The days of the file are changed, as only a file of this commit may be."""
    cached = read_cache(folder)
    with np.load(folder / FACTS) as stored:
        arrays = dict(stored)
    np.savez(folder / FACTS, **{**arrays, "days": arrays["days"] + 1})
    assert open_snapshot(folder).columns.days.tolist() == (cached.days + 1).tolist()


def commit_and_die(folder):
    with ArchiveWriter(folder) as writer:
        with writer.commit() as changes:
            for doc_id in changes.ids_of_source("جريدة السهل"):
                changes.remove(doc_id)
        raise RuntimeError("killed")


def test_the_cache_of_another_commit_is_ignored(folder):
    before = (folder / FACTS).read_bytes()
    with pytest.raises(RuntimeError, match="killed"):
        commit_and_die(folder)
    assert (folder / FACTS).read_bytes() == before
    assert read_cache(folder) is None
    assert open_snapshot(folder).columns.rows.tolist() == read_database(folder).rows.tolist()


def test_a_damaged_cache_is_ignored_and_named_by_the_check(folder):
    sound = (folder / FACTS).read_bytes()
    expected = read_database(folder).rows.tolist()
    for place in (0.001, 0.2, 0.4, 0.6, 0.8, 0.98, 0.999):
        content = bytearray(sound)
        content[int(place * len(content))] ^= 0xFF
        (folder / FACTS).write_bytes(content)
        assert open_snapshot(folder).columns.rows.tolist() == expected, place
        assert any(line.startswith(FACTS) for line in check(folder)), place


def test_a_cache_that_is_no_archive_of_arrays_is_ignored(folder):
    for content in (b"", b"PK", b"\x93NUMPY"):
        (folder / FACTS).write_bytes(content)
        assert read_cache(folder) is None, content


def test_a_cache_with_numbers_beyond_its_arrays_is_ignored(folder, caplog):
    expected = read_database(folder).rows.tolist()
    with np.load(folder / FACTS) as stored:
        arrays = dict(stored)
    for name in ("sources", "documents", "kinds", "by_doc_id", "days"):
        np.savez(folder / FACTS, **{**arrays, name: arrays[name] + 10**7})
        caplog.clear()
        assert open_snapshot(folder).columns.rows.tolist() == expected, name
        assert "is damaged; the database is read instead" in caplog.text, name


def test_the_cache_is_written_by_runs_that_change_a_large_archive(folder, monkeypatch):
    written = (folder / FACTS).stat().st_ino
    add(folder, TINY_DUMP)
    assert (folder / FACTS).stat().st_ino == written
    open_index(folder).remove_source("جريدة السهل")
    assert read_cache(folder).rows.tolist() == read_database(folder).rows.tolist()
    monkeypatch.setattr(columns_cache, "CACHED_FROM", 100_000)
    add(folder, TINY_DUMP)
    assert not (folder / FACTS).exists()
    assert check(folder) == []
