"""Compare what a search counts with a full scan: totals, and the counts by source and by month.

    python -m tests.benchmarks.counting sample ARCHIVE
    python -m tests.benchmarks.counting saudi ARCHIVE --data FOLDER > counting.json

The queries are those of `data/eval/counting.jsonl` for this collection; `tests.full_scan` counts
their matches by regular expressions. An archive that does not exist is made first, of `data/sample`
or of `FOLDER/bench/saudinewsnet.jsonl.gz`. Prints JSON: each query with both counts, every number
that differs, and the processor time of a second search.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from search.engine import SearchEngine
from search.records import Query, SearchPage
from tests.benchmarks.reporting import ROOT, describe_run
from tests.full_scan import Totals, count, differences, read_documents

QUERIES = ROOT / "data" / "eval" / "counting.jsonl"
CAPTURED_ON = "2026-03-20"


def read_queries(collection: str) -> list[dict[str, Any]]:
    lines = QUERIES.read_text(encoding="utf-8").splitlines()
    return [query for query in map(json.loads, lines) if query["archive"] == collection]


def counted_by(page: SearchPage) -> Totals:
    """Return the counts of a page of results."""
    by_field = (
        {facet.value: facet.count for facet in page.facets[name]} for name in ("source", "month")
    )
    return Totals(page.total, *by_field)


def measure(engine: SearchEngine, archive: Path, collection: str) -> Iterator[dict[str, object]]:
    """Yield what a search and the scan count for each query."""
    documents = read_documents(archive)
    for query in read_queries(collection):
        engine.search(Query(query["text"]))
        started = time.process_time()
        page = engine.search(Query(query["text"]))
        spent_ms = (time.process_time() - started) * 1000
        scanned = count(documents, query)
        yield {
            "query_id": query["query_id"],
            "text": query["text"],
            "rule": query["rule"],
            "total": page.total,
            "scanned": scanned.total,
            "differences": list(differences(counted_by(page), scanned)),
            "cpu_ms": round(spent_ms, 1),
        }


def make_archive(archive: Path, collection: str, data: Path | None) -> None:
    if collection == "sample":
        dump = ROOT / "data" / "sample"
    elif data is not None:
        dump = data / "bench" / "saudinewsnet.jsonl.gz"
    else:
        sys.exit(f"{archive} does not exist; --data FOLDER names where its dump lies")
    command = ["indexer", "add", str(dump), "--archive", str(archive), "--captured-on", CAPTURED_ON]
    subprocess.run([sys.executable, "-m", *command], cwd=ROOT, check=True, stdout=sys.stderr)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="counting", description=__doc__.split("\n")[0])
    parser.add_argument("collection", choices=("sample", "saudi"))
    parser.add_argument("archive", type=Path)
    parser.add_argument("--data", type=Path, help="the folder that holds bench/")
    given = parser.parse_args(argv)
    archive = given.archive.absolute()
    if not archive.exists():
        make_archive(archive, given.collection, given.data)
    results = list(measure(SearchEngine.open(archive), archive, given.collection))
    report = {
        **describe_run(),
        "collection": given.collection,
        "queries": len(results),
        "equal": sum(not result["differences"] for result in results),
        "results": results,
    }
    json.dump(report, sys.stdout, ensure_ascii=False, indent=1)
    print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
