"""Removes documents within a commit, by their ids or by their newspaper."""

from collections.abc import Mapping, Sequence

from search.errors import ArchiveError
from search.index.catalogue.transaction import Transaction
from search.lexicon.newspapers import source_key, stored_sources


def remove_ids(changes: Transaction, doc_ids: Sequence[str]) -> int:
    """Remove the documents of these ids or further names; return their number.

    Raises:
        ArchiveError: there is no document of a name.
    """
    removed: set[str] = set()
    for name in doc_ids:
        documents = changes.find_by_names([name]).get(name, ())
        if not documents:
            raise ArchiveError(f"no document {name!r} in the archive: nothing was removed")
        removed.add(documents[0][0].doc_id)
    for doc_id in sorted(removed):
        changes.remove(doc_id)
    return len(removed)


def remove_source(changes: Transaction, source: str, aliases: Mapping[str, str]) -> int:
    """Remove every document of a newspaper, and the stored headlines with its name.

    Raises:
        ArchiveError: no newspaper has these words in its name, or several have.
    """
    names = stored_sources(source, changes.source_names(), aliases)
    if len({source_key(name) for name in names}) > 1:
        raise ArchiveError(
            f"{source!r} is part of the names of {len(names)} newspapers ({', '.join(names)}):"
            " nothing was removed; name one of them in full"
        )
    doc_ids = [doc_id for name in names for doc_id in changes.ids_of_own_source(name)]
    if not doc_ids:
        raise ArchiveError(f"no document of source {source!r}: `indexer status` lists the sources")
    for doc_id in doc_ids:
        changes.remove(doc_id)
    for name in names:
        changes.forget_source(name)
    return len(doc_ids)
