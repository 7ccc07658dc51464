"""The work on a document that needs nothing but itself: passages, terms, sketch, vectors.

Words are pure Python's work, which threads cannot share: batches of documents go to processes, one
for each core but the one that reads, encodes and writes. A few documents are done on the spot.
"""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import islice
from types import TracebackType
from typing import NamedTuple, Self

import numpy as np

from indexer.duplicates import Likeness, likeness_of
from indexer.passages import cut_passages, passage_text
from search.archive.changes import NewDocument
from search.encoders.identity import Encoder, Pieces, Vectors
from search.errors import SearchError
from search.lexical import IndexedTerms, index_terms
from search.records import Document, Kind

CHUNK = 250  # documents handed over at once
AHEAD = 4  # chunks under way for each process
ON_THE_SPOT = 1000  # documents; they take no longer than processes take to start


@dataclass(frozen=True, slots=True)
class TextWork:
    """What the words of one document give."""

    spans: list[tuple[int, int]]
    terms: list[IndexedTerms]
    likeness: Likeness | None


class Prepared(NamedTuple):
    """A document ready to be stored, and what its near copies are told by."""

    new: NewDocument
    likeness: Likeness | None


def work_on(documents: Sequence[Document]) -> list[TextWork]:
    """Cut and read the words of each document."""
    works = []
    for document in documents:
        spans = cut_passages(document)
        likeness = likeness_of(document.body) if document.kind is Kind.ARTICLE else None
        works.append(TextWork(spans, index_terms(document, spans), likeness))
    return works


def encode(
    documents: Sequence[Document], works: Sequence[TextWork], encoder: Encoder
) -> list[Prepared]:
    """Give each document with a vector for each of its passages."""
    vectors, pieces = encode_texts(
        [
            passage_text(document, span)
            for document, work in zip(documents, works, strict=True)
            for span in work.spans
        ],
        encoder,
    )
    prepared, row = [], 0
    for document, work in zip(documents, works, strict=True):
        rows = slice(row, row + len(work.spans))
        held = None if pieces is None else pieces[rows]
        sketch = None if work.likeness is None else work.likeness.sketch
        new = NewDocument(document, work.spans, work.terms, vectors[rows], held, sketch)
        prepared.append(Prepared(new, work.likeness))
        row = rows.stop
    return prepared


def encode_texts(texts: Sequence[str], encoder: Encoder) -> tuple[Vectors, list[Pieces] | None]:
    """Give the vector of each text, and its distinct pieces if the encoder knows any."""
    reader = encoder.pieces
    if reader is None:
        return encoder.encode_passages(texts), None
    tokens = reader.tokenise(texts)
    return reader.pool(tokens), [np.array(list(dict.fromkeys(one)), np.uint32) for one in tokens]


class Preparation:
    """Prepares documents in their order, several chunks ahead; use it as a context manager."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._cores = len(os.sched_getaffinity(0))
        self._submitted = 0
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def one(self, document: Document) -> Prepared:
        [prepared] = encode([document], work_on([document]), self._encoder)
        return prepared

    def stream(
        self, arrivals: Iterable[tuple[Document, bool]]
    ) -> Iterator[tuple[Document, Prepared | None]]:
        """Give each arrival with its preparation, if the flag beside it asks for one."""
        under_way: deque[tuple[list[tuple[Document, bool]], Future[list[TextWork]]]] = deque()
        walk = iter(arrivals)
        while chunk := list(islice(walk, CHUNK)):
            wanted = [document for document, is_wanted in chunk if is_wanted]
            under_way.append((chunk, self._submit(wanted)))
            if len(under_way) > AHEAD * max(1, self._cores - 1):
                yield from self._finish(*under_way.popleft())
        while under_way:
            yield from self._finish(*under_way.popleft())

    def _submit(self, documents: list[Document]) -> Future[list[TextWork]]:
        self._submitted += len(documents)
        if not documents or self._cores == 1 or self._submitted <= ON_THE_SPOT:
            done: Future[list[TextWork]] = Future()
            done.set_result(work_on(documents))
            return done
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                max_workers=self._cores - 1,
                # Forking a process whose libraries run threads can leave their locks held.
                mp_context=multiprocessing.get_context("spawn"),
                initializer=_begin_process,
            )
        return self._pool.submit(work_on, documents)

    def _finish(
        self, chunk: list[tuple[Document, bool]], work: Future[list[TextWork]]
    ) -> Iterator[tuple[Document, Prepared | None]]:
        wanted = [document for document, is_wanted in chunk if is_wanted]
        try:
            works = work.result()
        except BrokenProcessPool as error:
            raise SearchError(
                "a process that reads words was ended from outside (is memory short?);"
                " run the command again, it goes on from the last commit"
            ) from error
        prepared = iter(encode(wanted, works, self._encoder))
        for document, is_wanted in chunk:
            yield document, next(prepared) if is_wanted else None


def _begin_process() -> None:
    """Leave Ctrl-C to the parent, and end when it ends, however it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None, "this runs in a process that another one started"
    parent.join()
    os._exit(1)
