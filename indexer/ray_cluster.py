"""Read and prepare dumps, and encode passages, on all nodes of a Ray cluster.

    read      part of the dumps -> batches of outcomes      on any node (`ray_tasks.py`)
    prepare   batch of outcomes -> prepared documents       on any node (`ray_tasks.py`)
    commit    in the order of the dumps                     in this process (`ingest.py`)

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
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from indexer import ray_tasks
from indexer.preparation import Prepared
from indexer.ray_tasks import ITEM, DumpFile, NodeFacts, packed
from indexer.readers.dumps import LineRange, line_ranges, place_of
from indexer.readers.origin import Origin
from indexer.readers.outcome import Note, Reject
from indexer.runners import batched
from search.encoders.identity import Encoder, Vectors
from search.errors import SearchError

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
            partial(ray_tasks.read, origin=origin),
            batch_size=1,
            batch_format="pyarrow",
            compute=readers,
            num_cpus=0,
        )
        node = NodeFacts(encoder.identity.base)
        prepared = read.map_batches(
            partial(ray_tasks.prepare, node=node), batch_size=1, batch_format="pyarrow"
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
        node = NodeFacts(encoder.identity)
        items = _spread(batched(texts, TEXTS_AT_ONCE))
        gpus = int(ray.cluster_resources().get("GPU", 0)) if encoder.uses_gpu else 0
        if gpus:
            encoded = items.map_batches(
                ray_tasks.GpuEncoder,
                fn_constructor_args=(node,),
                batch_size=1,
                batch_format="pyarrow",
                compute=ray.data.ActorPoolStrategy(min_size=1, max_size=gpus),
                num_gpus=1,
            )
        else:
            encoded = items.map_batches(
                partial(ray_tasks.encode, node=node), batch_size=1, batch_format="pyarrow"
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


def _parts(files: Sequence[Path | None], origin: Origin) -> Iterator[list[DumpFile]]:
    """Yield parts of about `PART_BYTES`: several small files, a file, or lines of a large one."""
    part, size_bytes = list[DumpFile](), 0
    for path in files:
        if path is None:
            raise SearchError(
                "standard input cannot be read on the nodes of a Ray cluster: write it to a file"
                " that all nodes can read, or omit --ray"
            )
        place = place_of(path)
        ranges: list[LineRange | None] = [*line_ranges(path, origin.columns, PART_BYTES)]
        for lines in ranges or [None]:
            part.append(DumpFile(path.absolute(), place, lines))
            size_bytes += path.stat().st_size if lines is None else lines.size
            if size_bytes >= PART_BYTES:
                yield part
                part, size_bytes = [], 0
    if part:
        yield part


def _spread(items: Iterable[object]) -> "ray.data.Dataset":
    """Return a data set with a block for each item."""
    blocks = [packed(item) for item in items]
    return ray.data.from_arrow(blocks)


def _results(dataset: "ray.data.Dataset") -> Iterator[Any]:  # Any: what the last step returns
    """Yield the results of the last step in the order of the items.

    Raises:
        SearchError: a step raised it on a node, or the cluster was lost.
    """
    try:
        for row in dataset.iter_rows():
            result = pickle.loads(row[ITEM])
            if isinstance(result, SearchError):
                raise result
            yield result
    except RayError as error:
        raise SearchError(
            f"the Ray cluster ended the run ({str(error).strip().splitlines()[-1]}): see to it, and"
            " run the command again, which resumes from the last commit"
        ) from error
