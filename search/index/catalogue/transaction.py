"""Makes the changes of one transaction; implements `search.index.writer.Changes`."""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Protocol

from search.index.catalogue.lookup import ROW, DocumentLookup
from search.index.catalogue.rows import (
    DOCUMENT_COLUMNS,
    HEADLINE_COLUMNS,
    VERSION_COLUMNS,
    DocRow,
    document_values,
    headline_values,
    read_document,
    read_span,
    sighting_digest,
    version_values,
)
from search.index.catalogue.sketches import StoredSketches
from search.index.catalogue.stored import StoredText, insert_rows
from search.index.terms import index_terms
from search.index.writer import HeadlineNames, NameOrigin, NewDocument, StoredCopy, StoredVersion
from search.records import Document, Kind, digest_of

# SQL of `StoredCopy.order`: by date and time of publication, undated documents last, then by id.
_IN_ORDER = "coalesce(day, '9999'), coalesce(substr(published_at, 1, 19), ''), doc_id"
_COPY = """
SELECT own.doc_id, own.day, own.published_at, first.doc_id, first.day, first.published_at
FROM documents AS own JOIN documents AS first ON first.row = coalesce(own.copy_of, own.row)
"""


class PassageStore(Protocol):
    """The part of the changes that each implementation stores in its own way: the passages."""

    def add(self, row: DocRow, new: NewDocument) -> None:
        """Store the passages of the document in this row."""

    def remove(self, row: DocRow) -> None:
        """Remove the passages of the document in this row."""

    def update_author(self, row: DocRow, document: Document) -> None:
        """Store the terms of a document anew, because its author may have changed."""


