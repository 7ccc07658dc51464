"""The web command line: serves one archive until it is stopped."""

import argparse
import gc
import logging
import os
import socket
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from flask import Flask
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it ships no types

from search.console import DONE, log_to_stderr, run
from search.errors import SearchError
from search.index import open_index
from search.records import Query
from web import access, create_app, limits
from web.app_state import Served
from web.metrics import Metrics
from web.serving import logs, waitress_server, workers

logger = logging.getLogger(__name__)

_EXAMPLE = "python -m web --archive data/archive --port 8000"
_MOST_WORKERS = 64
# How long a thread keeps the others waiting. A search gives the interpreter up a dozen times, and
# each time waits so long to get it back while anything else computes: at Python's own 5 ms that is
# longer than the search itself.
_SWITCH_S = 0.0005
_OBJECTS_BETWEEN_LOOKS = 20_000


class ListenError(SearchError):
    """The host and port cannot be listened on."""


def main(argv: Sequence[str] | None = None) -> int:
    arguments = _parser().parse_args(argv)
    return run(lambda: _serve(arguments))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="web",
        description="Serve the search page of an archive.",
        epilog=f"example: {_EXAMPLE}",
    )
    parser.add_argument(
        "--archive", type=Path, required=True, metavar="DIR", help="the archive's folder"
    )
    parser.add_argument("--host", default="127.0.0.1", help="where to listen (127.0.0.1)")
    parser.add_argument("--port", type=_port, default=8000, help="the port (8000); 0 for any free")
    parser.add_argument(
        "--workers",
        type=_count,
        default=1,
        metavar="N",
        help="processes that search (1)",
    )
    parser.add_argument(
        "--log", choices=("text", "json"), default="text", help="how the log is written (text)"
    )
    return parser


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= _MOST_WORKERS:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of processes: expected 1 to 64")
    return int(text)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: expected 0 to 65535")
    return int(text)


def _serve(arguments: argparse.Namespace) -> int:
    _begin_log(arguments)
    with _listen(arguments.host, arguments.port) as listening:
        _warn(arguments.host)
        if arguments.workers == 1:
            app = _make_app(arguments)
            _announce(arguments, listening)
            waitress_server.serve(app, listening, Metrics.of(app), at_once=limits.at_once(app))
            return DONE
        open_index(arguments.archive).status()  # refused here, not by every process by itself
        with workers.started(partial(_make_worker, arguments), arguments.workers) as processes:
            _announce(arguments, listening)
            # One more waits within, so that none of them waits for its next request.
            at_once = processes.count + 1
            waitress_server.serve(processes, listening, processes.metrics, at_once=at_once)
    return DONE


def _begin_log(arguments: argparse.Namespace) -> None:
    log_to_stderr()
    if arguments.log == "json":
        logs.write_json()


def _warn(host: str) -> None:
    settings = Flask(__name__)
    settings.config.from_prefixed_env("ARSHIF")
    for warning in access.warnings(settings, host):
        logger.warning("%s", warning)


def _make_worker(arguments: argparse.Namespace) -> Flask:
    _begin_log(arguments)
    return _make_app(arguments)


def _make_app(arguments: argparse.Namespace) -> Flask:
    # One thread a search: as many searches run side by side as there are cores to run them.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    threadpool_limits(limits=1)
    sys.setswitchinterval(_SWITCH_S)
    app = create_app({"ARCHIVE": arguments.archive})
    _warm(app)
    # Read beside the first searches: the first reader who types would wait for it.
    threading.Thread(target=Served.of(app).completer.warm, daemon=True).start()
    # What is there now stays: to look through it for garbage again and again makes searches wait.
    # A search makes some thousand objects and no circle of them, so that looking after every 700
    # took a fourteenth of its time and found nothing.
    gc.freeze()
    gc.set_threshold(_OBJECTS_BETWEEN_LOOKS)
    return app


def _warm(app: Flask) -> None:
    """Do now what the first readers would wait for: compile the pages, measure the encoder's rows.

    A search that fails says so to whoever asks first, as any does.
    """
    for name in app.jinja_env.list_templates():
        app.jinja_env.get_template(name)
    with suppress(SearchError):
        Served.of(app).engine.search(Query("خبر جديد"))


def _announce(arguments: argparse.Namespace, listening: socket.socket) -> None:
    port = listening.getsockname()[1]
    host = f"[{arguments.host}]" if ":" in arguments.host else arguments.host
    sys.stderr.write(f"arshif: serving {arguments.archive} at http://{host}:{port}/\n")


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        reason = str(error.strerror).partition(" (")[0]  # the address, named again, follows
        raise ListenError(
            f"cannot listen on {host} port {port} ({reason}): choose another with --host or --port"
        ) from error
