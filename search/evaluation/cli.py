"""The command line of the evaluation: print one line of measures for each mode."""

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from search.console import DONE, add_archive_argument, escape_unwritable, print_result, run
from search.engine import SearchEngine
from search.evaluation.abstention import AbstentionRates
from search.evaluation.evaluate import Evaluation, evaluate
from search.evaluation.judgements import read_qrels, read_queries
from search.records import Mode

_EXAMPLE = (
    "python -m search.evaluation --archive data/archive"
    " --queries data/eval/queries.jsonl --qrels data/eval/qrels.tsv"
)


def main(argv: Sequence[str] | None = None) -> int:
    escape_unwritable()
    arguments = _parser().parse_args(argv)
    return run(lambda: _evaluate(arguments))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="search.evaluation",
        description="Measure an archive's answers: nDCG@10, RR@10, recall@100, milliseconds.",
        epilog=f"example: {_EXAMPLE}",
    )
    add_archive_argument(parser)
    parser.add_argument(
        "--queries",
        type=Path,
        required=True,
        metavar="FILE",
        help="JSONL with query_id, text, type",
    )
    parser.add_argument(
        "--qrels", type=Path, required=True, metavar="FILE", help="TSV: query_id, doc_id, relevance"
    )
    parser.add_argument(
        "--nonsense",
        type=Path,
        metavar="FILE",
        help="JSONL of meaningless queries: also print the shares of them, and of the judged"
        " queries, without hits or with a warning",
    )
    parser.add_argument(
        "--mode", type=Mode, choices=list(Mode), help="only this mode (default: all three)"
    )
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object and nothing else"
    )
    return parser


def _evaluate(arguments: argparse.Namespace) -> int:
    engine = SearchEngine.open(arguments.archive)
    queries, qrels = read_queries(arguments.queries), read_qrels(arguments.qrels)
    modes = [arguments.mode] if arguments.mode else [Mode.LEXICAL, Mode.SEMANTIC, Mode.HYBRID]
    results = [evaluate(engine, queries, qrels, mode) for mode in modes]
    report: dict[str, object] = {
        "encoder": engine.index.identity.encoder.name,
        "runs": [asdict(result) for result in results],
    }
    lines = list(_lines(results))
    if arguments.nonsense:
        judged = {qrel.query_id for qrel in qrels}
        rates = AbstentionRates.measure(
            engine,
            read_queries(arguments.nonsense),
            [query for query in queries if query.query_id in judged],
        )
        report["nothing"] = asdict(rates)
        lines += _abstention_lines(rates)
    print_result(report, "\n".join(lines), as_json=arguments.json)
    return DONE


def _abstention_lines(rates: AbstentionRates) -> list[str]:
    by_type = ", ".join(f"{name} {share:.0%}" for name, share in rates.by_type.items())
    return [
        f"without hits: {rates.nonsense:.1%} of the nonsense ({by_type}),"
        f" {rates.judged:.1%} of the judged queries",
        f"without hits or with a warning: {rates.nonsense_flagged:.1%}, {rates.judged_flagged:.1%}",
    ]


def _lines(results: Sequence[Evaluation]) -> list[str]:
    types = list(results[0].by_type)
    columns = ["mode", *results[0].measures, "p50 ms", "p99 ms", *types]
    lines = ["  ".join(f"{column:>10}" for column in columns)]
    for result in results:
        values = [f"{value:.3f}" for value in result.measures.values()]
        values += [f"{result.p50_ms:.1f}", f"{result.p99_ms:.1f}"]
        values += [f"{result.by_type[name]:.3f}" for name in types]
        lines.append("  ".join(f"{value:>10}" for value in [result.mode.value, *values]))
    return [
        *lines,
        f"{results[0].queries} judged queries; after the times, nDCG@10 by type of query",
    ]
