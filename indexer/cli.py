"""The indexer's commands: add, encode, status, check, remove, compact, upgrade, adapt, reencode."""

import argparse
import json
import math
import shlex
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from indexer.encoding import encode_context, reencode
from indexer.ingest import add_dumps
from indexer.readers.columns import FIELDS, Columns
from indexer.record_linkage import names_of_upgraded
from indexer.report import Report
from search.console import (
    DONE,
    FAILED,
    escape_unwritable,
    iso_date,
    print_result,
    run,
    text_argument,
)
from search.encoders.identity import Encoder
from search.encoders.loading import (
    BACKENDS,
    CONTEXTUAL,
    DEFAULT,
    SHIPPED,
    load_archive_encoder,
    load_encoder,
)
from search.encoders.two_level import as_encoded
from search.index.archive import Status
from search.index.opening import open_index

if TYPE_CHECKING:
    from indexer.adaptation import Adaptation

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


def main(argv: Sequence[str] | None = None) -> int:
    escape_unwritable()
    arguments = _parser().parse_args(argv)
    commands = {
        "add": _add,
        "encode": _encode,
        "status": _status,
        "check": _check,
        "remove": _remove,
        "compact": _compact,
        "upgrade": _upgrade,
        "adapt": _adapt,
        "reencode": _reencode,
    }
    return run(lambda: commands[arguments.command](arguments))


def _parser() -> argparse.ArgumentParser:
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
        default=BACKENDS[0],
        help="what runs a sentence-transformers model, where installed (torch)",
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


def _add(arguments: argparse.Namespace) -> int:
    encoder = _load_encoder(arguments)
    report = add_dumps(
        arguments.paths,
        arguments.archive,
        encoder,
        captured_on=arguments.captured_on,
        show_progress=sys.stderr.isatty(),
        columns=Columns(dict(arguments.map)),
    )
    text = _report_text(report)
    if encoder.context is not None and report.total:  # an empty archive has no status
        text = f"{text}\n{_encoded_text(open_index(arguments.archive).status())}"
    print_result(report.as_json(), text, as_json=arguments.json)
    return DONE


def _load_encoder(arguments: argparse.Namespace) -> Encoder:
    """Load the encoder that `--encoder` names, else the archive's own, else the default."""
    identity = None if arguments.encoder else open_index(arguments.archive).encoder_identity()
    name = arguments.encoder or (identity.name if identity else DEFAULT)
    if arguments.backend != BACKENDS[0]:
        name = f"{arguments.backend}:{name}"
    if identity is None:
        return load_encoder(name)
    return as_encoded(load_archive_encoder(name), identity)


def _status(arguments: argparse.Namespace) -> int:
    status = open_index(arguments.archive).status()
    print_result(_status_json(status), _status_text(status), as_json=arguments.json)
    return DONE


def _check(arguments: argparse.Namespace) -> int:
    problems = open_index(arguments.archive).check()
    text = "\n".join(problems) or f"{arguments.archive}: nothing is wrong"
    print_result({"ok": not problems, "problems": problems}, text, as_json=arguments.json)
    return FAILED if problems else DONE


def _remove(arguments: argparse.Namespace) -> int:
    archive = open_index(arguments.archive)
    if arguments.id:
        removed = archive.remove_ids(arguments.id)
    else:
        removed = archive.remove_source(arguments.source)
    total = archive.status().documents
    print_result(
        {"removed": removed, "total": total},
        f"removed {removed:,} documents; the archive holds {total:,}",
        as_json=arguments.json,
    )
    return DONE


def _compact(arguments: argparse.Namespace) -> int:
    archive = open_index(arguments.archive)
    before = archive.status().size_bytes
    archive.compact()
    after = archive.status().size_bytes
    print_result(
        {"size_bytes_before": before, "size_bytes": after},
        f"compacted {before / 1e6:,.1f} MB to {after / 1e6:,.1f} MB",
        as_json=arguments.json,
    )
    return DONE


def _upgrade(arguments: argparse.Namespace) -> int:
    archive = open_index(arguments.archive)
    size_before = _size_of(arguments.archive)
    started = time.perf_counter()
    version_before = archive.upgrade(names_of_upgraded())
    seconds = time.perf_counter() - started
    status = archive.status()
    size = f"{size_before / 1e6:,.1f} MB to {status.size_bytes / 1e6:,.1f} MB"
    print_result(
        {
            "format_version_before": version_before,
            "format_version": status.format_version,
            "documents": status.documents,
            "size_bytes_before": size_before,
            "size_bytes": status.size_bytes,
            "seconds": round(seconds, 2),
        },
        f"format {version_before} to {status.format_version}: {status.documents:,} documents,"
        f" {size} in {seconds:.1f} s",
        as_json=arguments.json,
    )
    return DONE


def _encode(arguments: argparse.Namespace) -> int:
    archive = open_index(arguments.archive)
    identity = archive.status().encoder
    if identity.context is None:
        print_result(
            {"passages": 0, "encoded": None, "total": archive.status().passages, "seconds": 0.0},
            f"nothing to encode: {arguments.archive} has the vectors of {identity.name} alone;"
            " `python -m indexer reencode --encoder NAME` gives it others",
            as_json=arguments.json,
        )
        return DONE
    encoder = as_encoded(load_archive_encoder(identity.name), identity)
    started = time.perf_counter()
    passages = encode_context(
        archive, encoder, forecast=_print_forecast, show_progress=sys.stderr.isatty()
    )
    status = archive.status()
    print_result(
        {
            "passages": passages,
            "encoded": status.encoded,
            "total": status.passages,
            "seconds": round(time.perf_counter() - started, 2),
        },
        f"encoded {passages:,} passages; {_encoded_text(status)}",
        as_json=arguments.json,
    )
    return DONE


