"""Tell how many of the first documents of a search by date, oldest first, are about the event.

    python -m tests.benchmarks.oldest ARCHIVE > oldest.json

The 40 events and the judgements of `data/eval/events.jsonl` and `events.tsv` are of an archive of
`bench/saudinewsnet.jsonl.gz` (`tests.benchmarks.counting saudi` makes it). How a lead must meet a
query was chosen on the first 20 events; the fresh ones were phrased later, from titles alone.
Prints JSON: of all that matches and of what is about it by its lead, for each event how many of the
first five are about it, how many are not, and which nobody has judged.
"""

import csv
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from search.engine import SearchEngine
from search.records import Query, Sort, Within
from tests.benchmarks.reporting import ROOT, describe_run

EVENTS = ROOT / "data" / "eval" / "events.jsonl"
JUDGEMENTS = ROOT / "data" / "eval" / "events.tsv"
NUMBER_FIRST = 20
JUDGED, READ = 5, 20  # hits; a page that folds copies has fewer than it was asked for


def read_judgements() -> Mapping[tuple[str, str], bool]:
    with JUDGEMENTS.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t")
        return {(row["query_id"], row["doc_id"]): row["about"] == "1" for row in rows}


def main(archive: str) -> None:
    engine = SearchEngine.open(Path(archive))
    judgements = read_judgements()
    events = list(map(json.loads, EVENTS.read_text(encoding="utf-8").splitlines()))
    report: dict[str, object] = dict(describe_run())
    for within in Within:
        for name, some in (("first", events[:NUMBER_FIRST]), ("fresh", events[NUMBER_FIRST:])):
            results = [measure(event, within, engine, judgements) for event in some]
            sums = {key: sum(one[key] for one in results) for key in ("about", "not")}
            report[f"{within}, {name} events"] = {**sums, "results": results}
    json.dump(report, sys.stdout, ensure_ascii=False, indent=1)
    print()


def measure(
    event: Mapping[str, Any],
    within: Within,
    engine: SearchEngine,
    judgements: Mapping[tuple[str, str], bool],
) -> dict[str, Any]:
    """Count the first documents of one event that are about it, and those that are not."""
    page = engine.search(Query(event["text"], k=READ, sort=Sort.OLDEST, within=within))
    first = [hit.document.doc_id for hit in page.hits[:JUDGED]]
    judged = [judgements.get((event["query_id"], doc_id)) for doc_id in first]
    unjudged = [doc_id for doc_id, about in zip(first, judged, strict=True) if about is None]
    counts = {"total": page.total, "about": judged.count(True), "not": judged.count(False)}
    return {**event, **counts, "unjudged": unjudged}


if __name__ == "__main__":
    main(*sys.argv[1:])