class Transaction(DocumentLookup):
    """The changes of one open transaction."""

    def __init__(
        self, database: sqlite3.Connection, passages: PassageStore, sketches: StoredSketches
    ) -> None:
        super().__init__(database)
        self._passages = passages
        self._sketches = sketches
        self.is_visible = False  # whether a search sees the changes
        self._now = datetime.now(UTC).replace(microsecond=0)

    def candidate_copies(self, sketch: bytes, most: int) -> list[StoredCopy]:
        rows = self._sketches.candidates(sketch, most)
        if not rows:
            return []
        marks = ", ".join("?" * len(rows))
        return self._copies(f"own.row IN ({marks})", rows)

    def copy(self, doc_id: str) -> StoredCopy:
        [copy] = self._copies("own.doc_id = ?", [doc_id])
        return copy

    def sketch(self, doc_id: str) -> bytes | None:
        columns = self._db.execute(
            f"SELECT sketch FROM sketches WHERE document = {ROW}", (doc_id,)
        ).fetchone()
        return None if columns is None else columns[0]

    def copies_of_first(self, doc_id: str) -> list[StoredCopy]:
        return self._copies(f"own.copy_of = {ROW}", [doc_id])

    def _copies(self, condition: str, values: Sequence[str | int]) -> list[StoredCopy]:
        return [
            StoredCopy(
                doc_id, _order(day, moment, doc_id), first, _order(first_day, first_moment, first)
            )
            for doc_id, day, moment, first, first_day, first_moment in self._db.execute(
                f"{_COPY} WHERE {condition} ORDER BY own.row", values
            )
        ]

    def link(self, doc_id: str, first_id: str | None) -> None:
        self._db.execute(
            f"UPDATE documents SET copy_of = {ROW} WHERE doc_id = ?", (first_id, doc_id)
        )
        self.is_visible = True

    def store(self, new: NewDocument) -> None:
        added_at = new.document.added_at or self._now
        try:
            self._insert(new, None, None, added_at)
        except sqlite3.IntegrityError:  # the id is taken; nothing was stored yet
            self._free_id(new.document.doc_id)
            self._insert(new, None, None, added_at)

    def load(self, text: StoredText) -> None:
        """Store a document of another archive as it is, except its link to the first copy."""
        row = insert_rows(self._db, text.rows)
        document = read_document(text.rows.document)
        spans, sketch = text.rows.spans, text.rows.sketch
        terms = index_terms(document, [read_span(document, *span) for span in spans])
        vectors, pieces = text.passages.vectors, text.passages.pieces
        self._passages.add(row, NewDocument(document, spans, terms, vectors, pieces, sketch))
        if sketch is not None:
            self._sketches.add(row, sketch)
        self.is_visible = True

    def replace(self, doc_id: str, new: NewDocument) -> None:
        row = self._row(doc_id)
        current = self.document(doc_id)
        assert current is not None, "its row was found"
        if current.kind is Kind.ARTICLE:
            self._store_version(doc_id, current, current.added_at)
        self.drop_version(doc_id, new.document)
        [copy_of] = self._db.execute(
            "SELECT copy_of FROM documents WHERE row = ?", (row,)
        ).fetchone()
        self._delete(row)
        self._free_id(new.document.doc_id)
        self._insert(new, row, copy_of, current.added_at)
        if new.document.doc_id != doc_id:
            self.add_names(new.document.doc_id, [doc_id], NameOrigin.FORMER)

    def add_version(self, doc_id: str, version: Document) -> None:
        self._store_version(doc_id, version, version.added_at or self._now)

    def drop_version(self, doc_id: str, version: Document) -> None:
        self._db.execute(
            f"DELETE FROM superseded WHERE document = {ROW} AND digest = ? AND own_id = ?",
            (doc_id, digest_of(version), version.own_id or ""),
        )

    def complete(self, doc_id: str, record: Document, fields: StoredVersion) -> None:
        moment = fields.published_at.isoformat() if fields.published_at else None
        values = (fields.author, fields.section, moment)
        if record.kind is Kind.HEADLINE:
            self._db.execute(
                "UPDATE sightings SET author = ?, section = ?, published_at = ? WHERE digest = ?",
                (*values, sighting_digest(record)),
            )
            return
        for table, document in (("documents", "row"), ("superseded", "document")):
            self._db.execute(
                f"UPDATE {table} SET author = ?, section = ?, published_at = ?"
                f" WHERE {document} = {ROW} AND digest = ?"
                " AND (coalesce(own_id, '') = ? OR added_at IS NULL)",
                (*values, doc_id, digest_of(record), record.own_id or ""),
            )
        completed = self.document(doc_id)
        assert completed is not None, "it is the document of the record"
        self._passages.update_author(self._row(doc_id), completed)
        self.is_visible = True

    def merge(self, doc_id: str, into: str) -> None:
        for version in self.versions(doc_id):
            self._store_version(into, version, version.added_at)
        row, target = self._row(doc_id), self._row(into)
        self._db.execute("UPDATE sightings SET document = ? WHERE document = ?", (target, row))
        self.remove(doc_id, successor=into)

    def remove(self, doc_id: str, *, successor: str | None = None) -> None:
        row = self._row(doc_id)
        self._relink_copies(row)
        self._delete(row)
        if successor is not None:
            names = self._db.execute(
                "SELECT name, origin FROM aliases WHERE document = ?", (row,)
            ).fetchall()
            for name, origin in [*names, (doc_id.rstrip("~"), NameOrigin.FORMER)]:
                self.add_names(successor, [name], NameOrigin(origin))
        for table in ("aliases", "sightings", "superseded"):
            self._db.execute(f"DELETE FROM {table} WHERE document = ?", (row,))
        self.is_visible = True

    def add_names(self, doc_id: str, names: Iterable[str], origin: NameOrigin) -> None:
        self._db.executemany(
            f"INSERT INTO aliases SELECT ?, row, {origin} FROM documents WHERE doc_id = ?"
            " ON CONFLICT (name, document) DO UPDATE"
            " SET origin = excluded.origin"
            f" WHERE excluded.origin = {NameOrigin.OWN} OR origin = {NameOrigin.FORMER}",
            [(name, doc_id) for name in names if name != doc_id or origin is NameOrigin.OWN],
        )

    def remove_names(self, doc_id: str, names: Iterable[str]) -> None:
        self._db.executemany(
            f"DELETE FROM aliases WHERE name = ? AND document = {ROW}",
            [(name, doc_id) for name in names],
        )

    def add_sighting(self, doc_id: str, headline: Document, names: HeadlineNames) -> None:
        columns = HEADLINE_COLUMNS.count(",") + 1
        moment = headline.added_at or self._now
        self._db.execute(
            f"INSERT INTO sightings (digest, document, id_name, url_name, title_name,"
            f" {HEADLINE_COLUMNS}) VALUES (?, {ROW}, ?, ?, ?{', ?' * columns})"
            " ON CONFLICT (digest) DO UPDATE SET document = excluded.document",
            (
                digest_of_seen(doc_id, headline),
                doc_id,
                names.own,
                names.url,
                names.title,
                *headline_values(replace(headline, added_at=moment)),
            ),
        )

    def remove_sighting(self, doc_id: str, headline: Document) -> None:
        digest = digest_of_seen(doc_id, headline)
        self._db.execute("DELETE FROM sightings WHERE digest = ?", (digest,))

    def forget_source(self, source: str) -> None:
        """Delete the sightings of headlines with this newspaper."""
        self._db.execute("DELETE FROM sightings WHERE source = ?", (source,))

    def _row(self, doc_id: str) -> DocRow:
        [row] = self._db.execute("SELECT row FROM documents WHERE doc_id = ?", (doc_id,)).fetchone()
        return DocRow(row)

    def _relink_copies(self, row: DocRow) -> None:
        """Link the copies of a document that is removed to the first published of them."""
        successor = self._db.execute(
            f"SELECT row FROM documents WHERE copy_of = ? ORDER BY {_IN_ORDER} LIMIT 1", (row,)
        ).fetchone()
        if successor is not None:
            self._db.execute(
                "UPDATE documents SET copy_of = nullif(?1, row) WHERE copy_of = ?2",
                (*successor, row),
            )

    def _store_version(self, doc_id: str, version: Document, added_at: datetime | None) -> None:
        columns = VERSION_COLUMNS.count(",") + 1
        self._db.execute(
            f"INSERT OR IGNORE INTO superseded (document, digest, {VERSION_COLUMNS})"
            f" VALUES ({ROW}, ?{', ?' * columns})",
            (doc_id, digest_of(version), *version_values(replace(version, added_at=added_at))),
        )

    def _free_id(self, doc_id: str) -> None:
        """Rename another document that has this id; the id becomes a further name of it.

        That is a headline that an article replaces, or a document of an upgraded archive.
        """
        row = self._db.execute("SELECT row FROM documents WHERE doc_id = ?", (doc_id,)).fetchone()
        if row is not None:
            self._db.execute("UPDATE documents SET doc_id = ? WHERE row = ?", (f"{doc_id}~", *row))
            self.add_names(f"{doc_id}~", [doc_id], NameOrigin.FORMER)

    def _insert(
        self, new: NewDocument, row: DocRow | None, copy_of: int | None, added_at: datetime | None
    ) -> None:
        values = document_values(replace(new.document, added_at=added_at))
        lastrowid = self._db.execute(
            f"INSERT INTO documents (row, digest, copy_of, {DOCUMENT_COLUMNS})"
            f" VALUES (?, ?, ?{', ?' * len(values)})",
            (row, digest_of(new.document), copy_of, *values),
        ).lastrowid
        assert lastrowid is not None, "SQLite names the row of what it stored"
        stored = DocRow(lastrowid)
        if new.sketch is not None:
            self._db.execute("INSERT INTO sketches VALUES (?, ?)", (stored, new.sketch))
            self._sketches.add(stored, new.sketch)
        self._passages.add(stored, new)
        self.is_visible = True

    def _delete(self, row: DocRow) -> None:
        self._passages.remove(row)
        self._db.execute("DELETE FROM sketches WHERE document = ?", (row,))
        self._db.execute("DELETE FROM documents WHERE row = ?", (row,))


def digest_of_seen(doc_id: str, headline: Document) -> bytes:
    """Return the digest of a headline in the table of sightings."""
    # A headline without a title is of an upgraded archive, with its document's id as own id.
    return sighting_digest(headline if headline.title else replace(headline, own_id=doc_id))


def _order(day: str | None, moment: str | None, doc_id: str) -> tuple[str, ...]:
    return day or "9999", (moment or "")[:19], doc_id
