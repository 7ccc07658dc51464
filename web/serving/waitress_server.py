"""The process that holds the connections: waitress, made to end politely and not to wait for ever.

What it does not do by itself: it stops at once when told to stop; a client that sends its request a
byte at a time holds a connection as long as it likes; what it refuses on its own, too large or
malformed, it refuses in plain text; and an address in Arabic letters is malformed to it.
"""

import logging
import re
import resource
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from flask import json

# waitress ships no types: the classes below are Any to mypy.
from waitress import wasyncore  # type: ignore[import-untyped]
from waitress.channel import HTTPChannel  # type: ignore[import-untyped]
from waitress.parser import HTTPRequestParser, ParsingError  # type: ignore[import-untyped]
from waitress.server import TcpWSGIServer, create_server  # type: ignore[import-untyped]
from waitress.task import ErrorTask  # type: ignore[import-untyped]
from waitress.utilities import Error  # type: ignore[import-untyped]

from web.error_handlers import RETRY_AFTER_S
from web.limits import MAX_BODY_BYTES
from web.metrics import Metrics
from web.serving.admission import Door

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

MOST_CONNECTIONS = 2000
LARGEST_HEADER = 32 * 1024  # bytes; the longest query, percent-encoded, is a third of it
REQUEST_S = 20.0  # a request is to be sent whole within
IDLE_S = 30  # a connection may stay silent
DRAIN_S = 30.0  # what is being answered may take to end
SPARE_THREADS = 4  # beside those that search: they answer probes, and send files
_NOT_ASCII = re.compile(rb"[\x80-\xff]")
_LOOK_S = 0.25  # how often who waits too long is looked for


class _Busy(Error):  # type: ignore[misc]
    code = 503
    reason = "Service Unavailable"


class _ProblemTask(ErrorTask):  # type: ignore[misc]
    """Says what waitress refuses as the app says what it refuses."""

    def execute(self) -> None:
        error = self.request.error
        # 501, for a transfer coding that is not known, is the client's mistake all the same.
        is_ours = error.code < 500 or isinstance(error, _Busy)
        status, title = (error.code, error.reason) if is_ours else (400, "Bad Request")
        problem = {"type": "about:blank", "title": title, "status": status, "detail": error.body}
        body = json.dumps(problem).encode()
        self.status = f"{status} {title}"
        self.response_headers.append(("Content-Type", "application/problem+json"))
        if isinstance(error, _Busy):
            self.response_headers.append(("Retry-After", str(RETRY_AFTER_S)))
        else:  # where the next request begins is not known
            self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class _Parser(HTTPRequestParser):  # type: ignore[misc]
    """Reads a request. An address may hold Arabic letters as they are, as curl sends them."""

    def parse_header(self, header_plus: bytes) -> None:
        line, end, rest = header_plus.partition(b"\r\n")
        ascii_line = _NOT_ASCII.sub(lambda found: b"%%%02X" % found[0][0], line)
        super().parse_header(ascii_line + end + rest)
        if self.chunked and "CONTENT_LENGTH" in self.headers:
            # A server in front may have read the other of the two: RFC 9112, 6.1.
            raise ParsingError("a length and chunks, too: send one of them")


class _Channel(HTTPChannel):  # type: ignore[misc]
    """One connection. A request that does not arrive in time ends it."""

    parser_class = _Parser
    error_task_class = _ProblemTask
    has_place = False
    _partial: object = None
    _begun_at = 0.0

    def received(self, data: bytes) -> bool:
        taken: bool = super().received(data)
        if self.request is not self._partial:
            self._partial, self._begun_at = self.request, time.monotonic()
        return taken

    def readable(self) -> bool:
        """Tell whether more is wanted; asked at least once a second."""
        if self.request is not None and time.monotonic() - self._begun_at > REQUEST_S:
            self.will_close = True
        return bool(super().readable())

    def service(self) -> None:
        # Before the answer: after it the next request may have been given a place already.
        has_place, self.has_place = self.has_place, False
        try:
            super().service()
        finally:
            if has_place:
                self.server.door.leave()

    def turn_away(self) -> None:
        self.requests[0].error = _Busy("too many requests at once: try again in a moment")
        self.service()

    @property
    def is_busy(self) -> bool:
        return bool(self.requests or self.total_outbufs_len)


def serve(
    app: "WSGIApplication", listening: socket.socket, metrics: Metrics, *, at_once: int
) -> None:
    """Serve until SIGTERM or Ctrl-C, then answer what was asked already, and return.

    Of what is searched for, so many requests are given to `app` at a time.
    """
    _allow_connections()
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a line a waiting request
    server = create_server(
        app,
        sockets=[listening],
        ident=None,
        threads=at_once + SPARE_THREADS,
        connection_limit=MOST_CONNECTIONS,
        asyncore_use_poll=True,  # select() fails beyond file 1,024
        channel_request_lookahead=1,  # also notices who has gone: nothing is searched for them
        channel_timeout=IDLE_S,
        cleanup_interval=5,
        max_request_header_size=LARGEST_HEADER,
        max_request_body_size=MAX_BODY_BYTES,
    )
    server.channel_class = _Channel
    door = server.door = Door(server.task_dispatcher, metrics, at_once=at_once)
    server.add_task = door.add_task
    stopping = threading.Event()
    with _told_to_stop(stopping, server):
        while not stopping.is_set():
            wasyncore.loop(timeout=_LOOK_S, use_poll=True, map=server._map, count=1)
            door.turn_away_late()
        _drain(server, door)


@contextmanager
def _told_to_stop(stopping: threading.Event, server: TcpWSGIServer) -> Iterator[None]:
    def stop(_number: int, _frame: object) -> None:
        stopping.set()
        server.pull_trigger()

    numbers = (signal.SIGTERM, signal.SIGINT)
    before = [signal.signal(number, stop) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def _drain(server: TcpWSGIServer, door: Door) -> None:
    server.del_channel(server._map)
    server.socket.close()
    ends_at = time.monotonic() + DRAIN_S
    while time.monotonic() < ends_at:
        for channel in list(server.active_channels.values()):
            if not channel.is_busy:
                channel.handle_close()
        if not server.active_channels:
            break
        wasyncore.loop(timeout=0.1, use_poll=True, map=server._map, count=1)
        door.turn_away_late()
    server.task_dispatcher.shutdown()
    server.trigger.close()


def _allow_connections() -> None:
    """Raise the soft limit of open files as far as connections and the archive may need."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * MOST_CONNECTIONS
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
