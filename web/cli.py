"""The web command line: serves one archive until it is stopped."""

import argparse
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from waitress.server import create_server  # type: ignore[import-untyped]  # it ships no types

from search.console import DONE, run
from search.errors import SearchError
from web import create_app

_EXAMPLE = "python -m web --archive data/archive --port 8000"
_LARGEST_BODY = 64 * 1024  # bytes; no address takes one


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
    return parser


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: expected 0 to 65535")
    return int(text)


def _serve(arguments: argparse.Namespace) -> int:
    app = create_app({"ARCHIVE": arguments.archive})
    listening = _listen(arguments.host, arguments.port)
    server = create_server(
        app, sockets=[listening], ident=None, max_request_body_size=_LARGEST_BODY
    )
    port = listening.getsockname()[1]
    host = f"[{arguments.host}]" if ":" in arguments.host else arguments.host
    sys.stderr.write(f"arshif: serving {arguments.archive} at http://{host}:{port}/\n")
    server.run()  # until Ctrl-C, which it takes quietly
    return DONE


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        reason = str(error.strerror).partition(" (")[0]  # the address, named again, follows
        raise ListenError(
            f"cannot listen on {host} port {port} ({reason}): choose another with --host or --port"
        ) from error
