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
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeVar

from tqdm import tqdm

from indexer.commits import commit
from indexer.duplicates import CopyFinder
from indexer.preparation import Prepared, prepare, prepare_document
from indexer.readers.columns import Columns
from indexer.readers.dumps import find_dumps, place_of, read_dump, size_of
from indexer.readers.origin import Origin
from indexer.readers.outcome import Note, Outcome, Reject
from indexer.reconciled import Reconciled
from indexer.reconciliation import Reconciler
from indexer.record_linkage import is_stored, names_looked_up, needs_no_preparation
from indexer.renaming import Spellings, rename_sources
from indexer.report import Report
from indexer.runners import batched, choose_runner, run_in_thread
from search.encoders.identity import Encoder
from search.index.opening import open_index
from search.index.writer import Changes, IndexWriter, NewDocument, StoredDocuments
from search.records import Document, Kind

if TYPE_CHECKING:
    from indexer.ray_cluster import RayCluster

# Documents per commit: an fsync for each document would cost more time than the work, and a single
# commit for all documents would hold them all in memory.
BATCH = 4000
RECONCILED_AT_ONCE = 500  # articles that others stored beside a run
SCREENED_AT_ONCE = 250  # documents whose names are looked up together
RATE_SHOWN_EVERY = 100  # records

Arrival = TypeVar("Arrival", Document, Prepared)


def add_dumps(
    paths: Sequence[str],
    archive: str | Path,
    encoder: Encoder,
    *,
    captured_on: date | None,
    show_progress: bool,
    columns: Columns | None = None,
    cluster: "RayCluster | None" = None,
    on_step: Callable[[str], None] | None = None,
) -> Report:
    """Add the new documents of the dumps to the archive, which is created if needed.

    A script calls this under `if __name__ == "__main__":`, since worker processes import it.
    `columns` maps fields to columns of other names; `on_step` is passed to `Archive.writer`. With a
    `cluster`, its nodes read and prepare, and this process only decides and commits. Before the
    dumps are read, documents of newspapers whose aliases have become known are renamed; after
    them, documents of newspapers of which a more careful spelling came.

    Raises:
        DumpError: a path does not exist; nothing was added.
        ArchiveError: the archive cannot be written; what was committed before stays.
        LexiconError: the archive's own table of newspapers is damaged; nothing was added.
        EncoderError: the archive was built with another encoder.
        SearchError: a worker process died, or the cluster; what was committed before stays.
    """
    started = time.perf_counter()
    files = find_dumps(paths)
    report = Report(files=len(files))
    origin = Origin("", captured_on=captured_on, columns=columns or Columns())
    target = open_index(archive)
    origin = replace(origin, newspapers=target.newspapers())
    with target.writer(encoder.identity, on_step=on_step) as writer:
        with _progress_bar(files, show_progress=show_progress) as bar:
            with writer.committed() as committed:
                spellings = Spellings(origin.newspapers, committed.source_names())
            reconciler = Reconciler(CopyFinder(), partial(prepare_document, encoder=encoder))
            rename_sources(writer, reconciler, spellings.best)
            with writer.committed() as committed:
                if cluster is None:
                    documents = _count(_read(files, origin, bar.update), report, bar)
                    screened = _screen(map(spellings.use, documents), committed, report)
                    prepared = prepare(screened, encoder, choose_runner())
                else:
                    outcomes = cluster.read_prepared(files, origin, encoder, on_bytes=bar.update)
                    arrivals = _count(outcomes, report, bar)
                    prepared = _screen_prepared(arrivals, spellings, committed, report)
                _index(prepared, writer, report, reconciler)
            if not spellings.are_best():
                rename_sources(writer, reconciler, spellings.best)
        _reconcile_with_other_writers(writer, reconciler)
        writer.merge()
        report.total = writer.total()
        report.seconds = time.perf_counter() - started
        writer.record_run(report.as_json())
    return report


def _index(
    prepared: Generator[tuple[Document, Prepared | None], None, None],
    writer: IndexWriter,
    report: Report,
    reconciler: Reconciler,
) -> None:
    """Commit the documents: one batch is committed while the next is prepared."""
    commit_batch = partial(_commit, reconciler=reconciler, writer=writer)
    with closing(prepared):
        for counts in run_in_thread(commit_batch, batched(prepared, BATCH)):
            report.add(counts)
    report.passages = reconciler.documents.passages


