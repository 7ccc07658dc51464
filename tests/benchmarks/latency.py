"""Times queries over archives, warm, one after another: the engine, the page, and a trend.

    python -m tests.benchmarks.latency DUMP.jsonl.gz ARCHIVE... > latency.json

Asks titles of the dump and their first three words, half each, of one archive after the other; the
page of results is asked through the app without a server. An archive is a folder, or the address of
a cluster. The trend is that of the word that stands nearest to half of the documents. Prints JSON:
for each archive its size, and for each kind the median and the 99th percentile in milliseconds.
"""

import gzip
import json
import random
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from search.engine import SearchEngine
from search.index import Period
from search.index.opening import open_index
from search.query.planning import plan_query
from search.records import Query
from tests.benchmarks.reporting import describe_run
from web import create_app

ASKED = 360
UNMEASURED = 1 / 6  # of all, the first ones: until files and words are as warm as in a service
COMMON = ("اليوم", "العام", "السعودية", "المملكة", "الماضي", "خلال")
TRENDS = 30  # times that a trend is counted


def main(dump: str, *archives: str) -> None:
    titles = titles_of(Path(dump))
    results = [measure(archive, titles) for archive in archives]
    json.dump({**describe_run(), "results": results}, sys.stdout, ensure_ascii=False, indent=1)
    print()


def titles_of(dump: Path) -> list[str]:
    with gzip.open(dump, "rt", encoding="utf-8") as lines:
        titles = [title for line in lines if len((title := json.loads(line)["title"]).split()) > 3]
    drawn = random.Random(1).sample(titles, min(ASKED, len(titles)))
    return [title if n % 2 else " ".join(title.split()[:3]) for n, title in enumerate(drawn)]


def measure(archive: str, queries: Sequence[str]) -> dict[str, Any]:
    engine = SearchEngine.open(archive)
    client = create_app(engine=engine).test_client()
    index = engine.index
    plans = [plan_query(Query(word), index, None) for word in COMMON]
    half = index.identity.documents / 2
    trend = min(plans, key=lambda plan: abs(index.count_matches(plan) - half))
    return {
        "encoder": index.identity.encoder.name,
        "documents": index.identity.documents,
        "passages": index.identity.passages,
        "megabytes": round(open_index(archive).size_bytes() / 1e6),
        "engine": times(lambda text: engine.search(Query(text)), queries),
        "page": times(lambda text: client.get("/search", query_string={"q": text}), queries),
        "trend": {
            "documents": index.count_matches(trend),
            **times(lambda _: index.count_by(trend, Period.DAY), [""] * TRENDS),
        },
    }


def times(ask: Callable[[str], object], texts: Iterable[str]) -> dict[str, float]:
    """Return the median and the 99th percentile in milliseconds."""
    took = []
    for text in texts:
        started = time.perf_counter()
        ask(text)
        took.append((time.perf_counter() - started) * 1000)
    measured = took[round(UNMEASURED * len(took)) :]
    p99 = quantiles(measured, n=100, method="inclusive")[98]
    return {"p50": round(median(measured), 1), "p99": round(p99, 1)}


if __name__ == "__main__":
    main(*sys.argv[1:])
