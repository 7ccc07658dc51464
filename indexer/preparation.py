"""The work on a document that needs nothing but itself: passages, terms, sketch, vectors.

Words are pure Python's work, which threads cannot share: batches of documents go to processes, one
for each core but the one that reads, adds up vectors and writes. That one does a few documents on
the spot, and some where it would only wait.
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

from indexer.duplicates import Likeness, likeness_of
from indexer.passages import cut_passages, passage_text
from search.encoders.identity import Encoder, Held, PieceCounter, Pieces, Vectors
from search.errors import SearchError
from search.index import IndexedTerms, NewDocument
from search.index.terms import index_terms
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
    held: list[Held] | None


class Prepared(NamedTuple):
    """A document ready to be stored, and what its near copies are told by."""

    new: NewDocument
    likeness: Likeness | None


def work_on(documents: Sequence[Document], counter: PieceCounter | None) -> list[TextWork]:
    """Cut and read the words of each document; `counter` is that of the encoder, if it has one."""
    spans_of_each = [cut_passages(document) for document in documents]
    held = None if counter is None else iter(counter.count(_texts(documents, spans_of_each)))
    works = []
    for document, spans in zip(documents, spans_of_each, strict=True):
        likeness = likeness_of(document.body) if document.kind is Kind.ARTICLE else None
        own = None if held is None else list(islice(held, len(spans)))
        works.append(TextWork(spans, index_terms(document, spans), likeness, own))
    return works


def encode(
    documents: Sequence[Document], works: Sequence[TextWork], encoder: Encoder
) -> list[Prepared]:
    """Give each document with a vector for each of its passages."""
    if encoder.pieces is None:
        vectors = encoder.encode_passages(_texts(documents, [work.spans for work in works]))
    else:
        vectors = encoder.pieces.pool([held for work in works for held in work.held or ()])
    prepared, row = [], 0
    for document, work in zip(documents, works, strict=True):
        rows = slice(row, row + len(work.spans))
        pieces = None if work.held is None else [held.pieces for held in work.held]
        sketch = None if work.likeness is None else work.likeness.sketch
        new = NewDocument(document, work.spans, work.terms, vectors[rows], pieces, sketch)
        prepared.append(Prepared(new, work.likeness))
        row = rows.stop
    return prepared


def encode_texts(texts: Sequence[str], encoder: Encoder) -> tuple[Vectors, list[Pieces] | None]:
    """Give the vector of each text, and its distinct pieces if the encoder knows any."""
    reader = encoder.pieces
    if reader is None:
        return encoder.encode_passages(texts), None
    read = reader.counter.count(texts)
    return reader.pool(read), [held.pieces for held in read]


def _texts(documents: Iterable[Document], spans: Iterable[Sequence[tuple[int, int]]]) -> list[str]:
    return [
        passage_text(document, span)
        for document, its_spans in zip(documents, spans, strict=True)
        for span in its_spans
    ]


class Preparation:
    """Prepares documents in their order, several chunks ahead; use it as a context manager."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._counter = None if encoder.pieces is None else encoder.pieces.counter
        self._processes = len(os.sched_getaffinity(0)) - 1
        self._ahead = AHEAD * self._processes
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
        [prepared] = encode([document], work_on([document], self._counter), self._encoder)
        return prepared

    def stream(
        self, arrivals: Iterable[tuple[Document, bool]]
    ) -> Iterator[tuple[Document, Prepared | None]]:
        """Give each arrival with its preparation, if the flag beside it asks for one."""
        under_way: deque[tuple[list[tuple[Document, bool]], Future[list[TextWork]]]] = deque()
        walk = iter(arrivals)
        while chunk := list(islice(walk, CHUNK)):
            wanted = [document for document, is_wanted in chunk if is_wanted]
            waiting = sum(not work.done() for _, work in under_way)
            under_way.append((chunk, self._submit(wanted, waiting)))
            if len(under_way) > self._ahead:
                yield from self._finish(*under_way.popleft())
        while under_way:
            yield from self._finish(*under_way.popleft())

    def _submit(self, documents: list[Document], waiting: int) -> Future[list[TextWork]]:
        self._submitted += len(documents)
        if not documents or self._submitted <= ON_THE_SPOT or waiting >= self._ahead:
            done: Future[list[TextWork]] = Future()
            done.set_result(work_on(documents, self._counter))
            return done
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                max_workers=self._processes,
                # Forking a process whose libraries run threads can leave their locks held.
                mp_context=multiprocessing.get_context("spawn"),
                initializer=_begin_process,
                initargs=(self._counter,),
            )
        return self._pool.submit(_work_here, documents)

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


_counter: PieceCounter | None = None  # of a process that reads words, which is given it once


def _work_here(documents: Sequence[Document]) -> list[TextWork]:
    return work_on(documents, _counter)


def _begin_process(counter: PieceCounter | None) -> None:
    """Leave Ctrl-C to the parent, and end when it ends, however it ends."""
    global _counter
    _counter = counter
    os.environ["TOKENIZERS_PARALLELISM"] = "false"  # the other cores have work of their own
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None, "this runs in a process that another one started"
    parent.join()
    os._exit(1)
