"""Times searches of one archive by filter, beside what the parts they are made of take alone.

    python -m tests.benchmarks.scale ARCHIVE DUMP.jsonl.gz [QUERIES]

For archives of tests.benchmarks.recombined: filters that leave 0.1, 10 and 90 of 100 articles, and
recall@10 of the vectors against exact search in the unrounded ones. Queries are titles of the dump
and their first four words, each asked once in a mode and filter. The floor is all codes, 48 bytes a
passage, over this machine's memory bandwidth.
"""

import gc
import gzip
import json
import random
import sys
import time
from datetime import timedelta
from pathlib import Path
from statistics import median, quantiles

import numpy as np
from threadpoolctl import threadpool_limits

from search.engine import SearchEngine
from search.index.local.index import passages_in_scope
from search.index.local.snapshot import Snapshot, open_snapshot
from search.memory import trim_memory
from search.query.planning import plan_query
from search.ranking.rankings import LEXICAL_DEPTH, SEMANTIC_DEPTH
from search.records import Filters, Query
from tests.benchmarks.recombined import DAYS, FIRST_DAY, SOURCES, vectors_beside

COMPARED = 10
UNMEASURED = 300  # other queries first, so that files and words are as warm as in a service
FILTERS = {
    "none": Filters(),
    "90 %": Filters(sources=SOURCES[:1], since=FIRST_DAY + timedelta(days=DAYS // 19)),
    "10 %": Filters(sources=SOURCES[:1], since=FIRST_DAY + timedelta(days=DAYS * 85 // 95)),
    "0.1 %": Filters(sources=SOURCES[1:], since=FIRST_DAY + timedelta(days=DAYS * 49 // 50)),
}


def main() -> None:
    archive, dump = Path(sys.argv[1]), Path(sys.argv[2])
    count = int(sys.argv[3]) if sys.argv[3:] else 200
    drawn = titles_of(dump, count + UNMEASURED)
    queries, others = drawn[:count], drawn[count:]
    before = memory()
    started = time.perf_counter()
    engine = SearchEngine.open(archive)
    print(f"opened in {time.perf_counter() - started:.2f} s")
    identity = engine.index.identity
    print(f"{identity.documents:,} articles, {identity.passages:,} passages")
    for query in others:
        engine.search(Query(query))
    gc.freeze()  # as the service does, with threads too
    gc.set_threshold(20_000)
    threadpool_limits(limits=1)
    trim_memory()
    print("memory, MB: " + ", ".join(f"{key} {after:.0f}" for key, after in memory().items()))
    print(f"of it before opening: {before['RssAnon']:.0f}")
    print(f"{'filter':<7} {'left':>6} {'p50':>6} {'p99':>7} {'tantivy':>8} {'FAISS':>6} recall@10")
    snapshot = open_snapshot(archive)  # the parts that the engine's own index is made of
    for name, filters in FILTERS.items():
        line = measure(engine, snapshot, queries, filters, vectors_beside(archive))
        print(f"{name:<7} {line}", flush=True)
    print(f"bandwidth: {bandwidth():.1f} GB/s, one thread")


def titles_of(dump: Path, count: int) -> list[str]:
    with gzip.open(dump, "rt", encoding="utf-8") as lines:
        titles = [title for line in lines if (title := json.loads(line)["title"])]
    drawn = random.Random(1).sample(titles, min(count, len(titles)))
    return [title if n % 2 else " ".join(title.split()[:4]) for n, title in enumerate(drawn)]


def measure(
    engine: SearchEngine, snapshot: Snapshot, queries: list[str], filters: Filters, vectors: Path
) -> str:
    state = engine.live.current()
    whole, words, meaning, found, encoded = [], [], [], [], []
    scope = state.index.scope(filters)
    allowed, among = passages_in_scope(scope, snapshot.columns, exact_below=sys.maxsize)
    for query in queries:
        whole.append(engine.search(Query(query, filters=filters)).took_ms)
        plan = plan_query(Query(query, filters=filters), state.index, state.encoder.pieces)
        started = time.perf_counter()
        snapshot.lexical.search(plan, filters, LEXICAL_DEPTH)
        words.append((time.perf_counter() - started) * 1000)
        [vector] = state.encoder.encode_queries([plan.text])
        started = time.perf_counter()
        places, _ = snapshot.vectors.search(vector, SEMANTIC_DEPTH, allowed, among=among)
        meaning.append((time.perf_counter() - started) * 1000)
        found.append(places[:COMPARED])
        encoded.append(vector)
    left = 1.0 if allowed is None else allowed.mean()
    recall = recall_of(found, np.array(encoded), allowed, vectors) if vectors.exists() else np.nan
    p99 = quantiles(whole, n=100)[98]
    return (
        f"{left:>6.1%} {median(whole):>6.1f} {p99:>7.1f} {median(words):>8.1f}"
        f" {median(meaning):>6.1f} {recall:>9.3f}"
    )


def recall_of(found, queries, allowed, file: Path) -> float:
    """Compare with the best of all vectors, which the file holds in the passages' order."""
    vectors = np.memmap(file, np.float32, mode="r").reshape(-1, queries.shape[1])
    best = np.full((len(queries), COMPARED), -1.0, np.float32)
    for start in range(0, len(vectors), 100_000):
        part = np.asarray(vectors[start : start + 100_000])
        if allowed is not None:
            part = part[allowed[start : start + 100_000]]
        together = np.concatenate([best, queries @ part.T], axis=1)
        best = -np.partition(-together, COMPARED - 1, axis=1)[:, :COMPARED]
    worst = best.min(axis=1)
    hits = [
        (vectors[places] @ query >= least - 1e-6).sum() / COMPARED
        for places, query, least in zip(found, queries, worst, strict=True)
    ]
    return float(np.mean(hits))


def memory() -> dict[str, float]:
    """Give this process's own memory, and what it has mapped of files, in MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    fields = dict(line.split(":", 1) for line in lines if ":" in line)
    return {key: int(fields[key].split()[0]) / 1024 for key in ("VmRSS", "RssAnon", "RssFile")}


def bandwidth() -> float:
    block = np.ones(64_000_000, np.float32)
    times = []
    for _ in range(5):
        started = time.perf_counter()
        block.sum()
        times.append(time.perf_counter() - started)
    return block.nbytes / median(times) / 1e9


if __name__ == "__main__":
    main()
