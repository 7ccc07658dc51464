"""Looks up stored documents over one connection, and makes the changes of one transaction.

Implements `StoredDocuments` and `Changes` of `search.index`. Rows and passage ids do not leave this
module.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import numpy as np

from search.encoders.identity import Pieces, Vectors
from search.index.local.database.rows import (
    DOCUMENT_COLUMNS,
    HEADLINE_COLUMNS,
    VERSION_COLUMNS,
    DocRow,
    PassageId,
    damaged,
    document_values,
    headline_values,
    qualified,
    read_day,
    read_document,
    read_headline,
    read_optional_text,
    read_span,
    read_text,
    read_version,
    sighting_digest,
    version_values,
)
from search.index.local.lexical.writer import LexicalWriter
from search.index.local.segments.manifest import Encoded
from search.index.local.sketches import StoredSketches
from search.index.terms import index_terms
from search.index.writer import (
    HeadlineNames,
    NewDocument,
    Origin,
    StoredCopy,
    StoredDocument,
    StoredVersion,
)
from search.records import Document, Kind, digest_of

_IDENTIFYING_COLUMNS = "doc_id, kind, source, day, url, digest, own_id, added_at"
# Documents that are read for one name: a dump may have thousands of articles with one address.
MOST_OF_A_NAME = 256
_ROW = "(SELECT row FROM documents WHERE doc_id = ?)"
# The order by date and time of publication, undated documents last, then id: `StoredCopy.order`.
_IN_ORDER = "coalesce(day, '9999'), coalesce(substr(published_at, 1, 19), ''), doc_id"
_COPY = """
SELECT own.doc_id, own.day, own.published_at, first.doc_id, first.day, first.published_at
FROM documents AS own JOIN documents AS first ON first.row = coalesce(own.copy_of, own.row)
"""


class DocumentLookup:
    """Lookup of documents over a connection; implements `StoredDocuments`."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._db = database

    def find_all(self, names: Sequence[str]) -> dict[str, list[tuple[StoredDocument, Origin]]]:
        """Return the documents of each of these ids or further names; unknown names are absent.

        Several documents may share a name; the document whose id it is stands in front, as OWN.
        """
        marks = ", ".join("?" * len(names))
        documents: dict[str, list[tuple[StoredDocument, Origin]]] = {}
        for name, origin, *columns in self._db.execute(
            f"SELECT doc_id, {Origin.OWN}, {_IDENTIFYING_COLUMNS} FROM documents"
            f" WHERE doc_id IN ({marks}) UNION ALL"
            f" SELECT name, origin, {_IDENTIFYING_COLUMNS} FROM aliases"
            f" JOIN documents ON row = document WHERE name IN ({marks}) AND doc_id <> name"
            f" LIMIT {MOST_OF_A_NAME}",
            (*names, *names),
        ):
            documents.setdefault(name, []).append((_stored_document(columns), Origin(origin)))
        return documents

    def of_id(self, doc_id: str) -> StoredDocument | None:
        """Return the document of this id; further names do not count."""
        columns = self._db.execute(
            f"SELECT {_IDENTIFYING_COLUMNS} FROM documents WHERE doc_id = ?", (doc_id,)
        ).fetchone()
        return None if columns is None else _stored_document(columns)

    def document(self, doc_id: str) -> Document | None:
        columns = self._db.execute(
            f"SELECT {DOCUMENT_COLUMNS} FROM documents WHERE doc_id = ?", (doc_id,)
        ).fetchone()
        return None if columns is None else read_document(columns)

    def version(self, doc_id: str, digest: bytes, own_id: str | None) -> StoredVersion | None:
        """Return the version of an article with this digest and own id, current or not."""
        # Versions from before format 7 have no `added_at`, and may have had any own id.
        columns = self._db.execute(
            "SELECT author, section, published_at FROM documents WHERE doc_id = ?1 AND digest = ?2"
            " AND (coalesce(own_id, '') = ?3 OR added_at IS NULL) UNION ALL"
            " SELECT author, section, published_at FROM superseded"
            " WHERE document = (SELECT row FROM documents WHERE doc_id = ?1) AND digest = ?2"
            " AND (own_id = ?3 OR added_at IS NULL)",
            (doc_id, digest, own_id or ""),
        ).fetchone()
        return None if columns is None else _stored_version(columns)

    def versions(self, doc_id: str) -> list[Document]:
        """Return every version of an article, the current one in front."""
        current = self.document(doc_id)
        assert current is not None, "it was looked up just now"
        earlier = self._db.execute(
            f"SELECT {VERSION_COLUMNS} FROM superseded WHERE document = {_ROW}"
            " ORDER BY digest, own_id",
            (doc_id,),
        )
        return [current, *(read_version(doc_id, columns) for columns in earlier)]

    def own_names(self, doc_id: str) -> list[str]:
        """Return the id of an article and its own further names."""
        names = self._db.execute(
            f"SELECT name FROM aliases WHERE document = {_ROW} AND origin = {Origin.OWN}", (doc_id,)
        )
        return [doc_id, *(name for (name,) in names)]

    def titled(
        self, title: str, source: str | None, day: date | None, *, days_apart: int
    ) -> StoredDocument | None:
        """Return the first published article of this title that a headline may be about.

        Where both are known, the newspapers are equal, and the days at most `days_apart` apart.
        """
        iso_day = day.isoformat() if day else None
        columns = self._db.execute(
            f"SELECT {_IDENTIFYING_COLUMNS} FROM aliases JOIN documents ON row = document"
            f" WHERE name = ?1 AND kind = '{Kind.ARTICLE}' AND ("
            f"  origin <> {Origin.FORMER}"
            "   AND (?2 IS NULL OR source IS NULL OR source = ?2)"
            "   AND (?3 IS NULL OR day IS NULL OR abs(julianday(day) - julianday(?3)) <= ?4)"
            f"  OR origin = {Origin.UPGRADED} AND EXISTS (SELECT 1 FROM sightings AS seen"
            "    WHERE seen.document = documents.row AND seen.title = ''"
            "    AND seen.source IS ?2 AND seen.day IS ?3))"
            " ORDER BY coalesce(day, '9999'), doc_id LIMIT 1",
            (title, source, iso_day, days_apart),
        ).fetchone()
        return None if columns is None else _stored_document(columns)

    def source_names(self) -> list[str]:
        """Return every newspaper of a document, a version or a headline.

        Raises:
            ArchiveError: the newspaper of a document is damaged.
        """
        names = self._db.execute(
            "SELECT min(doc_id), documents.source FROM documents GROUP BY 2"
            " UNION SELECT doc_id, superseded.source FROM superseded"
            "  JOIN documents ON documents.row = document GROUP BY 2"
            " UNION SELECT doc_id, sightings.source FROM sightings"
            "  JOIN documents ON documents.row = document GROUP BY 2"
        )
        sources: set[str] = set()
        for doc_id, source in names:
            try:
                sources.add(read_optional_text(source) or "")
            except ValueError as error:
                raise damaged(doc_id, error) from error
        return sorted(sources - {""})

    def ids_of_source(self, source: str) -> list[str]:
        """Return the ids of the documents of which a version or a headline has this newspaper."""
        doc_ids = self._db.execute(
            "SELECT doc_id FROM documents WHERE row IN ("
            " SELECT row FROM documents WHERE source = ?1 UNION"
            " SELECT document FROM superseded WHERE source = ?1 UNION"
            " SELECT document FROM sightings WHERE source = ?1) ORDER BY row",
            (source,),
        )
        return [doc_id for (doc_id,) in doc_ids]

    def seen(self, headline: Document) -> tuple[str, StoredVersion] | None:
        """Return the id of the document of a stored headline, and its fields; None if it is new."""
        columns = self._db.execute(
            f"SELECT doc_id, {qualified('sightings', 'author, section, published_at')}"
            " FROM sightings JOIN documents ON row = document WHERE sightings.digest = ?",
            (sighting_digest(headline),),
        ).fetchone()
        return None if columns is None else (columns[0], _stored_version(columns[1:]))

    def headlines_named(self, names: Iterable[HeadlineNames]) -> list[tuple[str, Document]]:
        """Return the stored headlines that share a name, each with the id of its document."""
        headlines: dict[bytes, tuple[str, Document]] = {}
        for name in names:
            for digest, doc_id, *columns in self._db.execute(
                f"SELECT seen.digest, doc_id, {qualified('seen', HEADLINE_COLUMNS)}"
                " FROM sightings AS seen JOIN documents ON row = document"
                " WHERE id_name = ?1 OR url_name = ?2 OR title_name = ?3",
                (name.own, name.url, name.title),
            ):
                headlines[digest] = doc_id, read_headline(doc_id, columns)
        return [headlines[digest] for digest in sorted(headlines)]

    def headlines_of(self, doc_id: str) -> list[Document]:
        """Return the stored headlines of a document, the earliest first."""
        return [
            read_headline(doc_id, columns)
            for columns in self._db.execute(
                f"SELECT {HEADLINE_COLUMNS} FROM sightings WHERE document = {_ROW}"
                " ORDER BY day IS NULL, day, digest",
                (doc_id,),
            )
        ]


