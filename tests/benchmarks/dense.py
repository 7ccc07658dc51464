"""Times vector search by archive size and by the share of passages a filter allows.

    python -m tests.benchmarks.dense

Prints the median of 50 queries on one thread, and recall@10 against exact search. Vectors are drawn
around 2,000 centres, as those of articles gather around subjects; the queries lie beside them. The
last lines compare the largest segment with `IndexRefine` of FAISS, which has the same scan and also
codes of 8 bits: the memory counts the pages of its file that 1,000 queries leave in the process.
"""

import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import faiss
import numpy as np

from search.index.local.segments.vector_search import RANKED, DenseSearcher
from search.index.local.segments.vector_segment import Segment, write_segment

DIMENSION = 256
QUERIES = 50
DEPTH = 200
COMPARED = 10
QUERIES_LEAVING = 1000  # pages in memory


def main() -> None:
    rng = np.random.default_rng(0)
    centres = near_centres(rng, np.zeros((1, DIMENSION)), 2000)
    print(f"{'passages':>9} {'allowed':>8} {'median ms':>10} {'recall':>6}")
    for size in (10_000, 100_000, 300_000):
        vectors = near_centres(rng, centres, size)
        ids = np.arange(1, size + 1, dtype=np.int64)
        with tempfile.TemporaryDirectory() as folder:
            file = write_segment(Path(folder), "1.faiss", ids, vectors, dimension=DIMENSION)
            searcher = DenseSearcher([Segment(Path(folder), file, dimension=DIMENSION)], ids)
            for share in (1.0, 0.9, 0.1, 0.04, 0.001):
                allowed = None if share == 1.0 else rng.random(size) < share
                row = measure(searcher, vectors, near_centres(rng, centres, QUERIES), allowed)
                print(f"{size:>9,} {share:>8.1%} {row[0]:>10.2f} {row[1]:>6.3f}")
                sys.stdout.flush()
            if size == 300_000:
                queries = near_centres(rng, centres, QUERIES_LEAVING)
                compare(Path(folder) / "1.faiss", searcher, vectors, queries)


def compare(path, searcher, vectors, queries):
    """Print the time and the memory of our search and of FAISS's with codes of 8 bits."""
    codes = faiss.IndexScalarQuantizer(
        DIMENSION, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
    )
    codes.train(vectors[::12])
    codes.add(vectors)
    scanned = faiss.read_index(str(path))
    faiss.write_index(faiss.IndexRefine(scanned.index, codes), f"{path}.refined")
    refined = faiss.read_index(f"{path}.refined", faiss.IO_FLAG_MMAP_IFC)
    factor = faiss.IndexRefineSearchParameters(k_factor=RANKED)
    searches = {
        "ours": lambda query: searcher.search(query, DEPTH, None),
        "IndexRefine": lambda query: refined.search(query[None], DEPTH, params=factor),
    }
    for name, search in searches.items():
        before, times = mapped_mb(), []
        for query in queries:
            started = time.thread_time()
            search(query)
            times.append((time.thread_time() - started) * 1000)
        print(f"{name}: {median(times):.2f} ms of CPU, {mapped_mb() - before:.0f} MB")


def mapped_mb():
    """Return the size of the pages of files that are in the memory of this process."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("RssFile:")[1].split()[0]) / 1000


def measure(searcher, vectors, queries, allowed):
    times, found = [], []
    for query in queries:
        started = time.perf_counter()
        nearest, _ = searcher.search(query, DEPTH, allowed)
        times.append((time.perf_counter() - started) * 1000)
        candidates = np.arange(len(vectors)) if allowed is None else np.flatnonzero(allowed)
        exact = candidates[np.argsort(-(vectors[candidates] @ query))[:COMPARED]]
        found.append(len(set(nearest[:COMPARED].tolist()) & set(exact.tolist())) / len(exact))
    return median(times), sum(found) / len(found)


def near_centres(rng, centres, count):
    """Draw unit rows, each as far from its centre as a passage from its subject (cosine .6)."""
    rows = centres[rng.integers(len(centres), size=count)]
    rows = rows + 1.33 / DIMENSION**0.5 * rng.normal(size=rows.shape)
    rows = rows.astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


if __name__ == "__main__":
    main()
