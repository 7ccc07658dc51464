"""The indexing trip: dumps in, committed documents out.

Dump -> documents -> passages, terms, vectors of what is new -> settled one by one -> commit, a
batch at a time: memory holds two batches, however large the dump, and a killed run goes on from its
last commit to the same archive as an undisturbed one.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import islice
from pathlib import Path
from typing import NoReturn

from tqdm import tqdm

from indexer.duplicates import CopyFinder
from indexer.preparation import Preparation, Prepared
from indexer.readers.columns import Columns
from indexer.readers.dumps import find_dumps, place_of, read_dump, size_of
from indexer.readers.origin import Origin
from indexer.readers.outcome import Note, Outcome, Reject
from indexer.reconciliation import Reconciled, Reconciler, adds_nothing, is_stored
from search.encoders.identity import Encoder
from search.index import IndexWriter, StoredDocuments, open_index
from search.records import Document

logger = logging.getLogger(__name__)

# Documents a commit: an fsync each would cost more than the work, and all at once the memory
BATCH = 4000
SHOWN_REJECTS = 5
SHOWN_EVERY = 100  # records between two looks at their rate


@dataclass
class Report:
    """What one run did.

    Every record read is in exactly one count; `notes` count what was set aside of kept ones.
    """

    files: int = 0
    articles: int = 0
    headlines: int = 0
    duplicates: int = 0
    near_duplicates: int = 0
    updated: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    passages: int = 0
    seconds: float = 0.0
    total: int = 0

    def add(self, counts: Counter[Reconciled]) -> None:
        for name, count in counts.items():
            setattr(self, name, getattr(self, name) + count)

    def as_json(self) -> dict[str, object]:
        counts = dict(vars(self))
        return {
            **counts,
            "rejected": dict(self.rejected),
            "notes": dict(self.notes),
            "seconds": round(self.seconds, 2),
        }


def add_dumps(
    paths: Sequence[str],
    archive: Path,
    encoder: Encoder,
    *,
    captured_on: date | None,
    show_progress: bool,
    columns: Columns | None = None,
    on_step: Callable[[str], None] | None = None,
) -> Report:
    """Add what is new in the dumps to the archive, made if it is not there.

    `columns` names the fields of records whose columns have other names; `on_step` is that of
    `Archive.writer`.

    Raises:
        DumpError: a path is not there; nothing was added.
        ArchiveError: the archive cannot be written; what was committed before stays.
        EncoderError: the archive was built with another encoder.
    """
    started = time.perf_counter()
    report = Report()
    files = find_dumps(paths)
    origin = Origin("", captured_on=captured_on, columns=columns or Columns())
    with open_index(archive).writer(encoder.identity, on_step=on_step) as writer:
        with _bar(files, show_progress=show_progress) as bar:
            documents = _documents(files, report, origin, bar)
            _store(documents, writer, encoder, report)
        writer.merge()
        report.total = writer.total()
        report.seconds = time.perf_counter() - started
        writer.record_run(report.as_json())
    return report


def _bar(files: Sequence[Path | None], *, show_progress: bool) -> "tqdm[NoReturn]":
    """Give a bar over the bytes of the dumps, which tell the time left better than their number."""
    return tqdm(
        total=size_of(files), unit="B", unit_scale=True, disable=not show_progress, smoothing=0.1
    )


def _documents(
    files: Sequence[Path | None], report: Report, origin: Origin, bar: "tqdm[NoReturn]"
) -> Iterator[Document]:
    records, started = 0, time.perf_counter()
    for path in files:
        report.files += 1
        place = replace(origin, place=place_of(path))
        for outcome in read_dump(path, place, on_bytes=bar.update):
            records += not isinstance(outcome, Note)
            if records % SHOWN_EVERY == 0 and not bar.disable:
                rate = records / (time.perf_counter() - started)
                bar.set_postfix_str(f"{rate:,.0f} records/s", refresh=False)
            if isinstance(outcome, Document):
                yield outcome
            else:
                _count(outcome, report)


def _count(outcome: Outcome, report: Report) -> None:
    if isinstance(outcome, Reject):
        report.rejected[outcome.reason] += 1
        if report.rejected.total() <= SHOWN_REJECTS:
            logger.warning("rejected: %s: %s", outcome.place, outcome.reason)
    elif isinstance(outcome, Note):
        report.notes[outcome.reason] += 1


def _store(
    documents: Iterable[Document], writer: IndexWriter, encoder: Encoder, report: Report
) -> None:
    """Settle and commit every document, a batch at a time.

    While one batch is committed the next is read and prepared.
    """
    with (
        writer.committed() as committed,
        Preparation(encoder) as preparation,
        ThreadPoolExecutor(1) as committing,
    ):
        reconciler = Reconciler(CopyFinder(), preparation.one)
        walk = preparation.stream(_unsettled(documents, committed, report))
        under_way: Future[Counter[Reconciled]] | None = None
        while batch := list(islice(walk, BATCH)):
            if under_way is not None:
                report.add(under_way.result())
            under_way = committing.submit(_commit, batch, reconciler, writer)
        if under_way is not None:
            report.add(under_way.result())
        report.passages = reconciler.passages


def _unsettled(
    documents: Iterable[Document], committed: StoredDocuments, report: Report
) -> Iterator[tuple[Document, bool]]:
    """Give the documents that may change something, and whether they need preparation."""
    for document in documents:
        if is_stored(document, committed):
            report.duplicates += 1
        else:
            yield document, not adds_nothing(document, committed)


def _commit(
    batch: Sequence[tuple[Document, Prepared | None]], reconciler: Reconciler, writer: IndexWriter
) -> Counter[Reconciled]:
    counts: Counter[Reconciled] = Counter()
    with writer.commit() as changes:
        for document, prepared in batch:
            counts[reconciler.reconcile(document, prepared, changes)] += 1
    return counts