class Transaction(DocumentLookup):
    """The changes of one open transaction; implements `Changes`.

    `encoded` holds the passages for the segments of this commit.
    """

    def __init__(
        self,
        database: sqlite3.Connection,
        lexical: LexicalWriter,
        sketches: StoredSketches,
        *,
        next_passage: PassageId,
    ) -> None:
        super().__init__(database)
        self._lexical = lexical
        self._sketches = sketches
        self.next_passage = next_passage
        self.is_visible = False  # whether a search sees the changes
        self.has_new_terms = False  # whether the lexical indexes changed
        self._now = datetime.now(UTC).replace(microsecond=0)
        self._first_passage = next_passage
        self._vectors: list[Vectors] = []
        self._pieces: list[Pieces] | None = []

    @property
    def encoded(self) -> Encoded | None:
        """Return the vectors and pieces of the new passages; None if there are no new passages."""
        if not self._vectors:
            return None
        ids = np.arange(self._first_passage, self.next_passage, dtype=np.int64)
        return Encoded(ids, np.concatenate(self._vectors), self._pieces)

    def near_sketches(self, sketch: bytes, most: int) -> list[StoredCopy]:
        """Return at most `most` documents that share a band with the sketch.

        Documents that share more bands are preferred.
        """
        rows = self._sketches.candidates(sketch, most)
        if not rows:
            return []
        marks = ", ".join("?" * len(rows))
        return self._copies(f"own.row IN ({marks})", rows)

    def copy(self, doc_id: str) -> StoredCopy:
        [copy] = self._copies("own.doc_id = ?", [doc_id])
        return copy

    def sketch(self, doc_id: str) -> bytes | None:
        """Return the sketch of a document; None where it has no words."""
        columns = self._db.execute(
            f"SELECT sketch FROM sketches WHERE document = {_ROW}", (doc_id,)
        ).fetchone()
        return None if columns is None else columns[0]

    def copies_of_first(self, doc_id: str) -> list[StoredCopy]:
        """Return the copies that are linked to this document."""
        return self._copies(f"own.copy_of = {_ROW}", [doc_id])

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
        """Link a document to the first published document of its text; None removes the link."""
        self._db.execute(
            f"UPDATE documents SET copy_of = {_ROW} WHERE doc_id = ?", (first_id, doc_id)
        )
        self.is_visible = True

    def store(self, new: NewDocument) -> None:
        """Store a new document; a stored headline with the same id gets another id."""
        added_at = new.document.added_at or self._now
        try:
            self._insert(new, None, None, added_at)
        except sqlite3.IntegrityError:  # the id is taken; nothing was stored yet
            self._free_id(new.document.doc_id)
            self._insert(new, None, None, added_at)

    def replace(self, doc_id: str, new: NewDocument) -> None:
        """Replace the current version of a document by another version.

        The replaced version of an article is kept as an earlier version. Names stay.
        """
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
            self.name(new.document.doc_id, [doc_id], Origin.FORMER)

    def add_version(self, doc_id: str, version: Document) -> None:
        """Store another version of an article beside its current version."""
        self._store_version(doc_id, version, version.added_at or self._now)

    def drop_version(self, doc_id: str, version: Document) -> None:
        """Remove a version of an article that is not its current version."""
        self._db.execute(
            f"DELETE FROM superseded WHERE document = {_ROW} AND digest = ? AND own_id = ?",
            (doc_id, digest_of(version), version.own_id or ""),
        )

    def complete(self, doc_id: str, record: Document, fields: StoredVersion) -> None:
        """Store the fields of a stored version, or of a headline, that its digest leaves out."""
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
                f" WHERE {document} = {_ROW} AND digest = ?"
                " AND (coalesce(own_id, '') = ? OR added_at IS NULL)",
                (*values, doc_id, digest_of(record), record.own_id or ""),
            )
        self._reindex_document(doc_id)
        self.is_visible = True

    def _reindex_document(self, doc_id: str) -> None:
        """Write the lexical entry of a document anew, because its author may have changed."""
        document = self.document(doc_id)
        assert document is not None, "it was completed just now"
        passages = self._db.execute(
            "SELECT passage_id, start, stop FROM passages"
            f" WHERE document = {_ROW} ORDER BY passage_id",
            (doc_id,),
        ).fetchall()
        terms = index_terms(document, [read_span(document, *span) for _, *span in passages])
        self._lexical.replace_document(document, [first for first, *_ in passages], terms)
        self.has_new_terms = True

    def merge(self, doc_id: str, into: str) -> None:
        """Merge an article, with its versions, headlines and names, into another article."""
        for version in self.versions(doc_id):
            self._store_version(into, version, version.added_at)
        row, target = self._row(doc_id), self._row(into)
        self._db.execute("UPDATE sightings SET document = ? WHERE document = ?", (target, row))
        self.remove(doc_id, heir=into)

    def remove(self, doc_id: str, *, heir: str | None = None) -> None:
        """Remove a document and everything stored about it; the heir takes over its names."""
        row = self._row(doc_id)
        self._relink_copies(row)
        self._delete(row)
        if heir is not None:
            names = self._db.execute(
                "SELECT name, origin FROM aliases WHERE document = ?", (row,)
            ).fetchall()
            for name, origin in [*names, (doc_id.rstrip("~"), Origin.FORMER)]:
                self.name(heir, [name], Origin(origin))
        for table in ("aliases", "sightings", "superseded"):
            self._db.execute(f"DELETE FROM {table} WHERE document = ?", (row,))
        self.is_visible = True

    def name(self, doc_id: str, names: Iterable[str], origin: Origin) -> None:
        """Add further names to a document."""
        self._db.executemany(
            f"INSERT INTO aliases SELECT ?, row, {origin} FROM documents WHERE doc_id = ?"
            " ON CONFLICT (name, document) DO UPDATE"
            " SET origin = excluded.origin"
            f" WHERE excluded.origin = {Origin.OWN} OR origin = {Origin.FORMER}",
            [(name, doc_id) for name in names if name != doc_id or origin is Origin.OWN],
        )

    def unname(self, doc_id: str, names: Iterable[str]) -> None:
        """Remove further names from a document."""
        self._db.executemany(
            f"DELETE FROM aliases WHERE name = ? AND document = {_ROW}",
            [(name, doc_id) for name in names],
        )

    def see(self, doc_id: str, headline: Document, names: HeadlineNames) -> None:
        """Store a headline of a document; a headline that is stored moves to this document."""
        columns = HEADLINE_COLUMNS.count(",") + 1
        moment = headline.added_at or self._now
        self._db.execute(
            f"INSERT INTO sightings (digest, document, id_name, url_name, title_name,"
            f" {HEADLINE_COLUMNS}) VALUES (?, {_ROW}, ?, ?, ?{', ?' * columns})"
            " ON CONFLICT (digest) DO UPDATE SET document = excluded.document",
            (
                sighting_digest(headline if headline.title else replace(headline, own_id=doc_id)),
                doc_id,
                names.own,
                names.url,
                names.title,
                *headline_values(replace(headline, added_at=moment)),
            ),
        )

    def ids_of_own_source(self, source: str) -> list[str]:
        """Return the ids of the documents whose own newspaper this is, in the order of rows."""
        doc_ids = self._db.execute(
            "SELECT doc_id FROM documents WHERE source = ? ORDER BY row", (source,)
        )
        return [doc_id for (doc_id,) in doc_ids]

    def unsee(self, doc_id: str, headline: Document) -> None:
        """Remove a stored headline of a document."""
        # A headline without a title is of an upgraded archive, with its document's id as own id.
        stored = headline if headline.title else replace(headline, own_id=doc_id)
        self._db.execute("DELETE FROM sightings WHERE digest = ?", (sighting_digest(stored),))

    def forget_source(self, source: str) -> None:
        """Delete the sightings of headlines with this newspaper."""
        self._db.execute("DELETE FROM sightings WHERE source = ?", (source,))

    def _row(self, doc_id: str) -> DocRow:
        [row] = self._db.execute("SELECT row FROM documents WHERE doc_id = ?", (doc_id,)).fetchone()
        return DocRow(row)

    def _relink_copies(self, row: DocRow) -> None:
        """Link the copies of a document that is removed to the first published of them."""
        heir = self._db.execute(
            f"SELECT row FROM documents WHERE copy_of = ? ORDER BY {_IN_ORDER} LIMIT 1", (row,)
        ).fetchone()
        if heir is not None:
            self._db.execute(
                "UPDATE documents SET copy_of = nullif(?1, row) WHERE copy_of = ?2", (*heir, row)
            )

    def _store_version(self, doc_id: str, version: Document, added_at: datetime | None) -> None:
        columns = VERSION_COLUMNS.count(",") + 1
        self._db.execute(
            f"INSERT OR IGNORE INTO superseded (document, digest, {VERSION_COLUMNS})"
            f" VALUES ({_ROW}, ?{', ?' * columns})",
            (doc_id, digest_of(version), *version_values(replace(version, added_at=added_at))),
        )

    def _free_id(self, doc_id: str) -> None:
        """Rename another document that has this id; the id becomes a further name of it.

        That is a headline that an article replaces, or a document of an upgraded archive.
        """
        row = self._db.execute("SELECT row FROM documents WHERE doc_id = ?", (doc_id,)).fetchone()
        if row is not None:
            self._db.execute("UPDATE documents SET doc_id = ? WHERE row = ?", (f"{doc_id}~", *row))
            self.name(f"{doc_id}~", [doc_id], Origin.FORMER)

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
        self._add_passages(stored, new)
        self.is_visible = True

    def _add_passages(self, row: DocRow, new: NewDocument) -> None:
        first = self.next_passage
        self._db.executemany(
            "INSERT INTO passages VALUES (?, ?, ?, ?)",
            [(first + at, row, start, stop) for at, (start, stop) in enumerate(new.spans)],
        )
        self.has_new_terms = True
        self._lexical.add(new.document, range(first, first + len(new.spans)), new.terms)
        if len(new.spans):
            self._vectors.append(new.vectors)
            if new.pieces is None:
                self._pieces = None
            elif self._pieces is not None:
                self._pieces += new.pieces
        self.next_passage = PassageId(first + len(new.spans))

    def _delete(self, row: DocRow) -> None:
        """Delete a document; its passages are removed from the lexical index after the commit."""
        self._db.execute(
            "INSERT INTO removed_passages SELECT passage_id FROM passages WHERE document = ?",
            (row,),
        )
        self._db.execute("DELETE FROM passages WHERE document = ?", (row,))
        self._db.execute("DELETE FROM sketches WHERE document = ?", (row,))
        self._db.execute("DELETE FROM documents WHERE row = ?", (row,))


def _stored_document(columns: Sequence[Any]) -> StoredDocument:  # Any: columns of several types
    doc_id, kind, source, day, url, digest, own_id, added_at = columns
    try:
        return StoredDocument(
            read_text(doc_id),
            Kind(read_text(kind)),
            read_optional_text(source),
            read_day(day),
            read_optional_text(url),
            digest,
            read_optional_text(own_id),
            added_at is None,
        )
    except ValueError as error:
        raise damaged(doc_id, error) from error


def _stored_version(columns: Sequence[Any]) -> StoredVersion:  # Any: columns of several types
    author, section, moment = columns
    return StoredVersion(author, section, datetime.fromisoformat(moment) if moment else None)


def _order(day: str | None, moment: str | None, doc_id: str) -> tuple[str, ...]:
    return day or "9999", (moment or "")[:19], doc_id
