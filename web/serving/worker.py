"""One process that answers requests for another, one at a time.

It starts afresh, not as a fork, and opens the archive then: FAISS and OpenMP do not survive a fork
once they have searched. With other such processes it shares the memory that the archive's files are
mapped to.
"""

import io
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from prometheus_client import multiprocess
from werkzeug.test import run_wsgi_app

from search.errors import SearchError

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

MakeApp: TypeAlias = Callable[[], "WSGIApplication"]

_STUCK_S = 60.0  # one that does not answer so long is ended
_END_S = 5.0  # to end by itself it may take
_SPAWN = get_context("spawn")


class WorkerError(SearchError):
    """A process did not open the archive, or ended before it had answered."""


class Asked(NamedTuple):
    """A request: what of its WSGI environment is text, and its body."""

    environ: dict[str, str]
    body: bytes


class Answered(NamedTuple):
    """A whole response, as WSGI has its parts."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes


class Worker:
    """The process, seen from the one that asks; used by one thread at a time.

    `make_app` is sent to it.
    """

    def __init__(self, make_app: MakeApp) -> None:
        self._make_app = make_app
        self._start()

    def _start(self) -> None:
        self._link, theirs = _SPAWN.Pipe()
        self._process = _SPAWN.Process(target=_work, args=(theirs, self._make_app))
        with theirs:  # closed here, so that the end of the process is the end of what it sends
            self._process.start()

    def wait_until_open(self) -> None:
        """Wait until the process has made its app.

        Raises:
            WorkerError: it could not, and says why.
        """
        if refusal := self._receive():
            raise WorkerError(str(refusal))

    def answer(self, asked: Asked) -> Answered:
        """Have a request answered; a process that ended meanwhile is started anew.

        Raises:
            WorkerError: it ended while it answered, or could not be started.
        """
        try:
            if not self._process.is_alive():
                self.close()
                self._start()
                self.wait_until_open()
            self._link.send(asked)
        except OSError as error:
            raise WorkerError(f"a process cannot be asked: {error}") from error
        answered = self._receive()
        assert isinstance(answered, Answered), "the process sends nothing else once it is open"
        return answered

    def close(self) -> None:
        """Have the process end when it has answered, or else end it."""
        self._link.close()
        self._process.join(_END_S)
        self._end()

    def _end(self) -> None:
        self._process.kill()
        self._process.join()
        multiprocess.mark_process_dead(self._process.pid)  # type: ignore[no-untyped-call]

    def _receive(self) -> object:
        try:
            if self._link.poll(_STUCK_S):
                return self._link.recv()
        except (EOFError, OSError) as error:
            self._end()
            raise WorkerError("a process ended before it had answered") from error
        self._end()
        raise WorkerError(f"a process did not answer for {_STUCK_S:.0f} s and was ended")


def _work(link: Connection, make_app: MakeApp) -> None:
    """Answer until nobody is left to ask. The signals to stop are for whoever asks."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    try:
        app = make_app()
    except SearchError as error:
        link.send(str(error))
        return
    with suppress(EOFError, OSError):
        link.send("")
        while True:
            link.send(_answer(app, link.recv()))


def _answer(app: "WSGIApplication", asked: Asked) -> Answered:
    environ = {
        **asked.environ,
        "wsgi.version": (1, 0),
        "wsgi.input": io.BytesIO(asked.body),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    chunks, status, headers = run_wsgi_app(app, environ, buffered=True)
    return Answered(status, headers.to_wsgi_list(), b"".join(chunks))
