"""Several processes behind one port, by gunicorn. Each opens the archive after it has started.

FAISS and OpenMP do not survive a fork once they have searched, so nothing is opened before it; what
the processes share is the memory the archive's files are mapped to.
"""

import os
import socket
from collections.abc import Callable, Mapping
from shutil import rmtree
from tempfile import mkdtemp
from typing import Protocol

from flask import Flask
from gunicorn.app.base import BaseApplication
from prometheus_client import multiprocess, values

from web.limits import AT_ONCE, MOST_WAITING
from web.serving import DRAIN_S, SPARE_THREADS

_STUCK_S = 60  # a worker that does not answer so long is started anew
_LONGEST_LINE = 8190  # bytes of the request line; gunicorn's own ceiling


class _Process(Protocol):
    pid: int


class _Workers(BaseApplication):  # type: ignore[misc]  # it ships no types
    """Gunicorn, told everything from here."""

    def __init__(self, make_app: Callable[[], Flask], settings: Mapping[str, object]) -> None:
        self._make_app = make_app
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._settings.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        # Metrics look the class up when they are made; it was chosen before there was a folder.
        values.ValueClass = values.get_value_class()  # type: ignore[no-untyped-call]
        return self._make_app()


def serve(make_app: Callable[[], Flask], listening: socket.socket, *, workers: int) -> int:
    """Serve until SIGTERM or Ctrl-C; give gunicorn's exit status."""
    parent = os.getpid()
    counts = mkdtemp(prefix="arshif-metrics-")
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = counts
    settings = {
        "bind": f"fd://{listening.detach()}",  # gunicorn closes it
        "workers": workers,
        "worker_class": "gthread",
        # Of one process; its gate lets as many search as one process alone would.
        "threads": AT_ONCE + MOST_WAITING + SPARE_THREADS,
        # A connection that stays would ask the process that took it, and another may be free.
        "keepalive": 0,
        "timeout": _STUCK_S,
        "graceful_timeout": int(DRAIN_S),
        "limit_request_line": _LONGEST_LINE,
        "loglevel": "error",  # its warnings repeat what a reader searched for
        "child_exit": _forget,
    }
    try:
        _Workers(make_app, settings).run()
    except SystemExit as ended:
        if os.getpid() != parent:  # a worker comes by here too when it ends
            raise
        return int(ended.code or 0)
    finally:
        if os.getpid() == parent:
            rmtree(counts)
    return 0


def _forget(_arbiter: object, worker: _Process) -> None:
    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
