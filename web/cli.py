"""Parse the web command line, and serve one archive until the service is stopped."""

import argparse
import gc
import logging
import os
import socket
import sys
import threading
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from flask import Flask
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it ships no types

from search.console import DONE, escape_unwritable, log_to_stderr, run
from search.errors import SearchError
from web import access, create_app, limits
from web.app_state import AppState, open_engine
from web.serving import logs, processes, single
from web.settings import read_settings

logger = logging.getLogger(__name__)

_EXAMPLE = "python -m web --archive data/archive --port 8000"
_MAX_WORKERS = 64
# The time that a thread keeps the interpreter while others wait for it. A search releases the
# interpreter a dozen times and waits this long each time; with Python's default of 5 ms, a search
# waits longer than it computes.
_SWITCH_INTERVAL_S = 0.0005
# A search makes thousands of objects and no reference cycles: a collection every 700 objects,
# Python's default, took a fourteenth of a search's time and freed nothing.
_COLLECTION_THRESHOLD = 20_000


class ListenError(SearchError):
    """The host and port cannot be listened on."""


def main(argv: Sequence[str] | None = None) -> int:
    escape_unwritable()
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
    parser.add_argument(
        "--port", type=_parse_port, default=8000, help="the port (8000); 0 for any free"
    )
    parser.add_argument(
        "--workers",
        type=_parse_worker_count,
        default=1,
        metavar="N",
        help="processes that search (1)",
    )
    parser.add_argument(
        "--log", choices=("text", "json"), default="text", help="how the log is written (text)"
    )
    return parser


def _parse_worker_count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= _MAX_WORKERS:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of processes: expected 1 to 64")
    return int(text)


def _parse_port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: expected 0 to 65535")
    return int(text)


def _serve(arguments: argparse.Namespace) -> int:
    _configure_log(arguments)
    settings = read_settings()
    for warning in access.list_warnings(settings, arguments.host):
        logger.warning("%s", warning)
    threads = limits.count_threads(settings.searches_at_once)
    with _listen(arguments.host, arguments.port) as listener:
        address, port, *_ = listener.getsockname()
        announce = partial(_announce, arguments, port)
        if arguments.workers == 1:
            app = _build_app(arguments)
            announce()
            single.serve(app, listener, threads=threads)
            return DONE
    # The processes open the port by themselves; a port in use was refused above.
    open_engine(arguments.archive)  # raises here once: a worker that cannot start is restarted
    processes.serve(
        partial(_build_worker_app, arguments),
        address,
        port,
        workers=arguments.workers,
        threads=threads,
        announce=announce,
    )
    return DONE


def _configure_log(arguments: argparse.Namespace) -> None:
    log_to_stderr()
    if arguments.log == "json":
        logs.write_json()


def _build_worker_app(arguments: argparse.Namespace) -> Flask:
    _configure_log(arguments)
    return _build_app(arguments)


def _build_app(arguments: argparse.Namespace) -> Flask:
    # A search uses one thread: concurrent searches use the other cores.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    threadpool_limits(limits=1)
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    app = create_app({"ARCHIVE": arguments.archive})
    _compile_templates(app)
    state = AppState.of(app)
    state.warm_up()
    # The thread runs beside the first searches, so that the first reader who types does not wait.
    threading.Thread(target=state.read_completions, daemon=True).start()
    gc.freeze()  # these objects stay: collections need not look through them again
    gc.set_threshold(_COLLECTION_THRESHOLD)
    return app


def _compile_templates(app: Flask) -> None:
    """Compile the templates now, so that the first readers do not wait for it."""
    for name in app.jinja_env.list_templates():
        app.jinja_env.get_template(name)


def _announce(arguments: argparse.Namespace, port: int) -> None:
    host = f"[{arguments.host}]" if ":" in arguments.host else arguments.host
    sys.stderr.write(f"arshif: serving {arguments.archive} at http://{host}:{port}/\n")


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        # The part in brackets is dropped: it has the address, which the message names already.
        reason = str(error.strerror).partition(" (")[0]
        raise ListenError(
            f"cannot listen on {host} port {port} ({reason}): choose another with --host or --port"
        ) from error
