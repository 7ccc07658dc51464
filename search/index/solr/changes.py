"""Makes the changes of one commit in a scratch database; implements `search.index.writer.Changes`.

The statements are those of the catalogue. Before each of them, the documents that it may touch are
read from the cluster.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from search.index.catalogue.rows import DocRow
from search.index.catalogue.sketches import StoredSketches
from search.index.catalogue.stored import PassageRows, Spans
from search.index.catalogue.transaction import Transaction, digest_of_seen
from search.index.solr.entries import sighting_key
from search.index.solr.lookup import ClusterLookup
from search.index.solr.scratch import Scratch
from search.index.solr.store import SolrStore
from search.index.terms import IndexedTerms
from search.index.writer import (
    HeadlineNames,
    NameOrigin,
    NewDocument,
    StoredCopy,
    StoredVersion,
)
from search.records import Document


class NewText(NamedTuple):
    """A text that was stored in a commit, as its passages."""

    spans: Spans
    terms: Sequence[IndexedTerms]
    passages: PassageRows


class CommitPassages:
    """The new texts of a commit; implements `search.index.catalogue.transaction.PassageStore`."""

    def __init__(self) -> None:
        self._texts: dict[DocRow, NewText] = {}

    @property
    def texts(self) -> Mapping[DocRow, NewText]:
        return self._texts

    def add(self, row: DocRow, new: NewDocument) -> None:
        passages = PassageRows(new.vectors, new.pieces)
        self._texts[row] = NewText(list(new.spans), new.terms, passages)

    def remove(self, row: DocRow) -> None:
        self._texts.pop(row, None)

    def update_author(self, row: DocRow, document: Document) -> None:
        """Do nothing: the entry of a changed document is written anew."""


class ClusterChanges(ClusterLookup, Transaction):
    """The changes of one commit."""

    def __init__(self, store: SolrStore, scratch: Scratch, passages: CommitPassages) -> None:
        sketches = StoredSketches(scratch.database)
        ClusterLookup.__init__(self, store, scratch, sketches)
        Transaction.__init__(self, scratch.database, passages, sketches)

    def candidate_copies(self, sketch: bytes, most: int) -> list[StoredCopy]:
        self._read_bands([sketch])
        return super().candidate_copies(sketch, most)

    def copy(self, doc_id: str) -> StoredCopy:
        self._read("keys", [doc_id])
        return super().copy(doc_id)

    def sketch(self, doc_id: str) -> bytes | None:
        self._read("keys", [doc_id])
        return super().sketch(doc_id)

    def copies_of_first(self, doc_id: str) -> list[StoredCopy]:
        self._read_copies(doc_id)
        return super().copies_of_first(doc_id)

    def link(self, doc_id: str, first_id: str | None) -> None:
        self._read("keys", [doc_id] if first_id is None else [doc_id, first_id])
        super().link(doc_id, first_id)

    def store(self, new: NewDocument) -> None:
        self._free(new.document.doc_id)
        super().store(new)

    def replace(self, doc_id: str, new: NewDocument) -> None:
        self._read("keys", [doc_id])
        if new.document.doc_id != doc_id:
            self._read_copies(doc_id)
            self._free(new.document.doc_id)
        super().replace(doc_id, new)

    def add_version(self, doc_id: str, version: Document) -> None:
        self._read("keys", [doc_id])
        super().add_version(doc_id, version)

    def drop_version(self, doc_id: str, version: Document) -> None:
        self._read("keys", [doc_id])
        super().drop_version(doc_id, version)

    def complete(self, doc_id: str, record: Document, fields: StoredVersion) -> None:
        self._read("keys", [doc_id])
        super().complete(doc_id, record, fields)

    def merge(self, doc_id: str, into: str) -> None:
        self._read("keys", [doc_id, into])
        super().merge(doc_id, into)

    def remove(self, doc_id: str, *, successor: str | None = None) -> None:
        self._read("keys", [doc_id] if successor is None else [doc_id, successor])
        self._read_copies(doc_id)
        super().remove(doc_id, successor=successor)

    def add_names(self, doc_id: str, names: Iterable[str], origin: NameOrigin) -> None:
        self._read("keys", [doc_id])
        super().add_names(doc_id, names, origin)

    def remove_names(self, doc_id: str, names: Iterable[str]) -> None:
        self._read("keys", [doc_id])
        super().remove_names(doc_id, names)

    def add_sighting(self, doc_id: str, headline: Document, names: HeadlineNames) -> None:
        self._read("keys", [doc_id, sighting_key(digest_of_seen(doc_id, headline))])
        super().add_sighting(doc_id, headline, names)

    def remove_sighting(self, doc_id: str, headline: Document) -> None:
        self._read("keys", [doc_id, sighting_key(digest_of_seen(doc_id, headline))])
        super().remove_sighting(doc_id, headline)

    def forget_source(self, source: str) -> None:
        self._read("newspapers", [source])
        super().forget_source(source)

    def _free(self, doc_id: str) -> None:
        """Read the document that has this id, which the catalogue renames, and its copies."""
        if self.find_by_id(doc_id) is not None:
            self._read("keys", [f"{doc_id}~"])
            self._read_copies(doc_id)

    def _read_copies(self, doc_id: str) -> None:
        loaded = self._scratch.loaded.get(doc_id)
        if loaded is not None and loaded.rows.has_copies:
            self._read("first", [doc_id])

    def has_read_copies(self, doc_id: str) -> bool:
        """Return whether every copy of this document was read."""
        return doc_id in self._read_values.get("first", ())
