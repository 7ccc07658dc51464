"""Compares the answers of an archive in a folder with those of its copy on a cluster.

    python -m tests.benchmarks.two_places QUERIES.jsonl.gz FOLDER ADDRESS > two_places.json

`indexer copy --from FOLDER --to ADDRESS` makes the copy, which has the same ids. The queries are
those of readers (`tests.benchmarks.readers`). Prints JSON with nDCG@10 in each place, with the
number of queries whose counts and facets are equal, and whose first pages hold the same documents
in the same order, and with the median and the 99th percentile of a search in milliseconds.
"""

import json
import sys
import time
from pathlib import Path
from statistics import median, quantiles

from search.engine import SearchEngine
from search.evaluation.evaluate import evaluate
from search.index.opening import open_index
from search.records import Mode, Query, SearchPage
from tests.benchmarks.readers import read_readers
from tests.benchmarks.reporting import describe_run


def main(queries_file: str, folder: str, address: str) -> None:
    queries, qrels = read_readers(Path(queries_file), Path(folder))
    places = {"folder": SearchEngine.open(folder), "cluster": SearchEngine.open(address)}
    measured = {
        mode: {
            name: round(evaluate(engine, queries, qrels, mode).measures["nDCG@10"], 4)
            for name, engine in places.items()
        }
        for mode in Mode
    }
    pages: dict[str, list[SearchPage]] = {name: [] for name in places}
    spent_ms: dict[str, list[float]] = {name: [] for name in places}
    for query in queries:
        for name, engine in places.items():
            started = time.perf_counter()
            pages[name].append(engine.search(Query(query.text)))
            spent_ms[name].append((time.perf_counter() - started) * 1000)
    pairs = list(zip(pages["folder"], pages["cluster"], strict=True))
    report = {
        **describe_run(),
        "collection": Path(queries_file).name.split(".")[0].removeprefix("readers_"),
        "documents": places["folder"].index.identity.documents,
        "bytes": {"folder": _size(folder), "cluster": _size(address)},
        "nDCG@10": measured,
        "queries": len(queries),
        "equal counts and facets": sum(_counts(one) == _counts(other) for one, other in pairs),
        "equal first pages": sum(_ids(one) == _ids(other) for one, other in pairs),
        "ms": {
            name: {
                "p50": round(median(spent), 1),
                "p99": round(quantiles(spent, n=100)[98], 1),
            }
            for name, spent in spent_ms.items()
        },
    }
    json.dump(report, sys.stdout, ensure_ascii=False, indent=1)
    print()


def _size(archive: str) -> int:
    return open_index(archive).size_bytes()


def _counts(page: SearchPage) -> tuple[object, ...]:
    return page.total, page.facets


def _ids(page: SearchPage) -> list[str]:
    return [hit.document.doc_id for hit in page.hits]


if __name__ == "__main__":
    main(*sys.argv[1:])
