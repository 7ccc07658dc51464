"""Declare the commands of the indexer and their arguments."""

import argparse
import math
from pathlib import Path

from indexer.readers.columns import FIELDS
from search.console import add_archive_argument, iso_date, text_argument
from search.encoders.loading import BACKENDS, CONTEXTUAL, DEFAULT, SHIPPED, TORCH

_EXAMPLES = {
    "add": "python -m indexer add data/sample --archive data/archive --captured-on 2026-03-20",
    "encode": "python -m indexer encode --archive data/archive",
    "status": "python -m indexer status --archive data/archive",
    "check": "python -m indexer check --archive data/archive",
    "remove": 'python -m indexer remove --archive data/archive --source "جريدة السهل"',
    "compact": "python -m indexer compact --archive data/archive",
    "upgrade": "python -m indexer upgrade --archive data/archive",
    "adapt": "python -m indexer adapt --archive data/archive --out data/encoder",
    "copy": "python -m indexer copy --from data/archive --to solr+http://localhost:8983/solr/press",
    "reencode": "python -m indexer reencode --archive data/archive --encoder arshif-static",
}


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="indexer",
        description="Index dumps of press into an archive, and maintain the archive.",
        epilog=f"example: {_EXAMPLES['add']}",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    summaries = {
        "add": "add what is new in the dumps to the archive",
        "encode": "add the vectors of the archive's contextual encoder to passages that lack them;"
        " the next run resumes an interrupted one",
        "status": "print the counts of the archive and its encoder",
        "check": "check every file and record of the archive, and list all damage",
        "remove": "remove documents; they are not found from the next query on",
        "compact": "merge segments and drop removed rows; searches go on meanwhile",
        "upgrade": "convert an archive of an earlier format, in one step",
        "adapt": "train an encoder on the articles of the archive, for `reencode`",
        "copy": "copy an archive into another one, a folder or a cluster, with the same ids",
        "reencode": "encode all passages with another encoder, swapped in one step",
    }
    parsers = {}
    for name, summary in summaries.items():
        parsers[name] = commands.add_parser(
            name, help=summary, description=summary, epilog=f"example: {_EXAMPLES[name]}"
        )
        for option in ("--from", "--to") if name == "copy" else ("--archive",):
            add_archive_argument(parsers[name], option)
        parsers[name].add_argument(
            "--json", action="store_true", help="print one JSON object and nothing else"
        )
    _add_arguments(parsers["add"])
    parsers["check"].add_argument(
        "--mend",
        action="store_true",
        help="on a cluster: first copy the replicas anew that lack entries of others",
    )
    for name in ("add", "encode"):
        parsers[name].add_argument(
            "--ray",
            metavar="ADDRESS",
            help="spread the work over the nodes of the Ray cluster at HOST:PORT, or with `local`"
            " over the cores of this machine; needs `pip install 'arshif[cluster]'`",
        )
    selection = parsers["remove"].add_mutually_exclusive_group(required=True)
    selection.add_argument(
        "--id", type=text_argument, nargs="+", metavar="ID", help="ids of the documents to remove"
    )
    selection.add_argument(
        "--source",
        type=text_argument,
        metavar="NAME",
        help="remove every document of this newspaper",
    )
    _add_adapt_arguments(parsers["adapt"])
    parsers["reencode"].add_argument(
        "--encoder",
        required=True,
        metavar="NAME",
        help=f"a sentence-transformers model by name or path, or {SHIPPED}",
    )
    return parser


def _add_arguments(add: argparse.ArgumentParser) -> None:
    add.add_argument(
        "paths", nargs="+", metavar="PATH", help="dumps: files, folders, or - for standard input"
    )
    add.add_argument(
        "--encoder",
        metavar="NAME",
        help="a sentence-transformers model by name or path"
        f" (default: the archive's own; for a new archive {DEFAULT}, together with {SHIPPED}; an"
        f" archive of {SHIPPED} alone needs no `encode`)",
    )
    add.add_argument(
        "--backend",
        choices=BACKENDS,
        default=TORCH,
        help="library for a sentence-transformers model: torch (default), onnx for a model with an"
        " ONNX graph, or openvino where it is installed",
    )
    add.add_argument(
        "--captured-on",
        type=iso_date,
        metavar="YYYY-MM-DD",
        help="day on which the pages were saved, for the dates of their headlines",
    )
    add.add_argument(
        "--map",
        type=_column,
        action="append",
        default=[],
        metavar="FIELD=COLUMN",
        help="column that holds a field, if its name is not known, such as body=corps;"
        f" fields: {', '.join(FIELDS)}",
    )


def _add_adapt_arguments(adapt: argparse.ArgumentParser) -> None:
    adapt.add_argument(
        "--out", type=Path, required=True, metavar="MODEL", help="folder to write the model to"
    )
    adapt.add_argument(
        "--encoder",
        metavar="NAME",
        help=f"encoder to start from: {SHIPPED} (minutes), {CONTEXTUAL} (hours, or a GPU), or a"
        " folder that was trained from either (default: the archive's own)",
    )
    limit = adapt.add_mutually_exclusive_group()
    limit.add_argument(
        "--steps", type=_positive_integer, help="number of training steps (500 for a table)"
    )
    limit.add_argument(
        "--hours", type=_positive_number, help=f"hours of training; only for {CONTEXTUAL}"
    )


def _positive_integer(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1: expected 1 or more")
    return value


def _positive_number(text: str) -> float:
    value = float(text)
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is not a duration: expected a number above 0")
    return value


def _column(text: str) -> tuple[str, str]:
    field, _, column = text.partition("=")
    if field not in FIELDS or not column:
        raise argparse.ArgumentTypeError(
            f"{text!r}: expected FIELD=COLUMN with one of {', '.join(FIELDS)}, such as body=corps"
        )
    return field, column
