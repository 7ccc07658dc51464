"""Prepare documents for the archive: passages, terms, sketch and vectors.

Both steps are plain functions of a batch of documents and need nothing but the batch. `analyse`
works on words in pure Python, which threads cannot share, so a runner spreads it over processes.
`encode` turns the analyses into vectors, in the process that owns the encoder.
"""

from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import NamedTuple

from indexer.duplicates import Fingerprint, fingerprint_of
from indexer.passages import cut_passages, passage_text
from indexer.runners import Runner, batched
from search.encoders.identity import Encoder, PieceCounter, PieceCounts, Pieces, Vectors
from search.index.terms import IndexedTerms, index_terms
from search.index.writer import NewDocument
from search.records import Document, Kind

ANALYSED_AT_ONCE = 250  # documents in a batch for one worker


@dataclass(frozen=True, slots=True)
class Analysis:
    """The analysed words of a document; spans, terms and pieces have one entry per passage.

    `fingerprint` is None for a headline, and `pieces` is None if the encoder has no pieces.
    """

    spans: list[tuple[int, int]]
    terms: list[IndexedTerms]
    fingerprint: Fingerprint | None
    pieces: list[PieceCounts] | None


class Prepared(NamedTuple):
    """A document that is ready to be stored, and the fingerprint that finds its copies."""

    new: NewDocument
    fingerprint: Fingerprint | None

    def with_document(self, document: Document) -> "Prepared":
        """Return the preparation of the same text, of a document with another id or newspaper."""
        return self._replace(new=replace(self.new, document=document))


def prepare(
    arrivals: Iterable[tuple[Document, bool]], encoder: Encoder, run: Runner
) -> Generator[tuple[Document, Prepared | None], None, None]:
    """Yield each document, in order, with its preparation if its flag is true, else None."""
    submitted: deque[tuple[list[tuple[Document, bool]], list[Document]]] = deque()

    def to_analyse() -> Iterator[list[Document]]:
        for batch in batched(arrivals, ANALYSED_AT_ONCE):
            documents = [document for document, needs_preparation in batch if needs_preparation]
            submitted.append((batch, documents))
            yield documents

    counter = None if encoder.pieces is None else encoder.pieces.counter
    with closing(run(partial(analyse, counter=counter), to_analyse())) as analysed:
        for analyses in analysed:
            batch, documents = submitted.popleft()
            prepared = iter(encode(documents, analyses, encoder))
            for document, needs_preparation in batch:
                yield document, next(prepared) if needs_preparation else None


def prepare_documents(documents: Sequence[Document], encoder: Encoder) -> list[Prepared]:
    """Prepare documents in this process."""
    counter = None if encoder.pieces is None else encoder.pieces.counter
    return encode(documents, analyse(documents, counter), encoder)


def prepare_document(document: Document, encoder: Encoder) -> Prepared:
    """Prepare one document on its own."""
    [prepared] = prepare_documents([document], encoder)
    return prepared


def analyse(documents: Sequence[Document], counter: PieceCounter | None) -> list[Analysis]:
    """Cut each document into passages and read its words.

    `counter` is the encoder's; it is None if the encoder has no pieces.
    """
    spans_by_document = [cut_passages(document) for document in documents]
    texts = _passage_texts(documents, spans_by_document)
    pieces = None if counter is None else iter(counter.count(texts))
    analyses = []
    for document, spans in zip(documents, spans_by_document, strict=True):
        fingerprint = fingerprint_of(document.body) if document.kind is Kind.ARTICLE else None
        own_pieces = None if pieces is None else list(islice(pieces, len(spans)))
        analyses.append(Analysis(spans, index_terms(document, spans), fingerprint, own_pieces))
    return analyses


def encode(
    documents: Sequence[Document], analyses: Sequence[Analysis], encoder: Encoder
) -> list[Prepared]:
    """Return each document with a vector for each of its passages."""
    if encoder.pieces is not None and encoder.pools_pieces:
        vectors = encoder.pieces.pool([counted for a in analyses for counted in a.pieces or ()])
    else:
        spans_by_document = [analysis.spans for analysis in analyses]
        vectors = encoder.encode_passages(_passage_texts(documents, spans_by_document))
    prepared, row = [], 0
    for document, analysis in zip(documents, analyses, strict=True):
        rows = slice(row, row + len(analysis.spans))
        fingerprint = analysis.fingerprint
        new = NewDocument(
            document,
            analysis.spans,
            analysis.terms,
            vectors[rows],
            None if analysis.pieces is None else [counted.pieces for counted in analysis.pieces],
            None if fingerprint is None else fingerprint.sketch,
        )
        prepared.append(Prepared(new, fingerprint))
        row = rows.stop
    return prepared


def encode_texts(texts: Sequence[str], encoder: Encoder) -> tuple[Vectors, list[Pieces] | None]:
    """Return the vector of each text, and its distinct pieces if the encoder has pieces."""
    table = encoder.pieces
    if table is None:
        return encoder.encode_passages(texts), None
    counts = table.counter.count(texts)
    vectors = table.pool(counts) if encoder.pools_pieces else encoder.encode_passages(texts)
    return vectors, [text.pieces for text in counts]


def _passage_texts(
    documents: Iterable[Document], spans_by_document: Iterable[Sequence[tuple[int, int]]]
) -> list[str]:
    return [
        passage_text(document, span)
        for document, spans in zip(documents, spans_by_document, strict=True)
        for span in spans
    ]
