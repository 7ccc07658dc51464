"""Times and judges other engines beside this one: same encoder, same articles, same queries.

    python -m tests.benchmarks.peers DUMP.jsonl.gz ARTICLES [ENGINE…]

Real articles without their titles, and from their number on recombined ones; each title must find
its article (nDCG@10). All get whole articles; the vectors are this project's. txtai, chromadb,
lancedb and bm25s are left out where they are not installed. Each runs in a process of its own:
indexing and memory are those of the whole process, queries are asked one by one, after five
unmeasured ones, and their encoding counts.
"""

import importlib.util
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from math import log2
from pathlib import Path
from statistics import median, quantiles

from search.encoders.loading import load_encoder
from search.engine import SearchEngine
from search.language.analysis import query_terms, terms
from search.records import Query
from tests.benchmarks.recombined import Recombiner, build

QUERIES, UNMEASURED, K = 300, 5, 10
Ask = Callable[[str], Iterable[str]]


def main() -> None:
    dump, count, *engines = sys.argv[1:]
    if dump == "one":
        run(engines[0], Path(count))
        return
    encoder = load_encoder()
    recombiner = Recombiner(Path(dump), encoder)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (folder / "articles.jsonl").open("w", encoding="utf-8") as lines:
            for new in recombiner.untitled(int(count)):
                lines.write(json.dumps(new.document.body, ensure_ascii=False) + "\n")
        build(recombiner.untitled(int(count)), encoder, folder / "archive")
        known = min(int(count), len(recombiner.titles))
        drawn = random.Random(2).sample(range(known), min(QUERIES, known))
        queries = [(recombiner.titles[place], str(place)) for place in drawn]
        (folder / "queries.json").write_text(json.dumps(queries), encoding="utf-8")
        del recombiner
        print(f"{'engine':<9} {'nDCG@10':>8} {'p50 ms':>8} {'p99 ms':>8} {'memory MB':>10}")
        for engine in engines or ENGINES:
            if engine != "arshif" and importlib.util.find_spec(engine) is None:
                print(f"{engine:<9} is not installed")
                continue
            command = [sys.executable, "-m", "tests.benchmarks.peers", "one", name, engine]
            subprocess.run(command, check=False)


def run(engine: str, folder: Path) -> None:
    queries = json.loads((folder / "queries.json").read_text(encoding="utf-8"))
    ask = ENGINES[engine](folder)
    took_ms, gain = [], 0.0
    for number, (query, expected) in enumerate(queries):
        started = time.perf_counter()
        found = list(ask(query))[:K]
        if number >= UNMEASURED:
            took_ms.append((time.perf_counter() - started) * 1000)
        gain += 1 / log2(2 + found.index(expected)) if expected in found else 0.0
    print(
        f"{engine:<9} {gain / len(queries):>8.3f} {median(took_ms):>8.1f}"
        f" {quantiles(took_ms, n=100)[98]:>8.1f} {resident_mb():>10.0f}",
        flush=True,
    )


def resident_mb() -> float:
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def bodies(folder: Path) -> list[str]:
    with (folder / "articles.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def arshif(folder: Path) -> Ask:
    engine = SearchEngine.open(folder / "archive")
    return lambda query: (hit.document.doc_id for hit in engine.search(Query(query, k=K)).hits)


def txtai(folder: Path) -> Ask:
    from txtai import Embeddings

    stored, encoder = bodies(folder), load_encoder()
    embeddings = Embeddings(
        method="external",
        transform=lambda texts: encoder.encode_passages(texts),  # wants a function
        hybrid=True,
        content=True,
    )
    embeddings.index((str(n), text, None) for n, text in enumerate(stored))
    del stored
    return lambda query: (hit["id"] for hit in embeddings.search(query.replace("'", " "), K))


def chromadb(folder: Path) -> Ask:
    import chromadb

    client = chromadb.PersistentClient(str(folder / "chroma"))
    kept = client.create_collection("articles", metadata={"hnsw:space": "cosine"})
    encoder, stored = load_encoder(), bodies(folder)
    for start in range(0, len(stored), 4000):
        part = stored[start : start + 4000]
        ids = [str(start + n) for n in range(len(part))]
        kept.add(ids=ids, documents=part, embeddings=encoder.encode_passages(part))
    del stored

    def ask(query: str) -> list[str]:
        return kept.query(query_embeddings=encoder.encode_queries([query]), n_results=K)["ids"][0]

    return ask


def lancedb(folder: Path) -> Ask:
    import lancedb
    from lancedb.index import FTS, IvfPq

    encoder, stored = load_encoder(), bodies(folder)
    vectors = encoder.encode_passages(stored)
    rows = [
        {"id": str(n), "text": text, "vector": vector}
        for n, (text, vector) in enumerate(zip(stored, vectors, strict=True))
    ]
    table = lancedb.connect(str(folder / "lance")).create_table("articles", rows)
    table.create_index("vector", config=IvfPq(distance_type="cosine"))
    table.create_index("text", config=FTS())
    del stored, vectors, rows

    def ask(query: str) -> list[str]:
        [vector] = encoder.encode_queries([query])
        asked = table.search(query_type="hybrid").vector(vector).text(query).limit(K)
        return [row["id"] for row in asked.to_list()]

    return ask


def bm25s(folder: Path) -> Ask:
    """Give it this project's terms: its own know no Arabic."""
    import bm25s

    numbers: dict[str, int] = {}
    corpus = [[numbers.setdefault(t, len(numbers)) for t in terms(one)] for one in bodies(folder)]
    ranker = bm25s.BM25(k1=1.2, b=0.75, method="lucene")
    ranker.index((corpus, numbers), show_progress=False)
    del corpus

    def ask(query: str) -> list[str]:
        asked = [numbers[term] for term in query_terms(query) if term in numbers]
        if not asked:
            return []
        found, _ = ranker.retrieve([asked], k=K, show_progress=False)
        return [str(place) for place in found[0]]

    return ask


ENGINES = {one.__name__: one for one in (arshif, bm25s, txtai, chromadb, lancedb)}


if __name__ == "__main__":
    main()
