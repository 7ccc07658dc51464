"""The steps that the nodes of a Ray cluster carry out: read, prepare and encode.

Each step takes and returns a table of one pickled item, since Ray Data moves Arrow tables. An error
travels as an item, because Ray Data keeps nothing of one but the text of its traceback.
"""

import logging
import pickle
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from indexer.preparation import ANALYSED_AT_ONCE, prepare_documents
from indexer.readers.dumps import LineRange, read_dump
from indexer.readers.origin import Origin
from search.encoders.identity import Encoder, EncoderIdentity
from search.encoders.loading import load_archive_encoder
from search.encoders.two_level import encoder_of_archive
from search.errors import SearchError
from search.language.analysis import RULES_VERSION
from search.records import Document

ITEM = "item"  # the column of a table


class DumpFile(NamedTuple):
    """A dump, or a range of its lines; `place` names it in messages."""

    path: Path
    place: str
    lines: LineRange | None


@dataclass
class Batch:
    """Outcomes of a part of the dumps and what was logged, in order, and the bytes that were read.

    A document is a `Document` until it is prepared, and a `Prepared` from then on.
    """

    outcomes: list[Any] = field(default_factory=list)
    size_bytes: int = 0


class NodeFacts(NamedTuple):
    """The facts that a node must share with this process, so that it gives the same passages."""

    encoder: EncoderIdentity
    text_rules: int = RULES_VERSION


def read(items: pa.Table, *, origin: Origin) -> Iterator[pa.Table]:
    """Yield the batches of parts of the dumps; this runs on a node."""
    for part in unpacked(items):
        try:
            yield from map(packed, _read_part(part, origin))
        except SearchError as error:
            yield packed(error)


def _read_part(part: Sequence[DumpFile], origin: Origin) -> Iterator[Batch]:
    batch = Batch()

    def on_bytes(count: int) -> None:
        batch.size_bytes += count

    for file in part:
        _require_file(file)
        place = replace(origin, place=file.place)
        with _logged() as log:
            for outcome in read_dump(file.path, place, on_bytes=on_bytes, lines=file.lines):
                batch.outcomes.append(outcome)
                if len(batch.outcomes) == ANALYSED_AT_ONCE:
                    yield batch
                    batch = Batch()
        if file.lines is None or file.lines.above == 0:  # of a file, what its first range says
            batch.outcomes += log
    yield batch


def _require_file(file: DumpFile) -> None:
    if not file.path.exists():
        raise SearchError(
            f"node {socket.gethostname()} has no file {file.path}: dumps must be on storage that"
            " all nodes of the Ray cluster have at the same path"
        )


@contextmanager
def _logged() -> Iterator[list[logging.LogRecord]]:
    """Collect what the readers log, to be logged by the process that the user sees."""
    records: list[logging.LogRecord] = []

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            record.msg, record.args = record.getMessage(), None
            records.append(record)

    collector, readers = Collector(), logging.getLogger("indexer")
    readers.setLevel(logging.INFO)
    readers.addHandler(collector)
    try:
        yield records
    finally:
        readers.removeHandler(collector)


def prepare(items: pa.Table, *, node: NodeFacts) -> pa.Table:
    """Prepare the documents of a batch; this runs on a node."""

    def prepare_batch(batch: Batch) -> Batch:
        documents = [outcome for outcome in batch.outcomes if isinstance(outcome, Document)]
        prepared = iter(prepare_documents(documents, _load(node)))
        batch.outcomes = [
            next(prepared) if isinstance(outcome, Document) else outcome
            for outcome in batch.outcomes
        ]
        return batch

    return _applied(prepare_batch, items)


def encode(items: pa.Table, *, node: NodeFacts) -> pa.Table:
    """Encode a batch of texts; this runs on a node."""
    return _applied(lambda texts: _load(node).encode_passages(texts), items)


class GpuEncoder:
    """An actor that holds an encoder on its GPU."""

    def __init__(self, node: NodeFacts) -> None:
        self._node = node

    def __call__(self, items: pa.Table) -> pa.Table:
        return encode(items, node=self._node)


@lru_cache(maxsize=1)
def _load(node: NodeFacts) -> Encoder:
    """Load the encoder once in each worker process, which serves one batch after another.

    Raises:
        SearchError: this node has another encoder, or other rules of analysis.
    """
    if node.text_rules != RULES_VERSION:
        raise SearchError(
            f"node {socket.gethostname()} has text rules {RULES_VERSION}, and the run was started"
            f" with {node.text_rules}: install one version of arshif on all nodes of the cluster"
        )
    encoder = encoder_of_archive(load_archive_encoder(node.encoder.name), node.encoder)
    node.encoder.require_same(encoder.identity)
    return encoder


def _applied(step: Callable[[Any], object], items: pa.Table) -> pa.Table:
    """Return the result of a step, or the error that it or an earlier step raised."""
    [item] = unpacked(items)
    if isinstance(item, SearchError):
        return items
    try:
        return packed(step(item))
    except SearchError as error:
        return packed(error)


def packed(item: object) -> pa.Table:
    return pa.table({ITEM: [pickle.dumps(item)]})


def unpacked(items: pa.Table) -> list[Any]:  # Any: what the step before returned
    return [pickle.loads(item.as_py()) for item in items[ITEM]]
