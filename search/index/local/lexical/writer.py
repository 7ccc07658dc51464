"""Writes the two lexical indexes of an archive.

The indexes may hold more entries than the archive names, after a crash between their commit and
SQLite's, or before a removal is carried out. Readers ignore unknown entries, and the next writer
removes them.
"""

from collections.abc import Sequence
from pathlib import Path

import tantivy

from search.index.local.lexical.schemas import (
    document_entry,
    document_schema,
    documents_folder,
    passage_entry,
    passage_schema,
)
from search.index.local.lexical.tantivy_folder import (
    converting_tantivy_errors,
    open_folder,
    share_with_folder,
)
from search.index.terms import IndexedTerms
from search.records import Document

_REMOVED_AT_ONCE = 10_000
_HEAP_BYTES = 64_000_000  # of a writer thread before it writes a segment


class LexicalWriter:
    """Adds and removes documents with their passages; readers see no change before `commit`.

    `folder` is the folder of the index of passages.
    """

    def __init__(self, folder: Path) -> None:
        self._documents = _IndexWriter(documents_folder(folder), document_schema())
        self._passages = _IndexWriter(folder, passage_schema())

    def add(
        self, document: Document, passage_ids: Sequence[int], passages: Sequence[IndexedTerms]
    ) -> None:
        """Add a document with the terms of its passages; without passages it cannot be found."""
        if not passages:
            return
        self._documents.add(document_entry(passage_ids[0], document, passages))
        for passage_id, indexed in zip(passage_ids, passages, strict=True):
            self._passages.add(passage_entry(passage_id, document, indexed))

    def replace_document(
        self, document: Document, passage_ids: Sequence[int], passages: Sequence[IndexedTerms]
    ) -> None:
        """Replace the entry of a document; the entries of its passages stay."""
        if not passages:
            return
        self._documents.remove(passage_ids[:1])
        self._documents.add(document_entry(passage_ids[0], document, passages))

    def remove(self, passage_ids: Sequence[int]) -> None:
        """Remove passages, and the documents whose first passages are among them."""
        self._passages.remove(passage_ids)
        self._documents.remove(passage_ids)

    def sweep(self, first_unnamed: int) -> None:
        """Remove the entries that no transaction named: all from `first_unnamed` on."""
        self._documents.sweep(first_unnamed)
        self._passages.sweep(first_unnamed)

    def holds_from(self, first: int) -> bool:
        """Return whether an index holds an entry from `first` on."""
        return self._documents.holds_from(first) or self._passages.holds_from(first)

    def commit(self) -> None:
        self._documents.commit()
        self._passages.commit()

    def close(self) -> None:
        try:
            self._documents.close()
        finally:
            self._passages.close()


class _IndexWriter:
    """The writer of one tantivy index."""

    def __init__(self, folder: Path, schema: tantivy.Schema) -> None:
        self._folder = folder
        self._index = open_folder(folder, schema, create=True)
        # One thread keeps the order of entries, so that a dump always results in the same index.
        self._failing = f"the lexical index in {folder} cannot be written (is the disk full?)"
        with converting_tantivy_errors(self._failing):
            self._writer = self._index.writer(heap_size=_HEAP_BYTES, num_threads=1)

    def add(self, entry: tantivy.Document) -> None:
        with converting_tantivy_errors(self._failing):
            self._writer.add_document(entry)

    def remove(self, passage_ids: Sequence[int]) -> None:
        # Removal by query, because removal by term takes a Python number as signed, and removes
        # nothing from an unsigned field.
        for first in range(0, len(passage_ids), _REMOVED_AT_ONCE):
            part = list(passage_ids[first : first + _REMOVED_AT_ONCE])
            query = tantivy.Query.term_set_query(self._index.schema, "passage_id", part)
            with converting_tantivy_errors(self._failing):
                self._writer.delete_documents_by_query(query)

    def sweep(self, first_unnamed: int) -> None:
        with converting_tantivy_errors(self._failing):
            self._writer.delete_documents_by_query(entries_from(self._index.schema, first_unnamed))
        self.commit()

    def holds_from(self, first: int) -> bool:
        query = entries_from(self._index.schema, first)
        with converting_tantivy_errors(self._failing):
            return bool(self._index.searcher().search(query, limit=1).hits)

    def commit(self) -> None:
        with converting_tantivy_errors(self._failing):
            self._writer.commit()
            share_with_folder(self._folder)

    def close(self) -> None:
        with converting_tantivy_errors(self._failing):
            self._writer.rollback()
            self._writer.wait_merging_threads()
            share_with_folder(self._folder)


def entries_from(schema: tantivy.Schema, first: int) -> tantivy.Query:
    """Build the query for every entry from a passage id on."""
    return tantivy.Query.range_query(
        schema, "passage_id", tantivy.FieldType.Unsigned, lower_bound=first
    )
