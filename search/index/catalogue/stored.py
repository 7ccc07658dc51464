"""Everything that an archive stores about one document, to be written into another database.

A cluster keeps it in one entry, and a copy of an archive carries it over as it is.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from search.encoders.identity import Pieces, Vectors
from search.index.catalogue.rows import (
    DOCUMENT_COLUMNS,
    HEADLINE_COLUMNS,
    VERSION_COLUMNS,
    DocRow,
    Value,
)

# The columns of the rows below; the first four of a headline are its digest and its names.
VERSION_ROW = f"digest, {VERSION_COLUMNS}"
HEADLINE_ROW = f"digest, id_name, url_name, title_name, {HEADLINE_COLUMNS}"

Spans = Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class StoredRows:
    """The rows of the catalogue's tables about one document, and the spans of its passages.

    `document` is a row of `DOCUMENT_COLUMNS`, `versions` are rows of `VERSION_ROW`, `headlines` of
    `HEADLINE_ROW`. `first_id` is the id of the first published document with the same text, its own
    id for no copy.
    """

    document: tuple[Value, ...]
    digest: bytes
    first_id: str
    spans: Spans
    sketch: bytes | None
    names: Sequence[tuple[str, int]]
    versions: Sequence[tuple[Value, ...]]
    headlines: Sequence[tuple[Value, ...]]
    has_copies: bool = False  # whether this is the first of several documents with the same text

    @property
    def doc_id(self) -> str:
        return str(self.document[0])

    @property
    def is_copy(self) -> bool:
        return self.first_id != self.doc_id


@dataclass(frozen=True, slots=True)
class PassageRows:
    """The vectors and word pieces of the passages of one document, a row each.

    A vector of the second level that is missing is a row of NaN; `context` is None if all are.
    """

    vectors: Vectors
    pieces: Sequence[Pieces] | None
    context: Vectors | None = None


class StoredText(NamedTuple):
    """A document as an archive stores it, with its passages."""

    rows: StoredRows
    passages: PassageRows


def insert_rows(database: sqlite3.Connection, rows: StoredRows) -> DocRow:
    """Insert a document without its passages and without its link to the first copy."""
    lastrowid = database.execute(
        f"INSERT INTO documents (digest, {DOCUMENT_COLUMNS})"
        f" VALUES (?{', ?' * len(rows.document)})",
        (rows.digest, *rows.document),
    ).lastrowid
    assert lastrowid is not None, "SQLite names the row of what it stored"
    if rows.sketch is not None:
        database.execute("INSERT INTO sketches VALUES (?, ?)", (lastrowid, rows.sketch))
    database.executemany(
        "INSERT INTO aliases (name, document, origin) VALUES (?, ?, ?)",
        [(name, lastrowid, origin) for name, origin in rows.names],
    )
    for table, columns, values in (
        ("superseded", VERSION_ROW, rows.versions),
        ("sightings", HEADLINE_ROW, rows.headlines),
    ):
        # A headline that a killed commit left with two documents stays with the one read first.
        database.executemany(
            f"INSERT OR IGNORE INTO {table} (document, {columns})"
            f" VALUES (?{', ?' * (columns.count(',') + 1)})",
            [(lastrowid, *row) for row in values],
        )
    return DocRow(lastrowid)


def read_stored(
    database: sqlite3.Connection, spans: Mapping[DocRow, Spans], first: int, last: int
) -> Iterator[tuple[DocRow, StoredRows]]:
    """Yield the documents of the rows from `first` to `last`; `spans` are those of each row."""
    within = "document BETWEEN ? AND ?"
    sketches = dict(
        database.execute(f"SELECT document, sketch FROM sketches WHERE {within}", (first, last))
    )
    names, versions, headlines = (
        _by_document(database, f"SELECT document, {columns} FROM {table} WHERE {within}{order}",
                     (first, last))
        for table, columns, order in (
            ("aliases", "name, origin", " ORDER BY name"),
            ("superseded", VERSION_ROW, " ORDER BY digest, own_id"),
            ("sightings", HEADLINE_ROW, " ORDER BY digest"),
        )
    )  # fmt: skip
    own = ", ".join(f"own.{column}" for column in DOCUMENT_COLUMNS.split(", "))
    for row, digest, first_id, has_copies, *document in database.execute(
        "SELECT own.row, own.digest, coalesce(first.doc_id, own.doc_id),"
        f" EXISTS (SELECT 1 FROM documents AS copy WHERE copy.copy_of = own.row), {own}"
        " FROM documents AS own LEFT JOIN documents AS first ON first.row = own.copy_of"
        " WHERE own.row BETWEEN ? AND ? ORDER BY own.row",
        (first, last),
    ):
        yield (
            DocRow(row),
            StoredRows(
                tuple(document),
                digest,
                first_id,
                spans.get(DocRow(row), []),
                sketches.get(row),
                names.get(row, []),
                versions.get(row, []),
                headlines.get(row, []),
                bool(has_copies),
            ),
        )


def _by_document(
    database: sqlite3.Connection, sql: str, values: tuple[int, int]
) -> dict[int, list[tuple[Any, ...]]]:  # Any: any column
    rows: dict[int, list[tuple[Any, ...]]] = {}
    for document, *columns in database.execute(sql, values):
        rows.setdefault(document, []).append(tuple(columns))
    return rows
