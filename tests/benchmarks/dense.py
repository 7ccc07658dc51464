"""Times exact vector search by archive size and by the share of passages a filter allows.

    python -m tests.benchmarks.dense

Prints the median of 50 queries on one thread, and the share of the exact top 100 that a filtered
search finds (it should be all of it).
"""

import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np

from search.dense import DenseSearcher, Segment, write_segment

DIMENSION = 256
QUERIES = 50
DEPTH = 100


def main() -> None:
    rng = np.random.default_rng(0)
    print(f"{'passages':>9} {'allowed':>8} {'median ms':>10} {'found':>6}")
    for size in (10_000, 100_000, 300_000):
        vectors = unit_rows(rng, size)
        ids = np.arange(1, size + 1, dtype=np.int64)
        with tempfile.TemporaryDirectory() as folder:
            file = write_segment(Path(folder), "1.faiss", ids, vectors)
            searcher = DenseSearcher([Segment(Path(folder), file, dimension=DIMENSION)], ids)
            for share in (1.0, 0.9, 0.1, 0.04, 0.001):
                allowed = None if share == 1.0 else ids[rng.random(size) < share]
                row = measure(searcher, vectors, unit_rows(rng, QUERIES), allowed)
                print(f"{size:>9,} {share:>8.1%} {row[0]:>10.2f} {row[1]:>6.3f}")
                sys.stdout.flush()


def measure(searcher, vectors, queries, allowed):
    times, found = [], []
    for query in queries:
        started = time.perf_counter()
        ranking = searcher.search(query, DEPTH, allowed)
        times.append((time.perf_counter() - started) * 1000)
        candidates = np.arange(1, len(vectors) + 1) if allowed is None else allowed
        exact = candidates[np.argsort(-(vectors[candidates - 1] @ query))[:DEPTH]]
        found.append(len({p.passage_id for p in ranking} & set(exact.tolist())) / len(exact))
    return median(times), sum(found) / len(found)


def unit_rows(rng, count):
    rows = rng.normal(size=(count, DIMENSION)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


if __name__ == "__main__":
    main()
