"""Tell how many of the first documents of a search by date, oldest first, are about the event.

    python -m tests.benchmarks.oldest ARCHIVE > oldest.json

The 20 events and the judgements of `data/eval/events.jsonl` and `events.tsv` are of an archive of
`bench/saudinewsnet.jsonl.gz` (`tests.benchmarks.counting saudi` makes it). Prints JSON: for each
event how many of the first five are about it, how many are not, and which nobody has judged.
"""

import csv
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from search.engine import SearchEngine
from search.records import Query, Sort
from tests.benchmarks.reporting import ROOT, describe_run

EVENTS = ROOT / "data" / "eval" / "events.jsonl"
JUDGEMENTS = ROOT / "data" / "eval" / "events.tsv"
JUDGED, READ = 5, 20  # hits; a page that folds copies has fewer than it was asked for


def read_judgements() -> Mapping[tuple[str, str], bool]:
    with JUDGEMENTS.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t")
        return {(row["query_id"], row["doc_id"]): row["about"] == "1" for row in rows}


def main(archive: str) -> None:
    engine = SearchEngine.open(Path(archive))
    judgements = read_judgements()
    results = []
    for event in map(json.loads, EVENTS.read_text(encoding="utf-8").splitlines()):
        page = engine.search(Query(event["text"], k=READ, sort=Sort.OLDEST))
        first = [hit.document.doc_id for hit in page.hits[:JUDGED]]
        judged = [judgements.get((event["query_id"], doc_id)) for doc_id in first]
        unjudged = [doc_id for doc_id, about in zip(first, judged, strict=True) if about is None]
        counts = {"total": page.total, "about": judged.count(True), "not": judged.count(False)}
        results.append({**event, **counts, "unjudged": unjudged})
    about, others = (sum(result[name] for result in results) for name in ("about", "not"))
    report = {**describe_run(), "about": about, "not": others, "results": results}
    json.dump(report, sys.stdout, ensure_ascii=False, indent=1)
    print()


if __name__ == "__main__":
    main(*sys.argv[1:])
