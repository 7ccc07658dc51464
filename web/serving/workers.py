"""Several processes that answer, behind the one that holds the connections.

Each is given the next request as soon as it is free, so that none waits at one process while
another has nothing to do, and no two searches share an interpreter. Gunicorn's threads, which this
replaces, answered a tenth fewer searches, and every hundredth half as late again.
"""

import json
import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from prometheus_client import values

from web.error_handlers import RETRY_AFTER_S
from web.metrics import Metrics
from web.serving.worker import Answered, Asked, MakeApp, Worker, WorkerError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

logger = logging.getLogger(__name__)

_PROBLEM = {
    "type": "about:blank",
    "title": "Service Unavailable",
    "status": 503,
    "detail": "the process that was asked has ended: try again in a moment",
}


class Workers:
    """A WSGI app that has each request answered by one of several processes.

    `metrics` is what this process counts; all of them count together.
    """

    def __init__(self, workers: Sequence[Worker], metrics: Metrics) -> None:
        self.count = len(workers)
        self.metrics = metrics
        self._free: SimpleQueue[Worker] = SimpleQueue()
        for worker in workers:
            self._free.put(worker)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> list[bytes]:
        texts = {name: value for name, value in environ.items() if isinstance(value, str)}
        asked = Asked(texts, environ["wsgi.input"].read())
        worker = self._free.get()
        try:
            answered = worker.answer(asked)
        except WorkerError as error:
            answered = _unavailable(error)
        finally:
            self._free.put(worker)
        start_response(answered.status, answered.headers)
        return [answered.body]


@contextmanager
def started(make_app: MakeApp, count: int) -> Iterator[Workers]:
    """Start so many processes, which end with the block.

    Raises:
        WorkerError: one of them could not open the archive.
    """
    with TemporaryDirectory(prefix="arshif-metrics-") as counts, ExitStack() as ending:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = counts
        # Chosen when the library was imported, before there was a folder.
        values.ValueClass = values.get_value_class()  # type: ignore[no-untyped-call]
        workers = [ending.enter_context(closing(Worker(make_app))) for _ in range(count)]
        for worker in workers:
            worker.wait_until_open()
        yield Workers(workers, Metrics())


def _unavailable(error: WorkerError) -> Answered:
    logger.error("cannot answer: %s", error)
    headers = [("Content-Type", "application/problem+json"), ("Retry-After", str(RETRY_AFTER_S))]
    return Answered("503 Service Unavailable", headers, json.dumps(_PROBLEM).encode())
