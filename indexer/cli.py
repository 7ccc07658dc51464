"""The commands of the indexer, from `add` to `reencode`."""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from indexer.arguments import build_parser
from indexer.copying import copy_archive
from indexer.encoding import encode_context, reencode
from indexer.formats import (
    adaptation_text,
    encoded_text,
    forecast_text,
    report_text,
    status_json,
    status_text,
)
from indexer.ingest import add_dumps
from indexer.readers.columns import Columns
from indexer.record_linkage import upgrade_naming
from search.console import DONE, FAILED, escape_unwritable, print_result, run
from search.encoders.identity import Encoder
from search.encoders.loading import DEFAULT, TORCH, load_archive_encoder, load_encoder
from search.encoders.two_level import encoder_of_archive
from search.index.opening import open_index

if TYPE_CHECKING:
    from indexer.ray_cluster import RayCluster


class _Result(NamedTuple):
    """The result of a command, as JSON and as text, and its exit status."""

    value: object
    text: str
    status: int = DONE


def main(argv: Sequence[str] | None = None) -> int:
    escape_unwritable()
    arguments = build_parser().parse_args(argv)
    commands = {
        "add": _add,
        "encode": _encode,
        "status": _status,
        "check": _check,
        "remove": _remove,
        "compact": _compact,
        "upgrade": _upgrade,
        "adapt": _adapt,
        "copy": _copy,
        "reencode": _reencode,
    }

    def execute() -> int:
        value, text, status = commands[arguments.command](arguments)
        print_result(value, text, as_json=arguments.json)
        return status

    return run(execute)


def _add(arguments: argparse.Namespace) -> _Result:
    encoder = _load_encoder(arguments)
    with _cluster(arguments.ray) as cluster:
        report = add_dumps(
            arguments.paths,
            arguments.archive,
            encoder,
            captured_on=arguments.captured_on,
            show_progress=sys.stderr.isatty(),
            columns=Columns(dict(arguments.map)),
            cluster=cluster,
        )
    text = report_text(report)
    if encoder.context is not None and report.total:  # an empty archive has no status
        text = f"{text}\n{encoded_text(open_index(arguments.archive).status())}"
    return _Result(report.as_json(), text)


def _cluster(address: str | None) -> "AbstractContextManager[RayCluster | None]":
    """Return a connection to the Ray cluster at this address; None stands for no cluster."""
    if address is None:
        return nullcontext()
    # Imported here, because Ray is optional, and its import takes seconds.
    from indexer.ray_cluster import connect

    return connect(address)


def _load_encoder(arguments: argparse.Namespace) -> Encoder:
    """Load the encoder that `--encoder` names, else the archive's own, else the default."""
    identity = None if arguments.encoder else open_index(arguments.archive).encoder_identity()
    name = arguments.encoder or (identity.name if identity else DEFAULT)
    prefix = f"{arguments.backend}:"
    if arguments.backend != TORCH and not name.startswith(prefix):  # as that of an archive may
        name = prefix + name
    if identity is None:
        return load_encoder(name)
    return encoder_of_archive(load_archive_encoder(name), identity)


def _status(arguments: argparse.Namespace) -> _Result:
    status = open_index(arguments.archive).status()
    return _Result(status_json(status), status_text(status))


def _check(arguments: argparse.Namespace) -> _Result:
    archive = open_index(arguments.archive)
    mended = archive.mend() if arguments.mend else []
    problems = archive.check()
    text = "\n".join([*mended, *problems, *_nothing_wrong(arguments.archive, problems)])
    status = FAILED if problems else DONE
    value = {"ok": not problems, "problems": problems}
    return _Result(value | ({"mended": mended} if arguments.mend else {}), text, status)


def _nothing_wrong(archive: str, problems: Sequence[str]) -> Sequence[str]:
    return () if problems else (f"{archive}: nothing is wrong",)


def _remove(arguments: argparse.Namespace) -> _Result:
    archive = open_index(arguments.archive)
    if arguments.id:
        removed = archive.remove_ids(arguments.id)
    else:
        removed = archive.remove_source(arguments.source)
    total = archive.status().documents
    return _Result(
        {"removed": removed, "total": total},
        f"removed {removed:,} documents; the archive holds {total:,}",
    )


def _compact(arguments: argparse.Namespace) -> _Result:
    archive = open_index(arguments.archive)
    before = archive.size_bytes()
    archive.compact()
    after = archive.size_bytes()
    return _Result(
        {"size_bytes_before": before, "size_bytes": after},
        f"compacted {before / 1e6:,.1f} MB to {after / 1e6:,.1f} MB",
    )


def _upgrade(arguments: argparse.Namespace) -> _Result:
    archive = open_index(arguments.archive)
    size_before = archive.size_bytes()
    started = time.perf_counter()
    version_before = archive.upgrade(upgrade_naming())
    seconds = time.perf_counter() - started
    status = archive.status()
    size = f"{size_before / 1e6:,.1f} MB to {status.size_bytes / 1e6:,.1f} MB"
    return _Result(
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
    )


def _encode(arguments: argparse.Namespace) -> _Result:
    archive = open_index(arguments.archive)
    status = archive.status()
    identity = status.encoder
    if identity.context is None:
        return _Result(
            {"passages": 0, "encoded": None, "total": status.passages, "seconds": 0.0},
            f"nothing to encode: {arguments.archive} has the vectors of {identity.name} alone;"
            " `python -m indexer reencode --encoder NAME` gives it others",
        )
    encoder = encoder_of_archive(load_archive_encoder(identity.name), identity)
    started = time.perf_counter()
    with _cluster(arguments.ray) as cluster:
        passages = encode_context(
            archive,
            encoder,
            forecast=partial(_print_forecast, is_resumable=True),
            show_progress=sys.stderr.isatty(),
            cluster=cluster,
        )
    status = archive.status()
    return _Result(
        {
            "passages": passages,
            "encoded": status.encoded,
            "total": status.passages,
            "seconds": round(time.perf_counter() - started, 2),
        },
        f"encoded {passages:,} passages; {encoded_text(status)}",
    )


def _print_forecast(passages: int, seconds: float, *, is_resumable: bool) -> None:
    print(forecast_text(passages, seconds, is_resumable=is_resumable), file=sys.stderr)


def _adapt(arguments: argparse.Namespace) -> _Result:
    # Imported here, so that the other commands do not load the libraries of a training.
    from indexer.adaptation import Limit, adapt

    adaptation = adapt(
        arguments.archive,
        arguments.out,
        name=arguments.encoder,
        limit=Limit(arguments.steps, arguments.hours),
        show_progress=sys.stderr.isatty(),
    )
    return _Result(
        adaptation.as_json(),
        adaptation_text(adaptation, arguments.archive, arguments.out),
    )


def _copy(arguments: argparse.Namespace) -> _Result:
    source, target = open_index(vars(arguments)["from"]), open_index(arguments.to)
    report = copy_archive(source, target, show_progress=sys.stderr.isatty())
    return _Result(
        report.as_json(),
        f"copied {report.copied:,} documents in {report.seconds:.1f} s, {report.present:,} were"
        f" there; {target.address} holds {report.total:,}",
    )


def _reencode(arguments: argparse.Namespace) -> _Result:
    encoder = load_encoder(arguments.encoder)
    archive = open_index(arguments.archive)
    passages = reencode(
        archive,
        encoder,
        forecast=partial(_print_forecast, is_resumable=False),
        show_progress=sys.stderr.isatty(),
    )
    return _Result(
        {"passages": passages, "encoder": json.loads(encoder.identity.to_json())},
        f"encoded {passages:,} passages with {encoder.identity.name}",
    )
