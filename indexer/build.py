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
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path

from tqdm import tqdm

from indexer.arrivals import Arrivals, adds_nothing
from indexer.duplicates import CopyFinder
from indexer.preparation import Preparation
from indexer.readers.dumps import find_dumps, read_dump
from indexer.readers.outcome import Note, Outcome, Reject
from search.archive.changes import NewDocument, Records
from search.archive.schema import connect
from search.archive.writer import ArchiveWriter, go_on
from search.encoders.identity import Encoder
from search.records import Document

logger = logging.getLogger(__name__)

# Documents a commit: an fsync each would cost more than the work, and all at once the memory
BATCH = 4000
SHOWN_REJECTS = 5


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
    on_step: Callable[[str], None] = go_on,
) -> Report:
    """Add what is new in the dumps to the archive, made if it is not there.

    `on_step` is `ArchiveWriter`'s.

    Raises:
        DumpError: a path is not there; nothing was added.
        ArchiveError: the archive cannot be written; what was committed before stays.
        EncoderError: the archive was built with another encoder.
    """
    started = time.perf_counter()
    report = Report()
    files = find_dumps(paths)
    with ArchiveWriter(archive, encoder.identity, on_step=on_step) as writer:
        with tqdm(files, unit=" files", disable=not show_progress) as bar:
            documents = _documents(bar, report, captured_on=captured_on)
            for stored in _store(documents, writer, encoder, report):
                bar.set_postfix(documents=stored)
        report.total = writer.total()
        report.seconds = time.perf_counter() - started
        writer.record_run(report.as_json())
    return report


def _documents(
    files: Iterable[Path | None], report: Report, *, captured_on: date | None
) -> Iterator[Document]:
    for path in files:
        report.files += 1
        for outcome in read_dump(path, captured_on=captured_on):
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
    documents: Iterable[Document], writer: ArchiveWriter, encoder: Encoder, report: Report
) -> Iterator[int]:
    """Settle and commit every document, a batch at a time; give how many were settled so far.

    While one batch is committed the next is read and prepared.
    """
    with (
        connect(writer.folder) as committed,
        Preparation(encoder) as preparation,
        ThreadPoolExecutor(1) as committing,
    ):
        arrivals = Arrivals(CopyFinder(writer.sketches()), preparation.one)
        records = Records(committed)
        walk = preparation.stream((one, not adds_nothing(one, records)) for one in documents)
        under_way: Future[int] | None = None
        while batch := list(islice(walk, BATCH)):
            if under_way is not None:
                yield under_way.result()
            under_way = committing.submit(_commit, batch, arrivals, writer, report)
        if under_way is not None:
            yield under_way.result()


def _commit(
    batch: Sequence[tuple[Document, NewDocument | None]],
    arrivals: Arrivals,
    writer: ArchiveWriter,
    report: Report,
) -> int:
    counts: Counter[str] = Counter()
    with writer.commit() as changes:
        for document, prepared in batch:
            counts[arrivals.settle(document, prepared, changes)] += 1
    for name, count in counts.items():
        setattr(report, name, getattr(report, name) + count)
    report.passages = arrivals.passages
    return writer.total()
