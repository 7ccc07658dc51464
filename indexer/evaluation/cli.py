"""Measure an encoder on collections with known answers, from the command line."""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path

from indexer.evaluation.collections import COLLECTIONS, read_collections
from indexer.evaluation.measure import measure
from search.console import DONE, escape_unwritable, print_result, run
from search.encoders.identity import EncoderIdentity
from search.encoders.loading import SHIPPED, load_encoder
from search.evaluation.evaluate import Evaluation
from search.records import Mode

_EXAMPLE = "python -m indexer.evaluation --data corpora --encoder arshif-static"
_MODES = (Mode.LEXICAL, Mode.SEMANTIC, Mode.HYBRID)


def main(argv: Sequence[str] | None = None) -> int:
    escape_unwritable()
    arguments = _parser().parse_args(argv)
    return run(lambda: _evaluate(arguments))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="indexer.evaluation",
        description="Measure an encoder, and the ranking around it, on collections with known"
        " answers: nDCG@10, RR@10, recall@100 of each mode.",
        epilog=f"example: {_EXAMPLE}",
    )
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        metavar="DIR",
        help="folder with eval/, bench/ and train/",
    )
    parser.add_argument(
        "--encoder",
        default=SHIPPED,
        metavar="NAME",
        help=f"name of the encoder, as for `indexer add` ({SHIPPED})",
    )
    parser.add_argument(
        "--collection",
        action="append",
        metavar="NAME",
        help=f"only this collection; may be repeated: {', '.join(COLLECTIONS)}",
    )
    parser.add_argument(
        "--results",
        type=Path,
        metavar="DIR",
        help="folder for a JSON file of the results, named by date and encoder",
    )
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object and nothing else"
    )
    return parser


def _evaluate(arguments: argparse.Namespace) -> int:
    encoder = load_encoder(arguments.encoder)
    if not arguments.json:
        print(_row(["collection", "mode", "nDCG@10", "RR@10", "recall@100", "p50 ms", "p99 ms"]))
    rows: list[dict[str, object]] = []
    report: dict[str, object] = {
        "date": f"{date.today()}",
        "encoder": asdict(encoder.identity),
        "results": rows,
    }
    for collection in read_collections(arguments.data, arguments.collection):
        for result in measure(collection, encoder, _MODES, show_progress=sys.stderr.isatty()):
            row = {"collection": collection.name, **asdict(result)}
            del row["by_query"]  # thousands of numbers that nobody reads
            rows.append(row)
            if not arguments.json:
                print(_row(_cells(collection.name, result)), flush=True)
        if arguments.results:  # after each collection, so that a late failure loses no hour of work
            _write_results(report, encoder.identity, arguments.results)
    if arguments.json:
        print_result(report, "", as_json=True)
    return DONE


def _write_results(report: dict[str, object], identity: EncoderIdentity, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{report['date']}-{Path(identity.name).name}-{identity.digest[:8]}.json"
    text = json.dumps(report, ensure_ascii=False, indent=1)
    (folder / name).write_text(text + "\n", encoding="utf-8")


def _cells(name: str, result: Evaluation) -> Iterator[str]:
    yield name
    yield result.mode.value
    yield from (f"{value:.3f}" for value in result.measures.values())
    yield f"{result.p50_ms:.1f}"
    yield f"{result.p99_ms:.1f}"


def _row(values: Sequence[str] | Iterator[str]) -> str:
    return "  ".join(f"{value:>14}" for value in values)
