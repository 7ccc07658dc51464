"""Store, replace, merge and remove documents, and link the copies of their texts anew."""

from collections.abc import Callable

from indexer.duplicates import CopyFinder
from indexer.preparation import Prepared
from search.index.writer import Changes
from search.records import Document


class LinkedDocuments:
    """The documents of an archive, whose copies stay linked whatever changes."""

    def __init__(self, finder: CopyFinder, prepare: Callable[[Document], Prepared]) -> None:
        self.finder = finder
        self.prepare = prepare
        self.passages = 0  # stored so far

    def store(self, prepared: Prepared, changes: Changes) -> None:
        """Store a new document; its copies are linked by `CopyFinder.link_copies`."""
        changes.store(prepared.new)
        self.passages += len(prepared.new.spans)

    def replace(self, doc_id: str, prepared: Prepared, changes: Changes) -> None:
        """Replace a document; where its text changes, the caller links its copies anew."""
        changes.replace(doc_id, prepared.new)
        self.finder.forget(doc_id)
        self.finder.forget(prepared.new.document.doc_id)
        self.passages += len(prepared.new.spans)

    def remove(self, doc_id: str, changes: Changes) -> None:
        """Remove a document, and place the copies of its text anew."""
        copies = self.finder.unlink(doc_id, changes)
        changes.remove(doc_id)
        self.finder.relink(copies, changes)

    def merge(self, doc_id: str, into: str, changes: Changes) -> None:
        """Merge a document into another, and place the copies of its text anew."""
        copies = self.finder.unlink(doc_id, changes)
        changes.merge(doc_id, into)
        self.finder.relink(copies, changes)
