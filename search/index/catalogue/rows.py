"""Converts rows of the database to records; values that no writer stores raise ArchiveError."""

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from hashlib import blake2b
from typing import NewType

from search.errors import ArchiveError
from search.records import Document, Kind, digest_of

DocRow = NewType("DocRow", int)  # documents.row: a document keeps it through all its versions
PassageId = NewType("PassageId", int)  # passages.passage_id: never reused

Value = str | int | float | bytes | None

DOCUMENT_COLUMNS = (
    "doc_id, kind, title, body, source, day, url, language,"
    " author, section, published_at, own_id, added_at"
)
# The columns of a version of an article, and of a headline as it was seen.
VERSION_COLUMNS = (
    "title, body, source, day, url, language, author, section, published_at, own_id, added_at"
)
HEADLINE_COLUMNS = (
    "title, source, day, url, language, author, section, published_at, own_id, added_at"
)


def read_text(value: Value) -> str:
    """Return a text value of the database.

    Raises:
        ValueError: the value is of another type.
    """
    if not isinstance(value, str):
        raise ValueError(f"found {str(value)[:40]!r}, expected a text")
    return value


def read_optional_text(value: Value) -> str | None:
    """Return a text value of the database, or None.

    Raises:
        ValueError: the value is of another type.
    """
    return None if value is None else read_text(value)


def read_day(value: Value) -> date | None:
    """Return a date, stored as ISO text; None for an empty or missing value.

    Raises:
        ValueError: the value is no date.
    """
    return date.fromisoformat(read_text(value)) if value else None


def read_moment(value: Value) -> datetime | None:
    """Return a date with a time of day, stored as ISO text, or None.

    Raises:
        ValueError: the value is no moment.
    """
    text = read_optional_text(value)
    return None if text is None else datetime.fromisoformat(text)


def read_span(document: Document, start: Value, stop: Value) -> tuple[int, int]:
    """Return the span of a passage of the document.

    Raises:
        ArchiveError: the span reaches outside the document's text.
    """
    if not isinstance(start, int) or not isinstance(stop, int):
        raise damaged(document.doc_id, f"a passage goes from {start!r} to {stop!r}")
    if not 0 <= start < stop <= len(document.text):
        raise damaged(document.doc_id, f"a passage from {start} to {stop} is not within its text")
    return start, stop


def damaged(doc_id: object, reason: object) -> ArchiveError:
    """Build the error that names a damaged document."""
    return ArchiveError(
        f"document {str(doc_id)[:200]!r} is damaged: {str(reason)[:200]}; `python -m indexer check`"
        " lists all damage; restore the archive, or index the dumps into a new one"
    )


@contextmanager
def converting_value_errors(doc_id: object) -> Iterator[None]:
    """Raise a ValueError, which a damaged value causes, as the error that names the document."""
    try:
        yield
    except ValueError as error:
        raise damaged(doc_id, error) from error


def require_texts(connection: sqlite3.Connection, column: str, values: Collection[object]) -> None:
    """Check that these values of a column of the documents are texts.

    Raises:
        ArchiveError: a value is of another type; the error names the first document that has it.
    """
    if not all(isinstance(value, str) for value in values):
        raise first_damaged(connection, f"typeof({column}) NOT IN ('text', 'null')", column)


def first_damaged(connection: sqlite3.Connection, condition: str, column: str) -> ArchiveError:
    """Build the error that names the first document that meets the condition."""
    stored = connection.execute(f"SELECT doc_id FROM documents WHERE {condition} LIMIT 1")
    return damaged((stored.fetchone() or ["?"])[0], f"its {column} is none")


def read_document(row: tuple[Value, ...]) -> Document:
    """Return the document of a row of `DOCUMENT_COLUMNS`.

    Raises:
        ArchiveError: a value of the row is damaged.
    """
    doc_id, kind, title, body, *fields, added_at = row
    source, day, url, language, author, section, published_at, own_id = fields
    with converting_value_errors(doc_id):
        return Document(
            doc_id=read_text(doc_id),
            kind=Kind(read_text(kind)),
            title=read_text(title),
            body=read_text(body),
            source=read_optional_text(source),
            date=read_day(day),
            url=read_optional_text(url),
            language=read_text(language),
            author=read_optional_text(author),
            section=read_optional_text(section),
            published_at=read_moment(published_at),
            own_id=read_optional_text(own_id),
            added_at=read_moment(added_at),
        )


def document_values(document: Document) -> tuple[Value, ...]:
    """Return the values of `DOCUMENT_COLUMNS` for a document."""
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
    """Return the columns, each with the name of its table, for a join."""
    return ", ".join(f"{table}.{column}" for column in columns.split(", "))
