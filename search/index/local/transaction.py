"""Finds stored documents over one connection, and makes the changes of one transaction.

Implements `StoredDocuments` and `Changes` of the seam. Rows and passage ids stay in here.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import numpy as np

from search.encoders.identity import Pieces, Vectors
from search.index import NewDocument, StoredDocument
from search.index.local.database.rows import DOCUMENT_COLUMNS, DocRow, PassageId, read_document
from search.index.local.lexical.searcher import LexicalWriter
from search.index.local.segments.manifest import Encoded
from search.index.local.sketches import StoredSketches
from search.records import Document, Kind, digest_of

_IDENTIFYING_COLUMNS = "doc_id, kind, source, day, url, digest"
_ROW = "(SELECT row FROM documents WHERE doc_id = ?)"


class DocumentLookup:
    """Looks documents up over a connection; implements `StoredDocuments`."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._db = database

    def find_all(self, names: Sequence[str]) -> dict[str, StoredDocument]:
        """Return the document of each of these ids or further names; unknown names are absent."""
        marks = ", ".join("?" * len(names))
        documents: dict[str, StoredDocument] = {}
        for name, *columns in self._db.execute(
            f"SELECT name, {_IDENTIFYING_COLUMNS} FROM aliases JOIN documents ON row = document"
            f" WHERE name IN ({marks}) UNION ALL"
            f" SELECT doc_id, {_IDENTIFYING_COLUMNS} FROM documents WHERE doc_id IN ({marks})",
            (*names, *names),
        ):
            document = _stored_document(columns)
            if name == document.doc_id or name not in documents:
                documents[name] = document
        return documents

    def of_id(self, doc_id: str) -> StoredDocument | None:
        """Return the document of this very id."""
        columns = self._db.execute(
            f"SELECT {_IDENTIFYING_COLUMNS} FROM documents WHERE doc_id = ?", (doc_id,)
        ).fetchone()
        return None if columns is None else _stored_document(columns)

    def document(self, doc_id: str) -> Document | None:
        columns = self._db.execute(
            f"SELECT {DOCUMENT_COLUMNS} FROM documents WHERE doc_id = ?", (doc_id,)
        ).fetchone()
        return None if columns is None else read_document(columns)

    def sighted_sources(self, doc_id: str) -> set[str]:
        """Return every newspaper that a headline was seen with."""
        sources = self._db.execute(
            f"SELECT source FROM sightings WHERE document = {_ROW} AND source <> ''", (doc_id,)
        )
        return {source for (source,) in sources}

    def is_sighted(self, doc_id: str, source: str | None, day: date | None) -> bool:
        """Tell whether this sighting of a headline is known."""
        return bool(
            self._db.execute(
                f"SELECT 1 FROM sightings WHERE document = {_ROW} AND source = ? AND day = ?",
                (doc_id, *_sighting_columns(source, day)),
            ).fetchone()
        )

    def copies_of(self, doc_id: str, most: int) -> list[str]:
        """Return the ids of the document and its copies, at most `most`, the first seen in front.

        The others follow in the order in which they were stored.
        """
        first = self._db.execute(
            "SELECT row, doc_id FROM documents WHERE row ="
            " (SELECT coalesce(copy_of, row) FROM documents WHERE doc_id = ?)",
            (doc_id,),
        ).fetchone()
        if first is None:
            return []
        row, first_id = first
        copies = self._db.execute(
            "SELECT doc_id FROM documents WHERE copy_of = ? ORDER BY row LIMIT ?", (row, most - 1)
        )
        return [first_id, *(copy_id for (copy_id,) in copies)]

    def is_superseded(self, doc_id: str, digest: bytes) -> bool:
        """Tell whether this version of the document was stored and then replaced."""
        return bool(
            self._db.execute(
                f"SELECT 1 FROM superseded WHERE document = {_ROW} AND digest = ?",
                (doc_id, digest),
            ).fetchone()
        )


