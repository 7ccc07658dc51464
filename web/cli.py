"""Parse the web command line, and serve one archive until the service is stopped."""

import argparse
import logging
import socket
import sys
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from search.console import DONE, add_archive_argument, escape_unwritable, log_to_stderr, run
from search.errors import SearchError
from web.capacity import count_threads
from web.serving import logs, processes
from web.settings import list_warnings, read_settings

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

logger = logging.getLogger(__name__)

_EXAMPLE = "python -m web --archive data/archive --port 8000"
_MAX_WORKERS = 64


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
    add_archive_argument(parser)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    parser.add_argument(
        "--port", type=_parse_port, default=8000, help="port (8000); 0 chooses a free one"
    )
    parser.add_argument(
        "--workers",
        type=_parse_worker_count,
        default=1,
        metavar="N",
        help="number of processes (1)",
    )
    parser.add_argument(
        "--no-fonts", action="store_true", help="use the fonts of the reader's machine alone"
    )
    parser.add_argument(
        "--log", choices=("text", "json"), default="text", help="format of the log (text)"
    )
    return parser


def _parse_worker_count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= _MAX_WORKERS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of processes: expected 1 to 64")
    return int(text)


def _parse_port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: expected 0 to 65535")
    return int(text)


def _serve(arguments: argparse.Namespace) -> int:
    _configure_log(arguments)
    settings = read_settings()
    for warning in list_warnings(settings, arguments.host):
        logger.warning("%s", warning)
    with _listen(arguments.host, arguments.port) as listener:
        address, port, *_ = listener.getsockname()
    # The processes open the port by themselves; a port in use was refused above.
    processes.serve(
        partial(_build_app, arguments),
        address,
        port,
        workers=arguments.workers,
        threads=count_threads(settings.searches_at_once),
        announce=partial(_announce, arguments, port),
    )
    return DONE


def _configure_log(arguments: argparse.Namespace) -> None:
    log_to_stderr()
    if arguments.log == "json":
        logs.write_json()


def _build_app(arguments: argparse.Namespace) -> "WSGIApplication":
    # Imported in the serving processes only: the engine takes 100 MB and seconds.
    from web.serving.worker import build_app

    _configure_log(arguments)
    return build_app(arguments.archive, has_fonts=not arguments.no_fonts)


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
