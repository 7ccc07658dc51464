"""Removes documents from an archive: they are not found from the next query on."""

from collections.abc import Sequence
from pathlib import Path

from search.errors import ArchiveError
from search.index.local.writer import ArchiveWriter


def remove_ids(folder: Path, doc_ids: Sequence[str]) -> int:
    """Remove the documents of these ids or further names, all or none; return their number.

    Raises:
        ArchiveError: one of them is not there; nothing was removed.
    """
    with ArchiveWriter(folder) as writer, writer.commit() as changes:
        removed: set[str] = set()
        for name in doc_ids:
            stored = changes.find_all([name]).get(name)
            if stored is None:
                raise ArchiveError(f"no document {name!r} in the archive: nothing was removed")
            removed.add(stored.doc_id)
        for doc_id in sorted(removed):
            changes.remove(doc_id)
    return len(removed)


def remove_source(folder: Path, source: str) -> int:
    """Remove every document of a newspaper, and forget the headlines seen with it.

    Raises:
        ArchiveError: there is none.
    """
    with ArchiveWriter(folder) as writer, writer.commit() as changes:
        doc_ids = changes.ids_of_source(source)
        if not doc_ids:
            raise ArchiveError(
                f"no document of source {source!r}: `indexer status` lists the sources"
            )
        for doc_id in doc_ids:
            changes.remove(doc_id)
        changes.forget_source(source)
    return len(doc_ids)
