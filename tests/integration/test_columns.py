"""The columns of all documents equal the tables, and are read without the bodies."""

import sqlite3
from contextlib import closing
from datetime import date

import numpy as np
import pytest

from indexer.ingest import add_dumps
from search.index.candidates import KINDS, NO_DAY
from search.index.local.columns import ArchiveColumns
from search.index.local.columns_scan import _DOCUMENTS, scan_columns
from search.index.local.database.schema import connect
from search.index.local.folder import DATABASE
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


def read(folder, **options):
    with connect(folder) as connection:
        return scan_columns(connection, **options)


def test_the_columns_equal_the_tables_however_many_rows_are_read_at_once(folder):
    with closing(sqlite3.connect(folder / DATABASE)) as connection:
        documents = connection.execute(
            "SELECT row, doc_id, coalesce(copy_of, row), kind, source, day, language"
            " FROM documents ORDER BY row"
        ).fetchall()
        passages = connection.execute("SELECT passage_id, document FROM passages").fetchall()
    for rows in (1, 2, 8192):
        columns = read(folder, rows=rows)
        values = zip(
            columns.rows.tolist(),
            [doc_id.decode() for doc_id in columns.doc_ids.tolist()],
            columns.groups.tolist(),
            [str(KINDS[code]) for code in columns.kinds],
            [columns.source_names[code] for code in columns.sources],
            [None if day == NO_DAY else date.fromordinal(day).isoformat() for day in columns.days],
            [columns.language_names[code] for code in columns.languages],
            strict=True,
        )
        assert list(values) == documents, rows
        document_rows = columns.rows[columns.documents].tolist()
        ids = list(zip(columns.passage_ids.tolist(), document_rows, strict=True))
        assert ids == sorted(passages), rows
        in_order = columns.doc_ids[columns.by_doc_id].tolist()
        assert in_order == sorted(in_order), rows


def test_names_are_numbered_in_the_order_of_their_first_documents(folder):
    columns = read(folder)
    for codes in (columns.sources, columns.languages):
        distinct = list(dict.fromkeys(codes.tolist()))
        assert distinct == list(range(len(distinct)))


def test_no_body_is_read(folder):
    with connect(folder) as connection:
        plan = connection.execute(f"EXPLAIN QUERY PLAN {_DOCUMENTS}", (-1, 1)).fetchall()
    assert any("COVERING INDEX documents_by_row" in step[3] for step in plan)


def test_an_archive_without_the_database_index_is_read(folder):
    before = read(folder)
    with sqlite3.connect(folder / DATABASE) as connection:
        connection.execute("DROP INDEX documents_by_row")
    assert read(folder).sources.tolist() == before.sources.tolist()


def test_an_archive_without_documents_is_read():
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(
            "CREATE TABLE documents (row, doc_id, copy_of, kind, source, day, language);"
            "CREATE TABLE passages (passage_id, document);"
        )
        columns = scan_columns(connection)
    assert (columns.rows.tolist(), columns.documents.tolist()) == ([], [])
    assert columns.documents.dtype == "int64"


@pytest.fixture
def columns():
    """Return four documents: the third is a copy of the first, the second has two passages."""
    return build_columns(rows=[10, 20, 30, 40], groups=[10, 20, 10, 40], documents=[0, 1, 1, 2, 3])


def build_columns(*, rows, groups, documents):
    zeros = np.zeros(len(rows), dtype=np.int32)
    # The ids descend, so that their order is not the order of the rows.
    doc_ids = np.array([f"{99 - row}" for row in rows], dtype=np.bytes_)
    return ArchiveColumns(
        rows=np.array(rows),
        doc_ids=doc_ids,
        by_doc_id=np.argsort(doc_ids).astype(np.int32),
        groups=np.array(groups),
        kinds=zeros,
        sources=zeros,
        days=zeros,
        languages=zeros,
        source_names=(None,),
        language_names=("ar",),
        passage_ids=np.arange(3, 3 + len(documents)),
        documents=np.array(documents),
    )


def test_a_document_is_looked_up_by_its_id(columns):
    assert [columns.ord_of(str(99 - row)) for row in (10, 20, 30, 40)] == [0, 1, 2, 3]
    assert [columns.ord_of(doc_id) for doc_id in ("00", "999", "7", "")] == [None] * 4


def test_the_passages_around_a_passage_and_the_first_of_its_document_are_listed():
    documents = np.repeat([0, 1, 2], [1, 8, 2])
    columns = build_columns(rows=[1, 2, 3], groups=[1, 2, 3], documents=documents)
    near, begins, own = columns.around(np.array([6, 10, 1, 3, 0]), 2)
    parts = [part.tolist() for part in np.split(near, begins[1:])]
    assert parts == [[1, 4, 5, 6, 7, 8], [9, 10], [1, 2, 3], [1, 2, 3, 4, 5], [0]]
    assert near[own].tolist() == [6, 10, 1, 3, 0]


def test_passages_are_numbered_within_their_document(columns):
    assert columns.ordinals_of(np.array([4, 2, 1, 0])).tolist() == [0, 1, 0, 0]
    assert [columns.passages_of(document).tolist() for document in (1, 3)] == [[1, 2], [4]]
    assert columns.positions_of(np.array([7, 2, 3, 99])).tolist() == [4, -1, 0, -1]
    assert columns.documents_of(np.array([5, 2, 3])).tolist() == [1, -1, 0]


def test_documents_that_share_their_text_are_marked(columns):
    assert columns.are_shared(np.arange(4)).tolist() == [True, False, True, False]
    alone = build_columns(rows=[10, 20], groups=[10, 20], documents=[0, 1])
    assert alone.are_shared(np.arange(2)).tolist() == [False, False]
