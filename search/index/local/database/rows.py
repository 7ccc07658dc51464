"""Turns rows of the database into records."""

import sqlite3
from collections.abc import Sequence
from datetime import date, datetime
from hashlib import blake2b
from typing import NewType

from search.records import Document, Kind, digest_of

DocRow = NewType("DocRow", int)  # documents.row: a document keeps it through all its versions
PassageId = NewType("PassageId", int)  # passages.passage_id: never given to another passage

DOCUMENT_COLUMNS = (
    "doc_id, kind, title, body, source, day, url, language,"
    " author, section, published_at, own_id, added_at"
)
# Of an article, beside its document; and of a headline as it was seen.
VERSION_COLUMNS = (
    "title, body, source, day, url, language, author, section, published_at, own_id, added_at"
)
HEADLINE_COLUMNS = (
    "title, source, day, url, language, author, section, published_at, own_id, added_at"
)

Value = str | int | float | None


def read_meta(connection: sqlite3.Connection) -> dict[str, str]:
    return dict(connection.execute("SELECT key, value FROM meta"))


def read_document(row: tuple[Value, ...]) -> Document:
    doc_id, kind, title, body, *fields, added_at = row
    source, day, url, language, author, section, published_at, own_id = fields
    return Document(
        doc_id=str(doc_id),
        kind=Kind(str(kind)),
        title=str(title),
        body=str(body),
        source=_text(source),
        date=None if day is None else date.fromisoformat(str(day)),
        url=_text(url),
        language=str(language),
        author=_text(author),
        section=_text(section),
        published_at=None if published_at is None else datetime.fromisoformat(str(published_at)),
        own_id=_text(own_id),
        added_at=None if added_at is None else datetime.fromisoformat(str(added_at)),
    )


def document_values(document: Document) -> tuple[Value, ...]:
    """Return what `DOCUMENT_COLUMNS` hold of a document."""
    return (
        document.doc_id,
        document.kind.value,
        document.title,
        document.body,
        document.source,
        document.date.isoformat() if document.date else None,
        document.url,
        document.language,
        document.author,
        document.section,
        document.published_at.isoformat() if document.published_at else None,
        document.own_id,
        document.added_at.isoformat() if document.added_at else None,
    )


def read_version(doc_id: str, columns: Sequence[Value]) -> Document:
    title, body, *fields, own_id, added_at = columns
    return read_document((doc_id, Kind.ARTICLE, title, body, *fields, own_id or None, added_at))


def version_values(version: Document) -> tuple[Value, ...]:
    _, _, title, body, *fields, own_id, added_at = document_values(version)
    return title, body, *fields, own_id or "", added_at


def read_headline(doc_id: str, columns: Sequence[Value]) -> Document:
    title, *fields = columns
    return read_document((doc_id, Kind.HEADLINE, title, "", *fields))


def headline_values(headline: Document) -> tuple[Value, ...]:
    _, _, title, _, *fields = document_values(headline)
    return title, *fields


def sighting_digest(headline: Document) -> bytes:
    own_id = (headline.own_id or "").encode("utf-8", "surrogatepass")
    return blake2b(digest_of(headline) + own_id, digest_size=16).digest()


def qualified(table: str, columns: str) -> str:
    """Return the columns as those of one table of a join."""
    return ", ".join(f"{table}.{column}" for column in columns.split(", "))


def _text(value: Value) -> str | None:
    return None if value is None else str(value)
