"""Stores the passages of one transaction: spans in SQLite, terms in tantivy, vectors in memory.

Implements `search.index.catalogue.transaction.PassageStore`. The vectors and word pieces are kept
until the commit writes them as segments.
"""

import sqlite3

import numpy as np

from search.encoders.identity import Pieces, Vectors
from search.index.catalogue.rows import DocRow, PassageId, read_span
from search.index.local.lexical.writer import LexicalWriter
from search.index.local.segments.manifest import Encoded
from search.index.terms import index_terms
from search.index.writer import NewDocument
from search.records import Document


class TransactionPassages:
    """The passages of one open transaction."""

    def __init__(
        self, database: sqlite3.Connection, lexical: LexicalWriter, *, next_passage: PassageId
    ) -> None:
        self._db = database
        self._lexical = lexical
        self.next_passage = next_passage
        self.has_new_terms = False  # whether the lexical indexes changed
        self._first_passage = next_passage
        self._vectors: list[Vectors] = []
        self._pieces: list[Pieces] | None = []

    @property
    def encoded(self) -> Encoded | None:
        """Return the new passages for the segments of this commit; None if there are none."""
        if not self._vectors:
            return None
        ids = np.arange(self._first_passage, self.next_passage, dtype=np.int64)
        return Encoded(ids, np.concatenate(self._vectors), self._pieces)

    def add(self, row: DocRow, new: NewDocument) -> None:
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

    def remove(self, row: DocRow) -> None:
        """List the passages of a document, to remove their terms after the commit."""
        self._db.execute(
            "INSERT INTO removed_passages SELECT passage_id FROM passages WHERE document = ?",
            (row,),
        )
        self._db.execute("DELETE FROM passages WHERE document = ?", (row,))

    def update_author(self, row: DocRow, document: Document) -> None:
        passages = self._db.execute(
            "SELECT passage_id, start, stop FROM passages WHERE document = ? ORDER BY passage_id",
            (row,),
        ).fetchall()
        terms = index_terms(document, [read_span(document, *span) for _, *span in passages])
        self._lexical.replace_document(document, [first for first, *_ in passages], terms)
        self.has_new_terms = True
