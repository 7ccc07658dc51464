"""Write what the commands print: the status as JSON, and the texts for people."""

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from indexer.report import Report
from search.encoders.loading import SHIPPED
from search.index.archive import Status

if TYPE_CHECKING:  # it loads the libraries of a training
    from indexer.adaptation import Adaptation


def report_text(report: Report) -> str:
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


def adaptation_text(adaptation: "Adaptation", archive: str, out: Path) -> str:
    model = shlex.quote(str(out))
    lines = [
        f"trained {adaptation.start} on {adaptation.articles:,} articles in"
        f" {adaptation.seconds:.0f} s, and wrote {model}",
        f"{adaptation.measure} of {adaptation.titles:,} held-out titles, before and after:",
        *(
            f"  {mode.value:<10}{before:.3f}  {adaptation.after[mode]:.3f}"
            for mode, before in adaptation.before.items()
        ),
        "to encode the archive with it:",
        f"  python -m indexer reencode --archive {shlex.quote(str(archive))} --encoder {model}",
    ]
    return "\n".join(lines)


def status_json(status: Status) -> dict[str, object]:
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
    return lines if status.encoded is None else [*lines, encoded_text(status)]


def encoded_text(status: Status) -> str:
    """Return how many passages of an archive of two encoders have a vector of the second."""
    encoded, total = status.encoded or 0, status.passages
    text = f"{encoded:,} of {total:,} passages have a vector of {status.encoder.name}"
    return text if encoded == total else f"{text}: `python -m indexer encode` adds the others"


def forecast_text(passages: int, seconds: float, *, is_resumable: bool) -> str:
    """Return how long an encoding takes, and what becomes of the archive meanwhile."""
    minutes = seconds / 60
    time_needed = f"{minutes:,.0f} minutes" if minutes >= 2 else f"{seconds:,.0f} seconds"
    text = (
        f"encoding {passages:,} passages takes about {time_needed} on this machine; the archive can"
        " be searched meanwhile"
    )
    if not is_resumable:
        return f"{text} with its present vectors, and a run that is stopped changes nothing"
    return (
        f"{text}, and a run that is stopped goes on with the next. An archive added with --encoder"
        f" {SHIPPED} needs no such run"
    )


def status_text(status: Status) -> str:
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
