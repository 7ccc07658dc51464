"""Read and prepare dumps, and encode passages, on all nodes of a Ray cluster.

    read      part of the dumps -> batches of outcomes           on any node
    prepare   batch of outcomes -> prepared documents            on any node
    commit    in the order of the dumps                          in this process (`ingest.py`)

Ray Data alone spreads the work, keeps its order, bounds what waits in memory, and repeats what a
lost node had not delivered. Reading is on the nodes too. In this process, it would take a fifth of
the time of the commits where the dumps are JSON lines (0.85 s of CPU for 3,000 articles, beside
3.4 s), and four fifths of all work where they are web pages.

The steps are tasks, not actors. When a node is lost, Ray repeats its tasks on any other node, but
a batch of a lost actor waits until that actor finds a free core, and all later batches wait behind
it: with two of three actors lost, nothing came until the remaining actor had done all other work.
An encoder on a GPU is an actor nonetheless, because Ray ends the process of a task on a GPU after
each batch.

A document is prepared before it is known to be a duplicate, because only this process reads the
archive. A second run over the same dumps therefore costs the nodes as much as the first run.
"""

import logging
import os
import pickle
import signal
import socket
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from indexer.preparation import ANALYSED_AT_ONCE, Prepared, prepare_documents
from indexer.readers.dumps import LineRange, line_ranges, place_of, read_dump
from indexer.readers.origin import Origin
from indexer.readers.outcome import Note, Reject
from indexer.runners import batched
from search.encoders.identity import Encoder, EncoderIdentity, Vectors
from search.encoders.loading import load_archive_encoder
from search.encoders.two_level import encoder_of_archive
from search.errors import SearchError
from search.language.analysis import RULES_VERSION
from search.records import Document

try:
    import ray
    import ray.data
    from ray.exceptions import RayError
except ImportError as error:
    raise SearchError(
        f"Ray is not installed ({error}): run `pip install 'arshif[cluster]'` on this machine and"
        " on every node, or omit --ray"
    ) from error

LOCAL = "local"  # address that starts a cluster on this machine, and ends it
PART_BYTES = 32_000_000  # of dumps, for one task: seconds of reading, a minute of preparation
TEXTS_AT_ONCE = 128  # passages for one task: seconds of encoding on a core
_ANSWERS_WITHIN_S = 5
_BLOCK_BYTES = 1 << 20  # a batch is larger, so that each travels alone
_COLUMN = "item"


class _File(NamedTuple):
    """A dump, or a range of its lines; `place` names it in messages."""

    path: Path
    place: str
    lines: LineRange | None


@dataclass
class _Batch:
    """Outcomes of a part of the dumps and what was logged, in order, and the bytes that were read.

    A document is a `Document` until it is prepared, and a `Prepared` from then on.
    """

    outcomes: list[Any] = field(default_factory=list)
    size_bytes: int = 0


class _Node(NamedTuple):
    """The facts that a node must share with this process, so that it gives the same passages."""

    encoder: EncoderIdentity
    text_rules: int = RULES_VERSION


class RayCluster:
    """A Ray cluster that this process is connected to."""

    def read_prepared(
        self,
        files: Sequence[Path | None],
        origin: Origin,
        encoder: Encoder,
        *,
        on_bytes: Callable[[int], object],
    ) -> Iterator[Prepared | Reject | Note]:
        """Yield the outcomes of the dumps in their order, each document prepared.

        Raises:
            SearchError: a node lacks a dump or the encoder, or the cluster was lost.
        """
        parts = list(_parts(files, origin))
        if not parts:
            return
        # A reader waits while the batches that it has read wait. It reserves no core, because on a
        # cluster of one core nothing would be left to prepare its batches.
        readers = ray.data.TaskPoolStrategy(size=min(_cores(), len(parts)))
        read = _spread(parts).map_batches(
            partial(_read, origin=origin),
            batch_size=1,
            batch_format="pyarrow",
            compute=readers,
            num_cpus=0,
        )
        node = _Node(encoder.identity.base)
        prepared = read.map_batches(
            partial(_prepare, node=node), batch_size=1, batch_format="pyarrow"
        )
        for batch in _results(prepared):
            on_bytes(batch.size_bytes)
            for outcome in batch.outcomes:
                if isinstance(outcome, logging.LogRecord):
                    logging.getLogger(outcome.name).handle(outcome)
                else:
                    yield outcome

    def encode_passages(self, texts: Sequence[str], encoder: Encoder) -> Vectors:
        """Return the vector of each text by a contextual encoder.

        Raises:
            SearchError: a node lacks the encoder, or the cluster was lost.
        """
        node = _Node(encoder.identity)
        items = _spread(batched(texts, TEXTS_AT_ONCE))
        gpus = int(ray.cluster_resources().get("GPU", 0)) if encoder.uses_gpu else 0
        if gpus:
            encoded = items.map_batches(
                _GpuEncoder,
                fn_constructor_args=(node,),
                batch_size=1,
                batch_format="pyarrow",
                compute=ray.data.ActorPoolStrategy(min_size=1, max_size=gpus),
                num_gpus=1,
            )
        else:
            encoded = items.map_batches(
                partial(_encode, node=node), batch_size=1, batch_format="pyarrow"
            )
        return np.concatenate(list(_results(encoded)))


