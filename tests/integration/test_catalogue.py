"""The facts of all documents as arrays: equal to what the tables say, read without the bodies."""

import sqlite3
from datetime import date

import pytest

from indexer.ingest import add_dumps
from search.index.local import columns
from search.index.local.columns import KINDS, NO_DAY, Catalogue
from search.index.local.database.schema import DATABASE, connect
from tests.conftest import TINY_DUMP, write_jsonl
from tests.encoder import NgramEncoder

ODD = [
    {"title": "خبر من بلا مصدر ولا تاريخ", "body": "نص قصير عن السوق الأسبوعي. " * 60},
    {"title": "خبر من صحيفة غريبة الاسم", "source": 'a,b"c\\d\n\x1f', "date": "0001-01-01"},
    {"title": "آخر يوم ممكن", "source": "a", "date": "9999-12-31", "language": "fr"},
]


@pytest.fixture
def folder(tmp_path):
    for dump in (TINY_DUMP, write_jsonl(tmp_path / "odd.jsonl", ODD)):
        add_dumps(
            [str(dump)], tmp_path / "a", NgramEncoder(), captured_on=None, show_progress=False
        )
    return tmp_path / "a"


def read(folder):
    with connect(folder) as connection:
        return Catalogue.read(connection)


@pytest.mark.parametrize("chunk", [1, 2, 8192])
def test_arrays_say_what_the_tables_say(folder, monkeypatch, chunk):
    monkeypatch.setattr(columns, "_CHUNK", chunk)
    found = read(folder)
    with sqlite3.connect(folder / DATABASE) as connection:
        documents = connection.execute(
            "SELECT row, coalesce(copy_of, row), kind, source, day, language"
            " FROM documents ORDER BY row"
        ).fetchall()
        passages = connection.execute("SELECT passage_id, document FROM passages").fetchall()
    shown = zip(
        found.rows.tolist(),
        found.groups.tolist(),
        [str(KINDS[code]) for code in found.kinds],
        [found.source_names[code] for code in found.sources],
        [None if day == NO_DAY else date.fromordinal(day).isoformat() for day in found.days],
        [found.language_names[code] for code in found.languages],
        strict=True,
    )
    assert list(shown) == documents
    ids = zip(found.passage_ids.tolist(), found.rows[found.documents].tolist(), strict=True)
    assert list(ids) == sorted(passages)


def test_names_are_numbered_as_they_were_first_stored(folder):
    found = read(folder)
    for codes in (found.sources, found.languages):
        first_met = list(dict.fromkeys(codes.tolist()))
        assert first_met == list(range(len(first_met)))


def test_no_body_is_read(folder):
    with connect(folder) as connection:
        plan = connection.execute(f"EXPLAIN QUERY PLAN {columns._DOCUMENTS}", (-1, 1)).fetchall()
    assert any("COVERING INDEX documents_by_row" in step[3] for step in plan)


def test_an_archive_without_the_index_is_read_all_the_same(folder):
    before = read(folder)
    with sqlite3.connect(folder / DATABASE) as connection:
        connection.execute("DROP INDEX documents_by_row")
    assert read(folder).sources.tolist() == before.sources.tolist()


def test_archive_without_documents_is_read(tmp_path):
    with sqlite3.connect(":memory:") as connection:
        connection.executescript(
            "CREATE TABLE documents (row, copy_of, kind, source, day, language);"
            "CREATE TABLE passages (passage_id, document);"
        )
        found = Catalogue.read(connection)
    assert (found.rows.tolist(), found.documents.tolist()) == ([], [])
    assert found.documents.dtype == "int64"
