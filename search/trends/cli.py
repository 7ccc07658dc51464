"""The command line of trends: how many documents match each term, over time."""

import argparse
import sys
from collections.abc import Sequence

from search.console import (
    DONE,
    add_archive_argument,
    add_filter_arguments,
    escape_unwritable,
    print_result,
    read_filters,
    run,
    text_argument,
)
from search.index.opening import open_index
from search.trends.answer import build_answer
from search.trends.formats import trends_csv, trends_text
from search.trends.series import MAX_TERMS, Resolution, TrendsQuery, count_trends

_EXAMPLE = (
    "python -m search.trends فيضانات جفاف source:هسبريس --archive data/archive --by year --share"
)


def main(argv: Sequence[str] | None = None) -> int:
    escape_unwritable()
    arguments = _parser().parse_args(argv)
    return run(lambda: _count(arguments))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="search.trends",
        description="Count the documents that match each term, over time.",
        epilog=f"example: {_EXAMPLE}",
    )
    parser.add_argument(
        "terms",
        nargs="+",
        type=text_argument,
        metavar="TERM",
        help=f"a query, or a newspaper as source:NAME; up to {MAX_TERMS} are compared",
    )
    add_archive_argument(parser)
    parser.add_argument(
        "--by",
        type=Resolution,
        choices=list(Resolution),
        default=Resolution.MONTH,
        help="period of one count (month)",
    )
    parser.add_argument(
        "--share", action="store_true", help="print shares of all documents of each period"
    )
    add_filter_arguments(parser)
    formats = parser.add_mutually_exclusive_group()
    formats.add_argument("--csv", action="store_true", help="print CSV and nothing else")
    formats.add_argument(
        "--json", action="store_true", help="print one JSON object and nothing else"
    )
    return parser


def _count(arguments: argparse.Namespace) -> int:
    query = TrendsQuery(tuple(arguments.terms), arguments.by, read_filters(arguments))
    trends = count_trends(query, open_index(arguments.archive).open())
    if arguments.csv:
        sys.stdout.write(trends_csv(trends, as_share=arguments.share))
        return DONE
    print_result(
        build_answer(trends, as_share=arguments.share).model_dump(mode="json"),
        trends_text(trends, as_share=arguments.share),
        as_json=arguments.json,
    )
    return DONE
