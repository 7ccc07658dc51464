"""Check a lexicon from the command line, before it is put into an archive's folder."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from search.console import DONE, FAILED, escape_unwritable, run
from search.lexicon.entries import ARCHIVE_LEXICON, COLUMNS, count_by_kind, parse_lexicon

_EXAMPLE = f"python -m search.lexicon check data/archive/{ARCHIVE_LEXICON}"


def main(argv: Sequence[str] | None = None) -> int:
    escape_unwritable()
    arguments = _parser().parse_args(argv)
    return run(lambda: _check(arguments.file))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="search.lexicon",
        description="Check lexicons: names, and the other names of the same things.",
        epilog=f"example: {_EXAMPLE}",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    check = commands.add_parser(
        "check",
        help="list the mistakes of a lexicon",
        description=f"List the mistakes of a lexicon: a TSV file with {', '.join(COLUMNS)}.",
        epilog=f"example: {_EXAMPLE}",
    )
    check.add_argument("file", type=Path, metavar="FILE", help="lexicon to check")
    return parser


def _check(path: Path) -> int:
    entries, mistakes = parse_lexicon(path)
    if mistakes:
        print("\n".join(mistake.at(path) for mistake in mistakes))
        return FAILED
    counts = ", ".join(f"{count} {kind}" for kind, count in count_by_kind(entries).items())
    print(f"{path}: {len(entries)} entries" + (f" ({counts})" if counts else ""))
    return DONE
