"""Serve an app from one process, with an unmodified waitress.

waitress reads a request whole before a thread takes it, so slow clients hold connections and no
threads. This module does not change waitress's own refusals (malformed, too large), which are plain
text, and it adds no `Connection: close` where a connection is closed because the service ends.
"""

import resource
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from typing import TYPE_CHECKING

from waitress.server import TcpWSGIServer, create_server  # type: ignore[import-untyped]

from web.limits import LARGEST_BODY, LARGEST_HEADER

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

MAX_CONNECTIONS = 10_000
IDLE_S = 30  # the time that a connection may stay silent
DRAIN_S = 30.0  # the time for answers in progress to end after a signal to stop
_TICK_S = 0.25


def serve(app: "WSGIApplication", listener: socket.socket, *, threads: int) -> None:
    """Serve until SIGTERM, SIGHUP or Ctrl-C, then finish the requests in progress and return."""
    allow_open_files(2 * MAX_CONNECTIONS)
    server = create_server(
        app,
        sockets=[listener],
        ident=None,
        threads=threads,
        connection_limit=MAX_CONNECTIONS,
        asyncore_use_poll=True,  # select() fails beyond file 1,024
        channel_request_lookahead=1,
        channel_timeout=IDLE_S,
        cleanup_interval=5,
        max_request_header_size=LARGEST_HEADER,
        # Above the app's limit: the app refuses with problem+json, waitress in plain text.
        max_request_body_size=16 * LARGEST_BODY,
    )
    with _handle_signals(server) as is_stopping:
        while not is_stopping.is_set():
            _run_once(server)
        _drain(server)


def _run_once(server: TcpWSGIServer) -> None:
    server.asyncore.loop(timeout=_TICK_S, use_poll=True, map=server._map, count=1)


def _drain(server: TcpWSGIServer) -> None:
    server.del_channel(server._map)
    server.socket.close()
    ends_at = time.monotonic() + DRAIN_S
    while server.active_channels and time.monotonic() < ends_at:
        for channel in list(server.active_channels.values()):
            if not channel.requests and not channel.total_outbufs_len:
                channel.handle_close()
        _run_once(server)
    server.task_dispatcher.shutdown()
    server.trigger.close()


@contextmanager
def _handle_signals(server: TcpWSGIServer) -> Iterator[Event]:
    is_stopping = Event()

    def stop(_number: int, _frame: object) -> None:
        is_stopping.set()
        server.pull_trigger()

    numbers = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
    handlers = [signal.signal(number, stop) for number in numbers]
    try:
        yield is_stopping
    finally:
        for number, handler in zip(numbers, handlers, strict=True):
            signal.signal(number, handler)


def allow_open_files(count: int) -> None:
    """Raise the soft limit of open files to `count`, or as far as the hard limit goes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY:
        count = min(count, hard)
    if soft != resource.RLIM_INFINITY and soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))