@contextmanager
def connect(address: str) -> Iterator[RayCluster]:
    """Connect to the cluster at `HOST:PORT`, or start one on this machine until the block ends.

    Raises:
        SearchError: there is no cluster at this address, or it does not let this process in.
    """
    if address != LOCAL:
        _require_listener(address)
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    on_sigterm = signal.getsignal(signal.SIGTERM)
    has_dashboard = False if address == LOCAL else None  # that of a running cluster is its own
    quiet = {"log_to_driver": False, "logging_level": logging.ERROR}
    try:
        ray.init(address, include_dashboard=has_dashboard, **quiet)
    except (ConnectionError, RuntimeError, ValueError, RayError) as error:
        raise SearchError(
            f"cannot work with the Ray cluster at {address} ({error}): this machine must be one of"
            f" its nodes (`ray start --address {address}`), with the cluster's version of Ray, and"
            " with RAY_AUTH_MODE=token and its RAY_AUTH_TOKEN if it asks for a token"
        ) from error
    try:
        signal.signal(signal.SIGTERM, on_sigterm)  # Ray's own handler would skip our cleaning up
        _set_up_ray_data()
        with redirect_stdout(sys.stderr):  # Ray prints there what it repeats after a loss
            yield RayCluster()
    finally:
        ray.shutdown()


def _require_listener(address: str) -> None:
    """Check that something listens at the address, because Ray tries for minutes.

    Raises:
        SearchError: nothing does.
    """
    host, _, port = address.rpartition(":")
    advice = (
        f"expected {LOCAL}, or HOST:PORT of a running cluster (`ray start --head` prints it; its"
        " port is 6379 unless chosen)"
    )
    if not host or not port.isdecimal() or int(port) > 65_535 or "/" in host:
        raise SearchError(f"{address!r} is no address of a Ray cluster: {advice}")
    try:
        socket.create_connection((host.strip("[]"), int(port)), _ANSWERS_WITHIN_S).close()
    except OSError as error:
        raise SearchError(f"no Ray cluster answers at {address} ({error}): {advice}") from error


def _set_up_ray_data() -> None:
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.execution_options.preserve_order = True
    context.target_max_block_size = _BLOCK_BYTES


def _cores() -> int:
    return max(1, int(ray.cluster_resources().get("CPU", 1)))


def _parts(files: Sequence[Path | None], origin: Origin) -> Iterator[list[_File]]:
    """Yield parts of about `PART_BYTES`: several small files, a file, or lines of a large one."""
    part, size_bytes = list[_File](), 0
    for path in files:
        if path is None:
            raise SearchError(
                "standard input cannot be read on the nodes of a Ray cluster: write it to a file"
                " that all nodes can read, or omit --ray"
            )
        place = place_of(path)
        ranges: list[LineRange | None] = [*line_ranges(path, origin.columns, PART_BYTES)]
        for lines in ranges or [None]:
            part.append(_File(path.absolute(), place, lines))
            size_bytes += path.stat().st_size if lines is None else lines.size
            if size_bytes >= PART_BYTES:
                yield part
                part, size_bytes = [], 0
    if part:
        yield part


def _read(items: pa.Table, *, origin: Origin) -> Iterator[pa.Table]:
    """Yield the batches of parts of the dumps; this runs on a node."""
    for part in _unpacked(items):
        try:
            yield from map(_packed, _read_part(part, origin))
        except SearchError as error:
            yield _packed(error)


def _read_part(part: Sequence[_File], origin: Origin) -> Iterator[_Batch]:
    batch = _Batch()

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
                    batch = _Batch()
        if file.lines is None or file.lines.above == 0:  # of a file, what its first range says
            batch.outcomes += log
    yield batch


def _require_file(file: _File) -> None:
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


def _prepare(items: pa.Table, *, node: _Node) -> pa.Table:
    """Prepare the documents of a batch; this runs on a node."""

    def prepare(batch: _Batch) -> _Batch:
        documents = [outcome for outcome in batch.outcomes if isinstance(outcome, Document)]
        prepared = iter(prepare_documents(documents, _load(node)))
        batch.outcomes = [
            next(prepared) if isinstance(outcome, Document) else outcome
            for outcome in batch.outcomes
        ]
        return batch

    return _applied(prepare, items)


def _encode(items: pa.Table, *, node: _Node) -> pa.Table:
    """Encode a batch of texts; this runs on a node."""
    return _applied(lambda texts: _load(node).encode_passages(texts), items)


class _GpuEncoder:
    """An actor that holds an encoder on its GPU."""

    def __init__(self, node: _Node) -> None:
        self._node = node

    def __call__(self, items: pa.Table) -> pa.Table:
        return _encode(items, node=self._node)


@lru_cache(maxsize=1)
def _load(node: _Node) -> Encoder:
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


def _spread(items: Iterable[object]) -> "ray.data.Dataset":
    """Return a data set with a block for each item."""
    blocks = [_packed(item) for item in items]
    return ray.data.from_arrow(blocks)


def _applied(step: Callable[[Any], object], items: pa.Table) -> pa.Table:
    """Return the result of a step, or the error that it or an earlier step raised.

    Ray Data keeps nothing of an error but the text of its traceback.
    """
    [item] = _unpacked(items)
    if isinstance(item, SearchError):
        return items
    try:
        return _packed(step(item))
    except SearchError as error:
        return _packed(error)


def _results(dataset: "ray.data.Dataset") -> Iterator[Any]:  # Any: what the last step returns
    """Yield the results of the last step in the order of the items.

    Raises:
        SearchError: a step raised it on a node, or the cluster was lost.
    """
    try:
        for row in dataset.iter_rows():
            result = pickle.loads(row[_COLUMN])
            if isinstance(result, SearchError):
                raise result
            yield result
    except RayError as error:
        raise SearchError(
            f"the Ray cluster ended the run ({str(error).strip().splitlines()[-1]}): see to it, and"
            " run the command again, which resumes from the last commit"
        ) from error


def _packed(item: object) -> pa.Table:
    return pa.table({_COLUMN: [pickle.dumps(item)]})


def _unpacked(items: pa.Table) -> list[Any]:  # Any: what the step before returned
    return [pickle.loads(item.as_py()) for item in items[_COLUMN]]
