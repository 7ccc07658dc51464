"""Turns rows of the database into records; values that no writer stored are told as damage."""

import sqlite3
from datetime import date, datetime
from typing import NewType

from search.encoders.identity import EncoderIdentity
from search.errors import ArchiveError
from search.index.local.database.schema import DATABASE, LEXICAL
from search.index.local.folder import require_plain
from search.records import Document, Kind

DocRow = NewType("DocRow", int)  # documents.row: a document keeps it through all its versions
PassageId = NewType("PassageId", int)  # passages.passage_id: never given to another passage

DOCUMENT_COLUMNS = "doc_id, kind, title, body, source, day, url, language"
Value = str | int | float | bytes | None

_META = ("commit", "committed_at", "encoder", "lexical", "next_passage", "text_rules")
_MOST = 1 << 62  # commits or passages: what fits the integers of all three stores


def read_meta(connection: sqlite3.Connection) -> dict[str, str]:
    """Return what the last commit says of the archive; nothing before the first.

    Raises:
        ArchiveError: a value is missing or damaged.
    """
    meta = dict(connection.execute("SELECT key, value FROM meta"))
    if not meta:
        return meta
    try:
        for key in _META:
            read_text(meta.get(key))
        if not all(0 <= int(meta[key]) < _MOST for key in ("commit", "next_passage")):
            raise ValueError(f"found commit {meta['commit']}, passage {meta['next_passage']}")
        datetime.fromisoformat(meta["committed_at"])
        EncoderIdentity.from_json(meta["encoder"])
    except ValueError as error:
        raise ArchiveError(
            f"the table meta in {DATABASE} is damaged: {str(error)[:200]}; restore the archive, or"
            " index the dumps into a new one"
        ) from error
    if not require_plain(meta["lexical"], place=f"meta in {DATABASE}").startswith(LEXICAL):
        raise ArchiveError(
            f"meta in {DATABASE} names {meta['lexical']!r}, expected a folder {LEXICAL}…"
        )
    return meta


def read_text(value: Value) -> str:
    """Return a text of the database.

    Raises:
        ValueError: the value is of another type.
    """
    if not isinstance(value, str):
        raise ValueError(f"found {str(value)[:40]!r}, expected a text")
    return value


def read_optional_text(value: Value) -> str | None:
    """Return a text of the database, or None.

    Raises:
        ValueError: the value is of another type.
    """
    return None if value is None else read_text(value)


def read_day(value: Value) -> date | None:
    """Return an ISO date of the database; None for an empty or missing one.

    Raises:
        ValueError: the value is no date.
    """
    return date.fromisoformat(read_text(value)) if value else None


def read_span(document: Document, start: Value, stop: Value) -> tuple[int, int]:
    """Return the span of a passage of the document.

    Raises:
        ArchiveError: it reaches outside the document's text.
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


def read_document(row: tuple[Value, ...]) -> Document:
    """Return the document of a row of `DOCUMENT_COLUMNS`.

    Raises:
        ArchiveError: a value of it is damaged.
    """
    doc_id, kind, title, body, source, day, url, language = row
    try:
        return Document(
            doc_id=read_text(doc_id),
            kind=Kind(read_text(kind)),
            title=read_text(title),
            body=read_text(body),
            source=read_optional_text(source),
            date=read_day(day),
            url=read_optional_text(url),
            language=read_text(language),
        )
    except ValueError as error:
        raise damaged(doc_id, error) from error