class Transaction(DocumentLookup):
    """The changes of one open transaction; implements `Changes`.

    `encoded` is what the segments of this commit will hold.
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
        self.is_visible = False  # to a search: documents came or went
        self._first_passage = next_passage
        self._vectors: list[Vectors] = []
        self._pieces: list[Pieces] | None = []

    @property
    def encoded(self) -> Encoded | None:
        """What the encoder made of the new passages; None where there are none."""
        if not self._vectors:
            return None
        ids = np.arange(self._first_passage, self.next_passage, dtype=np.int64)
        return Encoded(ids, np.concatenate(self._vectors), self._pieces)

    def near_sketches(self, sketch: bytes, most: int) -> list[str]:
        """Return the documents that share a band with the sketch, at most `most` of them.

        Those that share most bands are chosen; they come in the order in which they were stored.
        """
        rows = self._sketches.candidates(sketch, most)
        if not rows:
            return []
        marks = ", ".join("?" * len(rows))
        doc_ids = self._db.execute(
            f"SELECT doc_id FROM documents WHERE row IN ({marks}) ORDER BY row", rows
        )
        return [doc_id for (doc_id,) in doc_ids]

    def store(self, new: NewDocument, *, copy_of: str | None) -> None:
        """Store a document that is not there."""
        # An id that was only another document's further name is from now on this one's own.
        self._db.execute("DELETE FROM aliases WHERE name = ?", (new.document.doc_id,))
        self._insert(new, None, copy_of)

    def leave_copies(self, doc_id: str) -> None:
        """Take a document that is about to change out of the group of its copies.

        They stay copies of one another: the oldest of them takes its place.
        """
        self._leave_copies(self._row(doc_id))

    def replace(self, doc_id: str, new: NewDocument, *, copy_of: str | None) -> None:
        """Store a later version of a document, which keeps its row and its names."""
        row = self._row(doc_id)
        self._db.execute(
            "INSERT OR IGNORE INTO superseded SELECT row, digest,"
            " (SELECT 1 + count(*) FROM superseded WHERE document = ?1), title, body, day"
            " FROM documents WHERE row = ?1",
            (row,),
        )
        self._delete(row)
        self._insert(new, row, copy_of)
        new_id = new.document.doc_id
        if new_id != doc_id:
            self._db.execute("DELETE FROM aliases WHERE name = ?", (new_id,))
            self.name(new_id, [doc_id])

    def remove(self, doc_id: str) -> None:
        """Remove a document and everything known of it."""
        row = self._row(doc_id)
        self._leave_copies(row)
        self._delete(row)
        for table in ("aliases", "sightings", "superseded"):
            self._db.execute(f"DELETE FROM {table} WHERE document = ?", (row,))
        self.is_visible = True

    def name(self, doc_id: str, names: Iterable[str]) -> None:
        """Let a document be found by these names too, unless another document is."""
        self._db.executemany(
            "INSERT OR IGNORE INTO aliases SELECT ?1, row FROM documents WHERE doc_id = ?2"
            " AND NOT EXISTS (SELECT 1 FROM documents WHERE doc_id = ?1)",
            [(name, doc_id) for name in names],
        )

    def sight(self, doc_id: str, source: str | None, day: date | None) -> None:
        """Remember where and when a headline was seen."""
        if source or day:
            self._db.execute(
                f"INSERT OR IGNORE INTO sightings VALUES ({_ROW}, ?, ?)",
                (doc_id, *_sighting_columns(source, day)),
            )

    def ids_of_source(self, source: str) -> list[str]:
        """Return the documents whose own newspaper this is, in the order they were stored in."""
        doc_ids = self._db.execute(
            "SELECT doc_id FROM documents WHERE source = ? ORDER BY row", (source,)
        )
        return [doc_id for (doc_id,) in doc_ids]

    def forget_source(self, source: str) -> None:
        """Delete the sightings of headlines with this newspaper."""
        self._db.execute("DELETE FROM sightings WHERE source = ?", (source,))

    def _row(self, doc_id: str) -> DocRow:
        [row] = self._db.execute("SELECT row FROM documents WHERE doc_id = ?", (doc_id,)).fetchone()
        return DocRow(row)

    def _leave_copies(self, row: DocRow) -> None:
        [heir] = self._db.execute(
            "SELECT min(row) FROM documents WHERE copy_of = ?", (row,)
        ).fetchone()
        self._db.execute(
            "UPDATE documents SET copy_of = nullif(?1, row) WHERE copy_of = ?2", (heir, row)
        )
        self._db.execute("UPDATE documents SET copy_of = NULL WHERE row = ?", (row,))

    def _insert(self, new: NewDocument, row: DocRow | None, copy_of: str | None) -> None:
        document = new.document
        lastrowid = self._db.execute(
            f"INSERT INTO documents (row, {DOCUMENT_COLUMNS}, digest, copy_of)"
            f" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, {_ROW})",
            (
                row,
                document.doc_id,
                document.kind.value,
                document.title,
                document.body,
                document.source,
                document.date.isoformat() if document.date else None,
                document.url,
                document.language,
                digest_of(document),
                copy_of,
            ),
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
        for passage_id, terms in enumerate(new.terms, first):
            self._lexical.add(passage_id, new.document, terms)
        if len(new.spans):
            self._vectors.append(new.vectors)
            if new.pieces is None:
                self._pieces = None
            elif self._pieces is not None:
                self._pieces += new.pieces
        self.next_passage = PassageId(first + len(new.spans))

    def _delete(self, row: DocRow) -> None:
        """Delete the document; its passages leave the lexical index after the commit."""
        self._db.execute(
            "INSERT INTO removed_passages SELECT passage_id FROM passages WHERE document = ?",
            (row,),
        )
        self._db.execute("DELETE FROM passages WHERE document = ?", (row,))
        self._db.execute("DELETE FROM sketches WHERE document = ?", (row,))
        self._db.execute("DELETE FROM documents WHERE row = ?", (row,))


def _stored_document(columns: Sequence[Any]) -> StoredDocument:  # Any: columns of several types
    doc_id, kind, source, day, url, digest = columns
    return StoredDocument(
        doc_id, Kind(kind), source, date.fromisoformat(day) if day else None, url, digest
    )


def _sighting_columns(source: str | None, day: date | None) -> tuple[str, str]:
    return source or "", day.isoformat() if day else ""
