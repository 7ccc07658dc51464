"""What a writer may do within one transaction: find documents, store, replace and remove them.

Everything is done in the order it is asked for and seen by the next question, so the outcome does
not depend on where one transaction ends and the next begins.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from typing import Any

import numpy as np

from search.encoders.identity import Pieces, Vectors
from search.index.local.database.rows import DOCUMENT_COLUMNS, read_document
from search.index.local.lexical.searcher import IndexedTerms, LexicalWriter
from search.index.local.segments.manifest import Encoded
from search.records import Document, Kind


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A document to be stored, and for each passage its span, its terms and a row of `vectors`.

    `pieces` are the distinct ones of each passage; None where the encoder knows no pieces. `sketch`
    tells its near copies; None for what has none, such as a headline.
    """

    document: Document
    spans: Sequence[tuple[int, int]]
    terms: Sequence[IndexedTerms]
    vectors: Vectors
    pieces: Sequence[Pieces] | None = None
    sketch: bytes | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What tells a second arrival of a stored document from a change of it."""

    row: int
    doc_id: str
    kind: Kind
    source: str | None
    date: date | None
    url: str | None
    digest: bytes


_KNOWN_COLUMNS = "row, doc_id, kind, source, day, url, digest"


class Records:
    """Looks documents up by what indexing knows them by. One thread at a time."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._db = database

    def find(self, name: str) -> Known | None:
        """Find the document of this id, or the one that is also known by it."""
        return self.find_all([name]).get(name)

    def find_all(self, names: Sequence[str]) -> dict[str, Known]:
        """Find a document for each of these names, as `find` does; unknown names are absent."""
        marks = ", ".join("?" * len(names))
        found: dict[str, Known] = {}
        for name, *columns in self._db.execute(
            f"SELECT name, {_KNOWN_COLUMNS} FROM aliases JOIN documents ON row = document"
            f" WHERE name IN ({marks}) UNION ALL"
            f" SELECT doc_id, {_KNOWN_COLUMNS} FROM documents WHERE doc_id IN ({marks})",
            (*names, *names),
        ):
            known = _known(columns)
            if name == known.doc_id or name not in found:
                found[name] = known
        return found

    def of_id(self, doc_id: str) -> Known | None:
        """Give the document of this very id."""
        found = self._db.execute(
            f"SELECT {_KNOWN_COLUMNS} FROM documents WHERE doc_id = ?", (doc_id,)
        ).fetchone()
        return None if found is None else _known(found)

    def of_source(self, source: str) -> list[Known]:
        """List the documents of a source as they are shown."""
        found = self._db.execute(
            f"SELECT {_KNOWN_COLUMNS} FROM documents WHERE source = ? ORDER BY row", (source,)
        )
        return [_known(row) for row in found]

    def document(self, row: int) -> Document | None:
        found = self._db.execute(
            f"SELECT {DOCUMENT_COLUMNS} FROM documents WHERE row = ?", (row,)
        ).fetchone()
        return None if found is None else read_document(found)

    def sources(self, row: int) -> set[str]:
        """Give every source that a headline was seen with."""
        return {
            source
            for (source,) in self._db.execute(
                "SELECT source FROM sightings WHERE document = ? AND source <> ''", (row,)
            )
        }

    def is_sighted(self, row: int, source: str | None, day: date | None) -> bool:
        """Tell whether this sight of a headline is known."""
        return bool(
            self._db.execute(
                "SELECT 1 FROM sightings WHERE document = ? AND source = ? AND day = ?",
                (row, *_sighting(source, day)),
            ).fetchone()
        )

    def group_of(self, row: int) -> list[int]:
        """Give the rows of a document's copies and its own, the one seen first in front."""
        root = self._db.execute(
            "SELECT coalesce(copy_of, row) FROM documents WHERE row = ?", (row,)
        ).fetchone()[0]
        copies = self._db.execute(
            "SELECT row FROM documents WHERE copy_of = ? ORDER BY row", (root,)
        )
        return [root, *(copy for (copy,) in copies)]

    def is_superseded(self, row: int, digest: bytes) -> bool:
        return bool(
            self._db.execute(
                "SELECT 1 FROM superseded WHERE document = ? AND digest = ?", (row, digest)
            ).fetchone()
        )


