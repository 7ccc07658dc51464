"""Renames newspapers of which an archive has learnt, since their documents came, what they are.

An alias of a newspaper («okaz») becomes its name («عكاظ») in all documents, versions and headlines
that have it. A document whose name its newspaper is a part of gets another id, keeps the former one
as a further name, and joins the document that has that id already: the archive is then what the
dumps make of it when the alias is known from the start.
"""

from collections.abc import Callable
from dataclasses import replace
from itertools import islice

from indexer.reconciliation import Reconciler
from search.index import Changes, IndexWriter
from search.records import Document

BATCH = 1000  # documents of one commit


def rename_sources(
    writer: IndexWriter, reconciler: Reconciler, canonical_source: Callable[[str], str]
) -> int:
    """Give every newspaper its name; return the number of documents that were renamed.

    A run that is cut off is continued by the next one.
    """
    renamed = 0
    with writer.committed() as committed:
        names = [name for name in committed.source_names() if canonical_source(name) != name]
    for name in names:
        while True:
            with writer.commit() as changes:
                doc_ids = list(islice(changes.ids_of_source(name), BATCH))
                for doc_id in doc_ids:
                    _rename(doc_id, reconciler, changes, canonical_source)
            if not doc_ids:
                break
            renamed += len(doc_ids)
    return renamed


def _rename(
    doc_id: str,
    reconciler: Reconciler,
    changes: Changes,
    canonical_source: Callable[[str], str],
) -> None:
    def named(record: Document) -> Document:
        source = canonical_source(record.source or "") or None
        return record if source == record.source else replace(record, source=source)

    stored = changes.of_id(doc_id)
    if stored is None:  # it joined another one meanwhile
        return
    if stored.is_upgraded:  # its id is of no source
        reconciler.rename_in_place(stored, named, changes)
    else:
        reconciler.bring_again(stored, named, changes)
