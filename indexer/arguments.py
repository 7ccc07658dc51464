"""Declare the commands of the indexer and their arguments."""

import argparse
import math
from pathlib import Path

from indexer.readers.columns import FIELDS
from search.console import iso_date, text_argument
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
    "reencode": "python -m indexer reencode --archive data/archive --encoder arshif-static",
}


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="indexer",
        description="Keep an archive of press dumps.",
        epilog=f"example: {_EXAMPLES['add']}",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    summaries = {
        "add": "add what is new in the dumps to the archive",
        "encode": "give every passage that lacks it its vector by the archive's contextual encoder;"
        " cut off, it goes on where it was",
        "status": "say what the archive holds",
        "check": "verify the archive end to end",
        "remove": "remove documents; they are not found from the next query on",
        "compact": "merge segments and drop removed rows; searches go on meanwhile",
        "upgrade": "convert an archive of an earlier format, in one step",
        "adapt": "train the archive's own encoder from its articles; then reencode with it",
        "reencode": "encode everything anew with another encoder, swapped in one step",
    }
    parsers = {}
    for name, summary in summaries.items():
        parsers[name] = commands.add_parser(
            name, help=summary, description=summary, epilog=f"example: {_EXAMPLES[name]}"
        )
        parsers[name].add_argument(
            "--archive", type=Path, required=True, metavar="DIR", help="the archive's folder"
        )
        parsers[name].add_argument(
            "--json", action="store_true", help="print one JSON object and nothing else"
        )
    _add_arguments(parsers["add"])
    selection = parsers["remove"].add_mutually_exclusive_group(required=True)
    selection.add_argument(
        "--id", type=text_argument, nargs="+", metavar="ID", help="the ids of documents"
    )
    selection.add_argument(
        "--source", type=text_argument, metavar="NAME", help="every document of this newspaper"
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
        f" (default: the archive's own; {DEFAULT} for a new one, over {SHIPPED}; {SHIPPED} alone"
        " leaves nothing to encode later)",
    )
    add.add_argument(
        "--backend",
        choices=BACKENDS,
        default=TORCH,
        help="what runs a sentence-transformers model: torch (default), onnx for a model with an"
        " ONNX graph, or openvino where it is installed",
    )
    add.add_argument(
        "--captured-on",
        type=iso_date,
        metavar="YYYY-MM-DD",
        help="the day the pages were saved: the headlines' date",
    )
    add.add_argument(
        "--map",
        type=_column,
        action="append",
        default=[],
        metavar="FIELD=COLUMN",
        help="the column a field is in, where its name is not known, as body=corps;"
        f" fields: {', '.join(FIELDS)}",
    )


def _add_adapt_arguments(adapt: argparse.ArgumentParser) -> None:
    adapt.add_argument(
        "--out", type=Path, required=True, metavar="MODEL", help="where the model directory goes"
    )
    adapt.add_argument(
        "--encoder",
        metavar="NAME",
        help=f"what to start from: {SHIPPED} (minutes), {CONTEXTUAL} (hours, or a GPU), or a"
        " directory trained from either (default: the archive's own)",
    )
    limit = adapt.add_mutually_exclusive_group()
    limit.add_argument(
        "--steps", type=_positive_integer, help="end after so many training steps (500 for a table)"
    )
    limit.add_argument(
        "--hours", type=_positive_number, help=f"end within so many; of {CONTEXTUAL} alone"
    )


def _positive_integer(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is too few: expected 1 or more")
    return value


def _positive_number(text: str) -> float:
    value = float(text)
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is no time: expected a number above 0")
    return value


def _column(text: str) -> tuple[str, str]:
    field, _, column = text.partition("=")
    if field not in FIELDS or not column:
        raise argparse.ArgumentTypeError(
            f"{text!r}: expected FIELD=COLUMN with one of {', '.join(FIELDS)}, as body=corps"
        )
    return field, column