def _read(
    files: Sequence[Path | None], origin: Origin, on_bytes: Callable[[int], object]
) -> Iterator[Outcome]:
    """Yield the outcomes of the records of the dumps: documents, rejects and notes."""
    for path in files:
        yield from read_dump(path, replace(origin, place=place_of(path)), on_bytes=on_bytes)


def _count(
    outcomes: Iterable[Arrival | Reject | Note], report: Report, bar: "tqdm[NoReturn]"
) -> Iterator[Arrival]:
    """Yield the documents; count the rejects and notes, and show the rate of all records."""
    records, started = 0, time.perf_counter()
    for outcome in outcomes:
        if isinstance(outcome, Note):
            report.add_note(outcome)
            continue
        records += 1
        if records % RATE_SHOWN_EVERY == 0 and not bar.disable:
            rate = records / (time.perf_counter() - started)
            bar.set_postfix_str(f"{rate:,.0f} records/s", refresh=False)
        if isinstance(outcome, Reject):
            report.add_reject(outcome)
        else:
            yield outcome


def _screen(
    documents: Iterable[Document], committed: StoredDocuments, report: Report
) -> Iterator[tuple[Document, bool]]:
    """Yield the documents that may change something, and whether they need preparation."""
    for batch in batched(documents, SCREENED_AT_ONCE):
        _expect(batch, committed)
        for document in batch:
            if is_stored(document, committed):
                report.duplicates += 1
            else:
                yield document, not needs_no_preparation(document, committed)


def _expect(
    batch: Sequence[Document], stored: StoredDocuments, sketches: Iterable[bytes] = ()
) -> None:
    """Announce the lookups for a batch, so that an archive elsewhere is asked few questions."""
    # Generators, because an archive in a folder does not use them.
    names = (name for document in batch for name in names_looked_up(document))
    headlines = (document for document in batch if document.kind is Kind.HEADLINE)
    stored.expect(names, headlines, sketches)


def _screen_prepared(
    arrivals: Iterable[Prepared],
    spellings: Spellings,
    committed: StoredDocuments,
    report: Report,
) -> Generator[tuple[Document, Prepared | None], None, None]:
    """Yield the documents that may change something, each with its preparation if it needs one."""
    for batch in batched(arrivals, SCREENED_AT_ONCE):
        renamed = [
            prepared.with_document(spellings.use(prepared.new.document)) for prepared in batch
        ]
        by_document = {id(prepared.new.document): prepared for prepared in renamed}
        documents = [prepared.new.document for prepared in renamed]
        for document, needs_preparation in _screen(documents, committed, report):
            yield document, by_document[id(document)] if needs_preparation else None


def _commit(
    batch: Sequence[tuple[Document, Prepared | None]],
    *,
    reconciler: Reconciler,
    writer: IndexWriter,
) -> Counter[Reconciled]:
    """Reconcile each document of the batch in its order, in one transaction."""
    passages = reconciler.documents.passages
    sketches = [new.sketch for new in _new_documents(batch) if new.sketch is not None]

    def reconcile(changes: Changes) -> Counter[Reconciled]:
        # Those of a commit that is made again do not count twice.
        reconciler.documents.passages = passages
        _expect([document for document, _ in batch], changes, sketches)
        return Counter(
            reconciler.reconcile(document, prepared, changes) for document, prepared in batch
        )

    return commit(writer, reconcile)


def _reconcile_with_other_writers(writer: IndexWriter, reconciler: Reconciler) -> None:
    """Join and link the articles that this run and others stored at the same time."""
    for doc_ids in batched(writer.stored_beside(), RECONCILED_AT_ONCE):
        commit(writer, partial(reconciler.reconcile_again, doc_ids))


def _new_documents(batch: Sequence[tuple[Document, Prepared | None]]) -> Iterator[NewDocument]:
    return (prepared.new for _, prepared in batch if prepared is not None)


def _progress_bar(files: Sequence[Path | None], *, show_progress: bool) -> "tqdm[NoReturn]":
    """Return a bar over the bytes of the dumps, since bytes predict the time left best."""
    return tqdm(
        total=size_of(files), unit="B", unit_scale=True, disable=not show_progress, smoothing=0.1
    )
