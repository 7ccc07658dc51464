"""Reads the columns of an archive from its database, while other threads run."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any, NoReturn

import numpy as np

from search.errors import ArchiveError
from search.index.candidates import KINDS, NO_DAY, Codes, DocIds
from search.index.catalogue.rows import damaged
from search.index.local.columns import ArchiveColumns, DocOrds, Integers, PassageIds

# Rows that SQLite joins to one text, while other threads run. The parsing of that text blocks them
# for about a millisecond; one tuple for each row would block them ten times as long.
_CHUNK = 8192
# julianday() of a midnight is .5 short of a whole day; date.toordinal() starts 1,721,424.5 later.
# The index documents_by_row holds these columns, so that no body is read.
_BAD_DAY = -1
_DOCUMENTS = f"""
SELECT max(row), group_concat(row), group_concat(text_row), json_group_array(kind),
    json_group_array(source), group_concat(day), json_group_array(language)
FROM (
    SELECT row, coalesce(copy_of, row) AS text_row, kind, source,
        coalesce(
            cast(julianday(day) - 1721424.5 AS INTEGER), iif(day IS NULL, {NO_DAY}, {_BAD_DAY})
        ) AS day, language
    FROM documents WHERE row > ? ORDER BY row LIMIT ?
)"""
# By the index that keeps ids unique, so that no body is read.
_IDS = """
SELECT max(doc_id), json_group_array(row), json_group_array(doc_id)
FROM (SELECT row, doc_id FROM documents WHERE doc_id > ? ORDER BY doc_id LIMIT ?)
"""
_PASSAGES = """
SELECT max(passage_id), group_concat(passage_id), group_concat(document)
FROM (SELECT passage_id, document FROM passages WHERE passage_id > ? ORDER BY passage_id LIMIT ?)
"""


def scan_columns(connection: sqlite3.Connection, *, rows: int = _CHUNK) -> ArchiveColumns:
    """Read the columns within the connection's transaction, `rows` rows at a time.

    Raises:
        ArchiveError: a document or a passage is damaged.
    """
    kind_codes: dict[Any, int] = {str(kind): code for code, kind in enumerate(KINDS)}
    source_codes: dict[Any, int] = {}
    language_codes: dict[Any, int] = {}
    with _naming_damaged(connection):
        documents = [
            (
                _numbers(row),
                _numbers(group),
                _codes(kind, kind_codes),
                _codes(source, source_codes),
                _numbers(day),
                _codes(language, language_codes),
            )
            for _, row, group, kind, source, day, language in _chunks(
                connection, _DOCUMENTS, -1, rows
            )
        ]
    passages = [
        (_numbers(ids), _numbers(of)) for _, ids, of in _chunks(connection, _PASSAGES, -1, rows)
    ]
    document_rows, groups, kinds, sources, days, languages = (
        _joined([chunk[place] for chunk in documents]) for place in range(6)
    )
    is_damaged = (days < NO_DAY) | (days > date.max.toordinal()) | (kinds >= len(KINDS))
    if is_damaged.any():
        _refuse_row(connection, int(document_rows[is_damaged.argmax()]))
    of_passages = _joined([of for _, of in passages])
    documents_of_passages = np.searchsorted(document_rows, of_passages)
    passage_ids = PassageIds(_joined([ids for ids, _ in passages]))
    if len(passage_ids) != len(of_passages) or not np.array_equal(
        document_rows.take(documents_of_passages, mode="clip"), of_passages
    ):
        raise ArchiveError(
            "the database holds passages of no document; `python -m indexer check` names"
            " them; restore the archive, or index the dumps into a new one"
        )
    with _naming_damaged(connection):
        by_doc_id, doc_ids = _read_ids(connection, document_rows, rows)
    return ArchiveColumns(
        rows=document_rows,
        doc_ids=doc_ids,
        by_doc_id=by_doc_id,
        groups=groups,
        kinds=kinds.astype(np.int32),
        sources=sources.astype(np.int32),
        days=days.astype(np.int32),
        languages=languages.astype(np.int32),
        source_names=tuple(source_codes),
        language_names=tuple(language_codes),
        passage_ids=passage_ids,
        documents=DocOrds(documents_of_passages),
    )


def _read_ids(connection: sqlite3.Connection, rows: Integers, at_once: int) -> tuple[Codes, DocIds]:
    """Return the documents in the order of their ids, and the id of each document."""
    numbers: list[int] = []
    ids: list[bytes] = []
    for _, rows_of_chunk, ids_of_chunk in _chunks(connection, _IDS, "", at_once):
        numbers += json.loads(rows_of_chunk)
        ids += map(str.encode, json.loads(ids_of_chunk))
    by_doc_id = np.searchsorted(rows, np.array(numbers, dtype=np.int64)).astype(np.int32)
    doc_ids = np.empty(len(rows), dtype=f"S{max(map(len, ids), default=1)}")
    doc_ids[by_doc_id] = ids
    return by_doc_id, doc_ids


@contextmanager
def _naming_damaged(connection: sqlite3.Connection) -> Iterator[None]:
    """Raise an error of SQLite as one that names the document with a value JSON cannot hold."""
    try:
        yield
    except sqlite3.Error:
        blobs = [f"typeof({name}) = 'blob'" for name in ("doc_id", "kind", "source", "language")]
        damaged_row = connection.execute(
            f"SELECT row FROM documents WHERE {' OR '.join(blobs)} LIMIT 1"
        ).fetchone()
        if damaged_row is not None:
            _refuse_row(connection, damaged_row[0])
        raise


def _refuse_row(connection: sqlite3.Connection, row: int) -> NoReturn:
    """Raise the error that names the damaged document of this row."""
    doc_id, *values = connection.execute(
        "SELECT doc_id, kind, day, source, language FROM documents WHERE row = ?", (row,)
    ).fetchone()
    raise damaged(doc_id, f"found {values}, expected kind, date, source and language")


def _chunks(
    connection: sqlite3.Connection, sql: str, last: int | str, rows: int
) -> Iterator[tuple[Any, ...]]:
    """Yield the chunks of a table after the key `last`; a chunk's first column is its last key."""
    while True:
        chunk = connection.execute(sql, (last, rows)).fetchone()
        if chunk[0] is None:
            return
        yield chunk
        last = chunk[0]


def _numbers(joined: str) -> Integers:
    try:
        numbers = np.fromstring(joined, dtype=np.int64, sep=",")
    except (ValueError, DeprecationWarning):  # a warning of numpy that will become an error
        numbers = np.empty(0, np.int64)
    if len(numbers) != joined.count(",") + 1:  # a cast in SQL took a tenth of the reading
        raise ArchiveError(
            "a value in the database is not a number, as it should be; `python -m indexer"
            " check` names it; restore the archive, or index the dumps into a new one"
        )
    return numbers


def _codes(array: str, code_by_name: dict[Any, int]) -> Integers:
    """Return the code of each name of a JSON array; a new name gets the next code."""
    names = json.loads(array)
    for name in dict.fromkeys(names):
        code_by_name.setdefault(name, len(code_by_name))
    return np.array(list(map(code_by_name.__getitem__, names)), np.int64)


def _joined(parts: Sequence[Integers]) -> Integers:
    return np.concatenate([np.empty(0, np.int64), *parts])