class Changes(Records):
    """The changes of one open transaction; `encoded` is what its segments will hold."""

    def __init__(
        self, database: sqlite3.Connection, lexical: LexicalWriter, *, next_passage: int
    ) -> None:
        super().__init__(database)
        self._lexical = lexical
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

    def store(self, new: NewDocument, *, copy_of: int | None) -> int:
        """Store a document that is not there; give its row."""
        # An id that was only another document's further name is from now on this one's own.
        self._db.execute("DELETE FROM aliases WHERE name = ?", (new.document.doc_id,))
        return self._insert(new, None, copy_of)

    def leave_copies(self, known: Known) -> None:
        """Take a document that is about to change out of the group of its copies.

        They stay copies of one another: the oldest of them takes its place.
        """
        [heir] = self._db.execute(
            "SELECT min(row) FROM documents WHERE copy_of = ?", (known.row,)
        ).fetchone()
        self._db.execute(
            "UPDATE documents SET copy_of = nullif(?1, row) WHERE copy_of = ?2", (heir, known.row)
        )
        self._db.execute("UPDATE documents SET copy_of = NULL WHERE row = ?", (known.row,))

    def replace(self, known: Known, new: NewDocument, *, copy_of: int | None) -> None:
        """Put a later version in the place of a document, which keeps its row and its names."""
        self._db.execute(
            "INSERT OR IGNORE INTO superseded SELECT row, digest,"
            " (SELECT 1 + count(*) FROM superseded WHERE document = ?1), title, body, day"
            " FROM documents WHERE row = ?1",
            (known.row,),
        )
        self._forget(known.row)
        self._insert(new, known.row, copy_of)
        if known.doc_id != new.document.doc_id:
            self._db.execute("DELETE FROM aliases WHERE name = ?", (new.document.doc_id,))
            self.name(known.row, [known.doc_id])

    def remove(self, known: Known) -> None:
        """Remove a document and everything known of it."""
        self.leave_copies(known)
        self._forget(known.row)
        for table in ("aliases", "sightings", "superseded"):
            self._db.execute(f"DELETE FROM {table} WHERE document = ?", (known.row,))
        self.is_visible = True

    def name(self, row: int, names: Iterable[str]) -> None:
        """Let a document be found by these names too, unless another is."""
        self._db.executemany(
            "INSERT OR IGNORE INTO aliases SELECT ?1, ?2"
            " WHERE NOT EXISTS (SELECT 1 FROM documents WHERE doc_id = ?1)",
            [(name, row) for name in names],
        )

    def sight(self, row: int, source: str | None, day: date | None) -> None:
        """Remember where and when a headline was seen."""
        if source or day:
            self._db.execute(
                "INSERT OR IGNORE INTO sightings VALUES (?, ?, ?)", (row, *_sighting(source, day))
            )

    def forget_source(self, source: str) -> None:
        """Forget that headlines were seen with this source."""
        self._db.execute("DELETE FROM sightings WHERE source = ?", (source,))

    def _insert(self, new: NewDocument, row: int | None, copy_of: int | None) -> int:
        document = new.document
        stored = self._db.execute(
            f"INSERT INTO documents (row, {DOCUMENT_COLUMNS}, digest, copy_of)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
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
        assert stored is not None, "SQLite gives the row of what it stored"
        if new.sketch is not None:
            self._db.execute("INSERT INTO sketches VALUES (?, ?)", (stored, new.sketch))
        self._add_passages(stored, new)
        self.is_visible = True
        return stored

    def _add_passages(self, row: int, new: NewDocument) -> None:
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
        self.next_passage += len(new.spans)

    def _forget(self, row: int) -> None:
        """Drop the document's rows; its passages leave the lexical index after the commit."""
        self._db.execute(
            "INSERT INTO removed_passages SELECT passage_id FROM passages WHERE document = ?",
            (row,),
        )
        self._db.execute("DELETE FROM passages WHERE document = ?", (row,))
        self._db.execute("DELETE FROM sketches WHERE document = ?", (row,))
        self._db.execute("DELETE FROM documents WHERE row = ?", (row,))


def _known(columns: Sequence[Any]) -> Known:
    row, doc_id, kind, source, day, url, digest = columns
    known_day = date.fromisoformat(day) if day else None
    return Known(row, doc_id, Kind(kind), source, known_day, url, digest)


def _sighting(source: str | None, day: date | None) -> tuple[str, str]:
    return source or "", day.isoformat() if day else ""


def digest_of(document: Document) -> bytes:
    """Tell two arrivals of one document apart: 16 bytes of all its fields."""
    parts = (
        document.kind,
        document.title,
        document.body,
        document.source,
        document.date,
        document.url,
    )
    return blake2b("\x1f".join(map(str, parts)).encode(), digest_size=16).digest()
