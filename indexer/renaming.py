"""Rename newspapers whose alias or more careful spelling became known after their documents came.

An alias of a newspaper («okaz») becomes its name («عكاظ») in all documents, versions and headlines
that have it, and every spelling of a name becomes the most careful spelling that came. A document
whose id depends on its newspaper gets another id, and keeps the former id as a further name. If a
document has the new id already, the two are joined. The archive is then the same as if the alias
had been known from the start.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial

from indexer.commits import commit
from indexer.linked_documents import LinkedDocuments
from indexer.readers.identity import record_id
from indexer.reconciliation import Reconciler
from indexer.record_linkage import headline_names
from search.index.writer import Changes, IndexWriter, NameOrigin, StoredDocument
from search.lexicon.newspapers import canonical_source, source_key, spelling_care
from search.records import Document, Kind

BATCH = 1000  # documents per commit


class Spellings:
    """The spelling in use and the most careful spelling of each newspaper's name, so far.

    While documents come, the first spelling is used, so that records of one newspaper meet from
    the start. The documents are renamed at the end if a more careful spelling came.
    """

    def __init__(self, aliases: Mapping[str, str], names: Iterable[str]) -> None:
        self._aliases = aliases
        self._used: dict[str, str] = {}  # by `source_key`
        self._best: dict[str, str] = {}
        for name in names:
            self._learn(canonical_source(name, aliases))
        self._used = dict(self._best)

    def use(self, document: Document) -> Document:
        """Return the document with the spelling in use of its newspaper's name."""
        if document.source is None or (used := self._learn(document.source)) == document.source:
            return document
        renamed = replace(document, source=used)
        return replace(renamed, doc_id=record_id(renamed))

    def best(self, name: str) -> str:
        """Return the name of a newspaper in its most careful spelling."""
        name = canonical_source(name, self._aliases)
        return self._best.get(source_key(name) or name, name)

    def are_best(self) -> bool:
        """Return whether every spelling in use is the most careful spelling."""
        return self._used == self._best

    def _learn(self, name: str) -> str:
        key = source_key(name) or name
        used = self._used.setdefault(key, name)
        best = self._best.setdefault(key, name)
        if name != best and spelling_care(name) > spelling_care(best):
            self._best[key] = name
        return used


def rename_sources(
    writer: IndexWriter, reconciler: Reconciler, name_of: Callable[[str], str]
) -> None:
    """Rename every newspaper by `name_of`.

    An interrupted run is continued by the next run.
    """
    with writer.committed() as committed:
        names = [name for name in committed.source_names() if name_of(name) != name]
    for name in names:
        while commit(writer, partial(_rename_some, name, reconciler, name_of)):
            pass


def _rename_some(
    name: str, reconciler: Reconciler, name_of: Callable[[str], str], changes: Changes
) -> int:
    """Rename some documents of a newspaper; return their number."""
    doc_ids = changes.ids_of_source(name)[:BATCH]
    changes.expect(doc_ids)
    for doc_id in doc_ids:
        _rename(doc_id, reconciler, changes, name_of)
    return len(doc_ids)


def _rename(
    doc_id: str, reconciler: Reconciler, changes: Changes, name_of: Callable[[str], str]
) -> None:
    def rename(record: Document) -> Document:
        source = name_of(record.source or "") or None
        return record if source == record.source else replace(record, source=source)

    stored = changes.find_by_id(doc_id)
    if stored is None:  # it joined another document meanwhile
        return
    if stored.is_upgraded:  # its id does not depend on a source
        _rename_in_place(doc_id, reconciler.documents, changes, rename)
    else:
        _reconcile_again(stored, reconciler, changes, rename)


def _rename_in_place(
    doc_id: str,
    documents: LinkedDocuments,
    changes: Changes,
    rename: Callable[[Document], Document],
) -> None:
    """Rename the records of a document that keeps its id."""
    current, *earlier = changes.versions(doc_id)
    if (renamed := rename(current)) != current:
        documents.replace(doc_id, documents.prepare(renamed), changes)
        changes.drop_version(doc_id, current)
    for version in earlier:
        if (renamed := rename(version)) != version:
            changes.drop_version(doc_id, version)
            changes.add_version(doc_id, renamed)
    for headline in changes.headlines_of(doc_id):
        if (renamed := rename(headline)) != headline:
            changes.remove_sighting(doc_id, headline)
            changes.add_sighting(doc_id, renamed, headline_names(renamed))


def _reconcile_again(
    stored: StoredDocument,
    reconciler: Reconciler,
    changes: Changes,
    rename: Callable[[Document], Document],
) -> None:
    """Remove a document, and reconcile its renamed records as if they arrived now."""
    records = changes.versions(stored.doc_id) if stored.kind is Kind.ARTICLE else []
    records += changes.headlines_of(stored.doc_id)
    reconciler.documents.remove(stored.doc_id, changes)
    successor: str | None = None
    for record in map(rename, records):
        arrival = replace(record, doc_id=record_id(record))
        reconciler.reconcile(arrival, None, changes)
        successor = successor or arrival.doc_id
    if successor is not None:
        for document, _ in changes.find_by_names([successor]).get(successor, ())[:1]:
            changes.add_names(document.doc_id, [stored.doc_id], NameOrigin.FORMER)
