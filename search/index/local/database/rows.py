"""Turns rows of the database into records."""

import sqlite3
from datetime import date
from typing import NewType

from search.records import Document, Kind

DocRow = NewType("DocRow", int)  # documents.row: a document keeps it through all its versions
PassageId = NewType("PassageId", int)  # passages.passage_id: never given to another passage

DOCUMENT_COLUMNS = "doc_id, kind, title, body, source, day, url, language"
Value = str | int | float | None


def read_meta(connection: sqlite3.Connection) -> dict[str, str]:
    return dict(connection.execute("SELECT key, value FROM meta"))


def read_document(row: tuple[Value, ...]) -> Document:
    doc_id, kind, title, body, source, day, url, language = row
    return Document(
        doc_id=str(doc_id),
        kind=Kind(str(kind)),
        title=str(title),
        body=str(body),
        source=None if source is None else str(source),
        date=None if day is None else date.fromisoformat(str(day)),
        url=None if url is None else str(url),
        language=str(language),
    )