def _print_forecast(passages: int, seconds: float) -> None:
    """Print how long the encoding takes, and that the archive can be searched meanwhile."""
    minutes = seconds / 60
    time_needed = f"{minutes:,.0f} minutes" if minutes >= 2 else f"{seconds:,.0f} seconds"
    print(
        f"encoding {passages:,} passages takes about {time_needed} here; meanwhile the archive"
        " can be searched, and a run that is stopped goes on with the next",
        file=sys.stderr,
    )


def _adapt(arguments: argparse.Namespace) -> int:
    # Imported here, so that the other commands do not load the libraries of a training.
    from indexer.adaptation import Limit, adapt

    adaptation = adapt(
        arguments.archive,
        arguments.out,
        name=arguments.encoder,
        limit=Limit(arguments.steps, arguments.hours),
        show_progress=sys.stderr.isatty(),
    )
    print_result(
        adaptation.as_json(), _adaptation_text(adaptation, arguments), as_json=arguments.json
    )
    return DONE


def _reencode(arguments: argparse.Namespace) -> int:
    encoder = load_encoder(arguments.encoder)
    archive = open_index(arguments.archive)
    passages = reencode(archive, encoder, show_progress=sys.stderr.isatty())
    print_result(
        {"passages": passages, "encoder": json.loads(encoder.identity.to_json())},
        f"encoded {passages:,} passages with {encoder.identity.name}",
        as_json=arguments.json,
    )
    return DONE


def _size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _report_text(report: Report) -> str:
    lines = [
        f"read {report.files:,} files in {report.seconds:.1f} s",
        f"  new        {report.articles:>9,} articles, {report.headlines:,} headlines"
        f" ({report.passages:,} passages)",
        f"  copies     {report.near_duplicates:>9,} of the same text, linked to the first",
        f"  updated    {report.updated:>9,}",
        f"  seen before{report.duplicates:>9,}",
        f"  rejected   {report.rejected.total():>9,}",
        *(f"    {count:>7,}  {reason}" for reason, count in report.rejected.most_common()),
        *(f"  note: {count:,} x {reason}" for reason, count in report.notes.most_common()),
        f"the archive holds {report.total:,} documents",
    ]
    return "\n".join(lines)


def _adaptation_text(adaptation: "Adaptation", arguments: argparse.Namespace) -> str:
    archive, out = shlex.quote(str(arguments.archive)), shlex.quote(str(arguments.out))
    lines = [
        f"trained {adaptation.start} on {adaptation.articles:,} articles in"
        f" {adaptation.seconds:.0f} s, and wrote {out}",
        f"{adaptation.measure} of {adaptation.titles:,} held-out titles, before and after:",
        *(
            f"  {mode.value:<10}{before:.3f}  {adaptation.after[mode]:.3f}"
            for mode, before in adaptation.before.items()
        ),
        "to encode the archive with it:",
        f"  python -m indexer reencode --archive {archive} --encoder {out}",
    ]
    return "\n".join(lines)


def _status_json(status: Status) -> dict[str, object]:
    return {
        "documents": status.documents,
        "passages": status.passages,
        "kinds": status.kinds,
        "sources": [{"value": name, "count": count} for name, count in status.sources.items()],
        "years": [{"value": year, "count": count} for year, count in status.years.items()],
        "encoder": json.loads(status.encoder.to_json()),
        "encoded": status.encoded,
        "size_bytes": status.size_bytes,
        "commit": status.commit,
        "committed_at": status.committed_at,
        "format_version": status.format_version,
    }


def _encoder_lines(status: Status) -> list[str]:
    lines = [
        f"encoder {encoder.name}, {encoder.dimension} dimensions, digest {encoder.digest}"
        for encoder in (status.encoder.base, status.encoder.context)
        if encoder is not None
    ]
    return lines if status.encoded is None else [*lines, _encoded_text(status)]


def _encoded_text(status: Status) -> str:
    """Return how many passages of an archive of two encoders have a vector of the second."""
    encoded, total = status.encoded or 0, status.passages
    text = f"{encoded:,} of {total:,} passages have a vector of {status.encoder.name}"
    return text if encoded == total else f"{text}: `python -m indexer encode` brings the others"


def _status_text(status: Status) -> str:
    kinds = ", ".join(f"{count:,} {kind}s" for kind, count in status.kinds.items())
    lines = [
        f"{status.documents:,} documents ({kinds}), {status.passages:,} passages,"
        f" {status.size_bytes / 1e6:.1f} MB",
        *_encoder_lines(status),
        f"commit {status.commit} at {status.committed_at}",
        "sources:",
        *(f"  {count:>9,}  {name or '(none)'}" for name, count in status.sources.items()),
        "years:",
        *(f"  {count:>9,}  {year or '(no date)'}" for year, count in status.years.items()),
    ]
    return "\n".join(lines)
