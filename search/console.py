"""The parts that the command lines share: arguments, output, and exit statuses."""

import argparse
import io
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from datetime import date

from search.errors import SearchError
from search.records import Filters, Kind

DONE, FAILED = 0, 1


def iso_date(text: str) -> date:
    """Parse a YYYY-MM-DD argument."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a date: expected YYYY-MM-DD, such as 2020-12-26"
        ) from None


def text_argument(text: str) -> str:
    """Decode an argument as UTF-8, also where the locale is ASCII."""
    try:
        return os.fsencode(text).decode()
    except UnicodeError:  # the code that uses it refuses it, and says what to do
        return text


def add_archive_argument(parser: argparse.ArgumentParser, name: str = "--archive") -> None:
    """Add the argument that names an archive by its address."""
    parser.add_argument(
        name,
        required=True,
        metavar="DIR",
        help="the archive's folder, or its address on a cluster, solr+http://HOST:8983/solr/NAME",
    )


def add_filter_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the filters of a search to a command."""
    parser.add_argument(
        "--source",
        type=text_argument,
        action="append",
        metavar="NAME",
        help="only this newspaper, by its name, an alias or a part of it; may be repeated",
    )
    parser.add_argument(
        "--from", dest="since", type=iso_date, metavar="DATE", help="from this day on, YYYY-MM-DD"
    )
    parser.add_argument("--to", dest="until", type=iso_date, metavar="DATE", help="up to this day")
    parser.add_argument(
        "--kind", type=Kind, choices=list(Kind), help="only articles or only headlines"
    )
    parser.add_argument("--undated", action="store_true", help="only documents without a date")
    parser.add_argument("--language", metavar="TAG", help="only this language, such as ar or fr")


def read_filters(arguments: argparse.Namespace) -> Filters:
    """Return the filters from the arguments that `add_filter_arguments` declares."""
    return Filters(
        sources=tuple(arguments.source) if arguments.source else None,
        kinds=(arguments.kind,) if arguments.kind else None,
        since=arguments.since,
        until=arguments.until,
        languages=(arguments.language.lower(),) if arguments.language else None,
        undated=arguments.undated or None,
    )


def escape_unwritable() -> None:
    """Escape letters that the terminal's encoding lacks; call this before parsing arguments."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def print_result(value: object, text: str, *, as_json: bool) -> None:
    """Print a result for a person, or as one JSON object.

    Where stdout is not UTF-8, letters outside ASCII are written as JSON escapes.
    """
    is_utf8 = (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")
    line = json.dumps(value, ensure_ascii=not is_utf8) if as_json else text
    sys.stdout.write(line + "\n")


def log_to_stderr() -> None:
    """Send the log of this process to stderr."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    for chatty in ("faiss", "sentence_transformers", "huggingface_hub", "httpx"):
        logging.getLogger(chatty).setLevel(logging.ERROR)


def run(command: Callable[[], int]) -> int:
    """Run a parsed command; a `SearchError` becomes one line on stderr and exit status 1."""
    log_to_stderr()
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # end as Ctrl-C does
    try:
        return command()
    except SearchError as error:
        sys.stderr.write(f"arshif: {error}\n")
        return FAILED
    except KeyboardInterrupt:
        sys.stderr.write("arshif: stopped; everything that was committed is kept\n")
        return FAILED
    except BrokenPipeError:  # the reader of the pipe, such as head, has closed it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
