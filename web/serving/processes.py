"""Serve an app from one or more processes, with granian.

granian reads requests in Rust, so that slow clients take no thread. It replaces a process that
ended, and all processes after SIGHUP, and lets them finish their requests after SIGTERM. Each
process opens the archive itself; all processes share the memory that the files are mapped to. The
process that starts them loads neither the app nor the engine.
This module does not change granian's own refusals (malformed requests), which have no body.
"""

import fcntl
import os
import resource
import shutil
import signal
import socket
import sys
import time
from collections.abc import Callable
from functools import partial
from multiprocessing import parent_process, set_start_method
from multiprocessing.connection import wait
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import TYPE_CHECKING, TypeAlias

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from search.errors import SearchError
from web.capacity import LARGEST_HEADER

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

MakeApp: TypeAlias = Callable[[], "WSGIApplication"]

_METRICS_DIR = "PROMETHEUS_MULTIPROC_DIR"  # prometheus-client reads it
_REPORTED = "reported"  # the file, in the same folder, of the errors that were written
_MAX_CONNECTIONS = 10_000  # per process
_HEADER_S = 30  # the time for a client to send the headers of each request
_DRAIN_S = 30  # the time for answers in progress to end after a signal to stop
_BACKLOG = 2048  # connections that wait to be accepted
_REPLACE_S = 10  # the time for a new process to open the archive before the old process ends
_LOG = {"handlers": {}, "loggers": {"_granian": {"handlers": [], "propagate": True}}}
_TICK_S = 0.05


def serve(
    make_app: MakeApp,
    host: str,
    port: int,
    *,
    workers: int,
    threads: int,
    announce: Callable[[], None],
) -> None:
    """Serve until SIGTERM or Ctrl-C, then finish the requests in progress and return.

    `make_app` is called in each process; `announce` is called here once a process listens.

    Raises:
        SystemExit: a process ends before the first one listens.
    """
    _allow_open_files(2 * _MAX_CONNECTIONS)
    set_start_method("spawn", force=True)  # FAISS and OpenMP do not survive a fork
    with TemporaryDirectory(prefix="arshif-metrics-", ignore_cleanup_errors=True) as folder:
        os.environ[_METRICS_DIR] = folder
        server = Granian(
            "arshif",
            host,
            port,
            interface=Interfaces.WSGI,
            workers=workers,
            blocking_threads=threads,
            backlog=_BACKLOG,
            backpressure=_MAX_CONNECTIONS,  # granian counts connections
            http=HTTPModes.http1,
            websockets=False,
            http1_settings=HTTP1Settings(
                header_read_timeout=_HEADER_S * 1000, max_buffer_size=LARGEST_HEADER
            ),
            log_dictconfig=_LOG,
            log_level=LogLevels.error,  # its warnings are about the number of threads
            respawn_interval=_REPLACE_S,
            workers_kill_timeout=_DRAIN_S,
        )

        def announce_once_listening() -> None:
            _wait_for_listener(host, port)
            server.respawn_failed_workers = True  # so far, a process that ends ends the service
            announce()

        server.on_startup(Thread(target=announce_once_listening, daemon=True).start)
        try:
            server.serve(target_loader=partial(_make_app, make_app), wrap_loader=False)
        finally:
            del os.environ[_METRICS_DIR]


def _wait_for_listener(host: str, port: int) -> None:
    while True:
        try:
            return socket.create_connection((host, port)).close()
        except OSError:
            time.sleep(_TICK_S)


def _make_app(make_app: MakeApp) -> "WSGIApplication":
    """Build the app of one process; the process ends when its parent ends."""
    Thread(target=_end_with_parent, daemon=True).start()
    reported = Path(os.environ[_METRICS_DIR]) / _REPORTED
    try:
        app = make_app()
    except SearchError as error:
        _report_once(f"arshif: {error}\n", reported)
        raise SystemExit(1) from error
    reported.unlink(missing_ok=True)
    return app


def _report_once(message: str, reported: Path) -> None:
    """Write a message to stderr, unless another process has written it since an app was built.

    granian ends all processes once one has ended, so the others wait until the message is written.
    """
    with reported.open("a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        if message not in file.read():
            sys.stderr.write(message)
            sys.stderr.flush()
            file.write(message)


def _end_with_parent() -> None:
    parent = parent_process()
    assert parent is not None, "granian starts each process by multiprocessing"
    wait([parent.sentinel])
    # The parent was killed: otherwise it ends this process first and removes the folder itself.
    shutil.rmtree(os.environ[_METRICS_DIR], ignore_errors=True)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_DRAIN_S)
    os._exit(1)  # a client that never finishes its request would keep this process alive


def _allow_open_files(count: int) -> None:
    """Raise the soft limit of open files to `count`, or as far as the hard limit goes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY:
        count = min(count, hard)
    if soft != resource.RLIM_INFINITY and soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))
