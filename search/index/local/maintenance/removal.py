"""Removes documents from an archive: from the next query on they are not found."""

from collections.abc import Sequence
from pathlib import Path

from search.errors import ArchiveError
from search.index.local.transaction import Changes, Known
from search.index.local.writer import ArchiveWriter


def remove_ids(folder: Path, doc_ids: Sequence[str]) -> int:
    """Remove these documents, all or none; give how many there were.

    Raises:
        ArchiveError: one of them is not there; nothing was removed.
    """
    with ArchiveWriter(folder) as writer, writer.commit() as changes:
        known = {found.row: found for doc_id in doc_ids for found in [_require(changes, doc_id)]}
        for one in known.values():
            changes.remove(one)
    return len(known)


def remove_source(folder: Path, source: str) -> int:
    """Remove every document of a source, headlines first seen with it too.

    Raises:
        ArchiveError: there is none.
    """
    with ArchiveWriter(folder) as writer, writer.commit() as changes:
        known = changes.of_source(source)
        if not known:
            raise ArchiveError(
                f"no document of source {source!r}: `indexer status` lists the sources"
            )
        for one in known:
            changes.remove(one)
        changes.forget_source(source)
    return len(known)


def _require(changes: Changes, doc_id: str) -> Known:
    found = changes.find(doc_id)
    if found is None:
        raise ArchiveError(f"no document {doc_id!r} in the archive: nothing was removed")
    return found
