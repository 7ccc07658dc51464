"""A database in memory with the rows of the documents that lookups and a commit may touch.

The rows come from the entries of the cluster and stand in the tables of the catalogue, so that the
statements of `search.index.catalogue` work on them.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from search.index.catalogue.rows import DocRow
from search.index.catalogue.stored import Spans, StoredRows, insert_rows, read_stored
from search.index.catalogue.tables import CATALOGUE
from search.index.solr.entries import read_rows
from search.index.writer import ConflictError

_LAST_ROW = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Loaded:
    """The state of a document in the cluster when it was read."""

    rows: StoredRows
    version: int  # Solr's `_version_`, by which a change in the meantime is noticed
    number: int


class Scratch:
    """The database and what was read into it; for one thread at a time."""

    def __init__(self) -> None:
        self.database = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        self.database.executescript(CATALOGUE)
        self.loaded: dict[str, Loaded] = {}  # by the id in the cluster
        self.row_by_id: dict[str, DocRow] = {}  # by the id in the cluster
        self.loaded_by_row: dict[DocRow, Loaded] = {}

    def close(self) -> None:
        self.database.close()

    def clear(self) -> None:
        """Forget everything that was read."""
        for table in ("documents", "sketches", "aliases", "sightings", "superseded"):
            self.database.execute(f"DELETE FROM {table}")
        self.loaded.clear()
        self.row_by_id.clear()
        self.loaded_by_row.clear()

    def load(self, entries: Iterable[Mapping[str, Any]]) -> list[tuple[DocRow, Loaded]]:
        """Insert the rows of entries that were not read before; return these documents.

        The links between copies are set by `link`, when the first documents are there too.

        Raises:
            ConflictError: another writer stored a document that this commit has just stored.
        """
        documents = []
        for entry in entries:
            if entry["id"] in self.loaded:
                continue
            loaded = Loaded(read_rows(entry), entry["_version_"], entry["number"])
            try:
                row = insert_rows(self.database, loaded.rows)
            except sqlite3.IntegrityError as error:  # this commit has stored a document of this id
                raise ConflictError(entry["id"]) from error
            self.loaded[entry["id"]] = loaded
            self.row_by_id[entry["id"]] = row
            self.loaded_by_row[row] = loaded
            documents.append((row, loaded))
        return documents

    def link(self, documents: Iterable[tuple[DocRow, Loaded]]) -> None:
        """Link copies to their first documents; a link to a document that is gone is dropped."""
        self.database.executemany(
            "UPDATE documents SET copy_of = (SELECT row FROM documents WHERE row = ?)"
            " WHERE row = ?",
            [
                (self.row_by_id.get(loaded.rows.first_id), row)
                for row, loaded in documents
                if loaded.rows.first_id != loaded.rows.doc_id
            ],
        )

    def documents(self, spans: Mapping[DocRow, Spans]) -> Iterator[tuple[DocRow, StoredRows]]:
        """Yield every document as it is now; `spans` are those of new texts."""
        loaded_spans = {row: loaded.rows.spans for row, loaded in self.loaded_by_row.items()}
        return read_stored(self.database, loaded_spans | dict(spans), 0, _LAST_ROW)
