"""Index dumps: read their records, and commit the documents to an archive.

    read     dump -> documents, rejects, notes                       readers/
    screen   document -> whether it may add anything                 record_linkage.py
    analyse  batch of documents -> passages, terms, sketch, pieces   preparation.py, by a runner
    encode   batch of documents -> vectors                           preparation.py
    commit   batch of documents -> reconciled in order, one commit    reconciliation.py

Memory holds two batches, however large the dump is. If a run is killed, the next run continues from
the last commit, and its archive equals that of an undisturbed run.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import NoReturn

from tqdm import tqdm

from indexer.duplicates import CopyFinder
from indexer.preparation import Prepared, prepare, prepare_document
from indexer.readers.columns import Columns
from indexer.readers.dumps import find_dumps, place_of, read_dump, size_of
from indexer.readers.origin import Origin
from indexer.readers.outcome import Note, Outcome, Reject
from indexer.reconciled import Reconciled
from indexer.reconciliation import Reconciler
from indexer.record_linkage import is_stored, needs_no_preparation
from indexer.renaming import Spellings, rename_sources
from indexer.report import Report
from indexer.runners import Runner, batched, choose_runner, run_in_thread
from search.encoders.identity import Encoder
from search.index.opening import open_index
from search.index.writer import IndexWriter, StoredDocuments
from search.records import Document

# Documents per commit: an fsync for each document would cost more time than the work, and a single
# commit for all documents would hold them all in memory.
BATCH = 4000
RATE_SHOWN_EVERY = 100  # records


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
    """Add the new documents of the dumps to the archive, which is created if needed.

    A script calls this under `if __name__ == "__main__":`, since worker processes import it.
    `columns` maps fields to columns of other names; `on_step` is passed to `Archive.writer`. Before
    the dumps are read, documents of newspapers whose aliases have become known are renamed; after
    them, documents of newspapers of which a more careful spelling came.

    Raises:
        DumpError: a path does not exist; nothing was added.
        ArchiveError: the archive cannot be written; what was committed before stays.
        LexiconError: the archive's own table of newspapers is damaged; nothing was added.
        EncoderError: the archive was built with another encoder.
        SearchError: a worker process died; what was committed before stays.
    """
    started = time.perf_counter()
    report = Report()
    files = find_dumps(paths)
    origin = Origin("", captured_on=captured_on, columns=columns or Columns())
    target = open_index(archive)
    origin = replace(origin, newspapers=target.newspapers())
    with target.writer(encoder.identity, on_step=on_step) as writer:
        with _progress_bar(files, show_progress=show_progress) as bar:
            with writer.committed() as committed:
                spellings = Spellings(origin.newspapers, committed.source_names())
            documents = map(spellings.use, _count(_read(files, origin, report, bar), report))
            reconciler = Reconciler(CopyFinder(), partial(prepare_document, encoder=encoder))
            rename_sources(writer, reconciler, spellings.best)
            _index(documents, writer, encoder, report, choose_runner(), reconciler)
            if not spellings.are_best():
                rename_sources(writer, reconciler, spellings.best)
        writer.merge()
        report.total = writer.total()
        report.seconds = time.perf_counter() - started
        writer.record_run(report.as_json())
    return report


def _index(
    documents: Iterable[Document],
    writer: IndexWriter,
    encoder: Encoder,
    report: Report,
    run: Runner,
    reconciler: Reconciler,
) -> None:
    """Prepare and commit the documents: one batch is committed while the next is prepared."""
    commit = partial(_commit, reconciler=reconciler, writer=writer)
    with writer.committed() as committed:
        screened = _screen(documents, committed, report)
        with closing(prepare(screened, encoder, run)) as prepared:
            for counts in run_in_thread(commit, batched(prepared, BATCH)):
                report.add(counts)
    report.passages = reconciler.documents.passages


def _read(
    files: Sequence[Path | None], origin: Origin, report: Report, bar: "tqdm[NoReturn]"
) -> Iterator[Outcome]:
    """Yield the outcomes of the records of the dumps: documents, rejects and notes."""
    records, started = 0, time.perf_counter()
    for path in files:
        report.files += 1
        place = replace(origin, place=place_of(path))
        for outcome in read_dump(path, place, on_bytes=bar.update):
            records += not isinstance(outcome, Note)
            if records % RATE_SHOWN_EVERY == 0 and not bar.disable:
                rate = records / (time.perf_counter() - started)
                bar.set_postfix_str(f"{rate:,.0f} records/s", refresh=False)
            yield outcome


def _count(outcomes: Iterable[Outcome], report: Report) -> Iterator[Document]:
    """Yield the documents; count the rejects and notes."""
    for outcome in outcomes:
        if isinstance(outcome, Document):
            yield outcome
        elif isinstance(outcome, Reject):
            report.add_reject(outcome)
        else:
            report.add_note(outcome)


def _screen(
    documents: Iterable[Document], committed: StoredDocuments, report: Report
) -> Iterator[tuple[Document, bool]]:
    """Yield the documents that may change something, and whether they need preparation."""
    for document in documents:
        if is_stored(document, committed):
            report.duplicates += 1
        else:
            yield document, not needs_no_preparation(document, committed)


def _commit(
    batch: Sequence[tuple[Document, Prepared | None]],
    *,
    reconciler: Reconciler,
    writer: IndexWriter,
) -> Counter[Reconciled]:
    """Reconcile each document of the batch in its order, in one transaction."""
    counts: Counter[Reconciled] = Counter()
    with writer.commit() as changes:
        for document, prepared in batch:
            counts[reconciler.reconcile(document, prepared, changes)] += 1
    return counts


def _progress_bar(files: Sequence[Path | None], *, show_progress: bool) -> "tqdm[NoReturn]":
    """Return a bar over the bytes of the dumps, since bytes predict the time left best."""
    return tqdm(
        total=size_of(files), unit="B", unit_scale=True, disable=not show_progress, smoothing=0.1
    )
