"""Copy an archive into another one, a folder or a cluster, with the same ids.

What the other archive holds already stays as it is there, so that a run that was killed goes on
where it was. Copies are linked at the end, when all first documents are there.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial

from tqdm import tqdm

from indexer.commits import commit
from indexer.runners import batched, run_in_thread
from search.index.archive import Archive
from search.index.catalogue.stored import StoredText
from search.index.writer import Changes, IndexWriter, StoredDocuments

BATCH = 1000  # documents in a commit
_LINKED_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class CopyReport:
    """The documents that were copied, those that were there before, and all that are there now."""

    copied: int
    present: int
    total: int
    seconds: float

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def copy_archive(source: Archive, target: Archive, *, show_progress: bool) -> CopyReport:
    """Copy every document that the target does not hold, and the archivist's own tables.

    Raises:
        ArchiveError: there is no source, or the target cannot be written to; what was committed
            before stays.
        EncoderError: the target was built with another encoder.
    """
    started = time.perf_counter()
    status = source.status()
    links: list[tuple[str, str]] = []
    copied = 0
    with target.writer(status.encoder) as writer, writer.committed() as stored:
        load = partial(_load, writer=writer, stored=stored)
        with tqdm(total=status.documents, unit=" documents", disable=not show_progress) as bar:
            for count in run_in_thread(load, batched(_noting(source.texts(), links), BATCH)):
                copied += count
                bar.update(count)
        for part in batched(links, _LINKED_AT_ONCE):
            commit(writer, partial(_link, part))
        writer.merge()
        total = writer.total()
        seconds = time.perf_counter() - started
        report = CopyReport(copied, status.documents - copied, total, round(seconds, 2))
        writer.record_run(report.as_json())
    present = target.tables()
    target.store_tables(
        {name: text for name, text in source.tables().items() if name not in present}
    )
    return report


def _noting(texts: Iterator[StoredText], links: list[tuple[str, str]]) -> Iterator[StoredText]:
    """Yield the texts, and note the first document of each copy."""
    for text in texts:
        if text.rows.is_copy:
            links.append((text.rows.doc_id, text.rows.first_id))
        yield text


def _load(texts: Sequence[StoredText], *, writer: IndexWriter, stored: StoredDocuments) -> int:
    """Store the texts that are not there; return their number."""
    stored.expect([text.rows.doc_id for text in texts])
    new = [text for text in texts if stored.find_by_id(text.rows.doc_id) is None]
    if new:
        writer.load(new)
    return len(new)


def _link(links: Sequence[tuple[str, str]], changes: Changes) -> None:
    changes.expect({name for link in links for name in link})
    for doc_id, first_id in links:
        if changes.find_by_id(doc_id) is None or changes.find_by_id(first_id) is None:
            continue  # removed from the target meanwhile
        if changes.copy(doc_id).first_id != first_id:
            changes.link(doc_id, first_id)
