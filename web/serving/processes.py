"""Serve an app from several processes, with granian.

granian reads requests in Rust, so that slow clients take no thread. It restarts a process that
ended, replaces all processes after SIGHUP, and lets them finish their requests after SIGTERM. Each
process opens the archive itself; all processes share the memory that the files are mapped to.
This module does not change granian's own refusals (malformed requests), which have no body.
"""

import os
import shutil
import signal
import socket
import time
from collections.abc import Callable
from functools import partial
from multiprocessing import parent_process, set_start_method
from multiprocessing.connection import wait
from tempfile import TemporaryDirectory
from threading import Thread
from typing import TYPE_CHECKING, TypeAlias

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings

from search.errors import SearchError
from web.limits import LARGEST_HEADER
from web.metrics import MULTIPROC_DIR
from web.serving.single import DRAIN_S, MAX_CONNECTIONS, allow_open_files

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

MakeApp: TypeAlias = Callable[[], "WSGIApplication"]

HEADER_S = 30  # the time for a client to send the headers of each request
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
        SystemExit: the processes end as soon as they have started.
    """
    allow_open_files(2 * MAX_CONNECTIONS)
    set_start_method("spawn", force=True)  # FAISS and OpenMP do not survive a fork
    with TemporaryDirectory(prefix="arshif-metrics-", ignore_cleanup_errors=True) as folder:
        os.environ[MULTIPROC_DIR] = folder
        server = Granian(
            "arshif",
            host,
            port,
            interface=Interfaces.WSGI,
            workers=workers,
            blocking_threads=threads,
            backlog=_BACKLOG,
            backpressure=MAX_CONNECTIONS,  # per process: granian counts connections
            http=HTTPModes.http1,
            websockets=False,
            http1_settings=HTTP1Settings(
                header_read_timeout=HEADER_S * 1000, max_buffer_size=LARGEST_HEADER
            ),
            log_dictconfig=_LOG,
            respawn_failed_workers=True,
            respawn_interval=_REPLACE_S,
            workers_kill_timeout=int(DRAIN_S),
        )
        server.on_startup(
            lambda: Thread(target=_announce, args=(host, port, announce), daemon=True).start()
        )
        try:
            server.serve(target_loader=partial(_make_app, make_app), wrap_loader=False)
        finally:
            del os.environ[MULTIPROC_DIR]


def _announce(host: str, port: int, announce: Callable[[], None]) -> None:
    while True:
        try:
            socket.create_connection((host, port)).close()
        except OSError:
            time.sleep(_TICK_S)
        else:
            return announce()


def _make_app(make_app: MakeApp) -> "WSGIApplication":
    """Build the app of one process; the process ends when its parent ends."""
    Thread(target=_end_with_parent, daemon=True).start()
    try:
        return make_app()
    except SearchError as error:
        raise SystemExit(f"arshif: {error}") from error


def _end_with_parent() -> None:
    parent = parent_process()
    assert parent is not None, "granian starts each process by multiprocessing"
    wait([parent.sentinel])
    # The parent was killed: otherwise it ends this process first and removes the folder itself.
    shutil.rmtree(os.environ[MULTIPROC_DIR], ignore_errors=True)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(DRAIN_S)
    os._exit(1)  # a client that never finishes its request would keep this process alive
