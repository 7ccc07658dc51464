"""The indexing trip: dumps in, committed documents out.

Dump -> documents -> what is new -> passages -> vectors and terms -> commit, a batch at a time:
memory holds one batch, however large the dump, and a killed run goes on from its last commit.
"""

import logging
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import NoReturn

from tqdm import tqdm

from indexer.passages import cut_passages, passage_text
from indexer.readers.columns import Columns
from indexer.readers.dumps import find_dumps, place_of, read_dump, size_of
from indexer.readers.origin import Origin
from indexer.readers.outcome import Note, Outcome, Reject
from search.archive.writer import ArchiveWriter, NewDocument, digest_of
from search.encoders.identity import Encoder
from search.records import Document, Kind

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
) -> Report:
    """Add what is new in the dumps to the archive, made if it is not there.

    `columns` names the fields of records whose columns have other names.

    Raises:
        DumpError: a path is not there; nothing was added.
        ArchiveError: the archive cannot be written; what was committed before stays.
        EncoderError: the archive was built with another encoder.
    """
    started = time.perf_counter()
    report = Report()
    files = find_dumps(paths)
    with ArchiveWriter(archive, encoder.identity) as writer:
        batch: dict[str, Document] = {}
        origin = Origin("", captured_on=captured_on, columns=columns or Columns())
        with _bar(files, show_progress=show_progress) as bar:
            for document in _documents(files, report, origin, bar):
                # A second arrival within the batch would hide the first's digest: settle the first.
                if len(batch) == BATCH or _differs(batch.get(document.doc_id), document):
                    _store(batch, writer, encoder, report)
                report.duplicates += document.doc_id in batch
                batch.setdefault(document.doc_id, document)
        _store(batch, writer, encoder, report)
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


def _differs(first: Document | None, second: Document) -> bool:
    return first is not None and not _is_seen(second, digest_of(first))


def _is_seen(document: Document, stored: bytes | None) -> bool:
    """Tell a second arrival from an update.

    A headline seen again on another day is the one already stored.
    """
    return stored is not None and (document.kind is Kind.HEADLINE or stored == digest_of(document))


def _store(
    batch: dict[str, Document], writer: ArchiveWriter, encoder: Encoder, report: Report
) -> None:
    """Commit what is new or changed in the batch, and empty it."""
    stored = writer.digests(batch)
    fresh = [
        document
        for document in batch.values()
        if not _is_seen(document, stored.get(document.doc_id))
    ]
    report.duplicates += len(batch) - len(fresh)
    batch.clear()
    if not fresh:
        return
    new = _encode(fresh, encoder)
    copies = writer.commit(new)
    for document in fresh:
        if document.doc_id in stored:
            report.updated += 1
        elif document.doc_id in copies:
            report.near_duplicates += 1
        elif document.kind is Kind.ARTICLE:
            report.articles += 1
        else:
            report.headlines += 1
    report.passages += sum(len(one.spans) for one in new)


def _encode(documents: Sequence[Document], encoder: Encoder) -> list[NewDocument]:
    spans = [cut_passages(document) for document in documents]
    texts = [passage_text(d, span) for d, own in zip(documents, spans, strict=True) for span in own]
    vectors = encoder.encode_passages(texts)
    new, row = [], 0
    for document, own in zip(documents, spans, strict=True):
        new.append(NewDocument(document, own, vectors[row : row + len(own)]))
        row += len(own)
    return new
