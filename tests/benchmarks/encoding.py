"""Times the encoding of passages of 100 words, and reading them word by word.

    python -m tests.benchmarks.encoding DUMP [ENCODER]

DUMP is a .jsonl.gz whose records have a `body`. Prints passages a second on one and on two threads
of work (the words of the dump are met for the first time in the first run only), and the median
time of reading 100 passages for one query.
"""

import gzip
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from statistics import median

from search.encoders.identity import PieceLists
from search.encoders.loading import SHIPPED, load_encoder

PASSAGES, WORDS, RUNS = 40_000, 100, 3


def main() -> None:
    encoder = load_encoder(sys.argv[2] if len(sys.argv) > 2 else SHIPPED)
    with gzip.open(sys.argv[1], "rt", encoding="utf-8") as lines:
        bodies = (json.loads(line)["body"].split() for line in lines)
        passages = list(islice(cut(bodies), PASSAGES))
    started = time.perf_counter()
    encoder.encode_passages(passages)
    print(
        f"first run, words unknown: {len(passages) / (time.perf_counter() - started):,.0f} a second"
    )
    for threads in (1, 2):
        rates = [rate(encoder, passages, threads) for _ in range(RUNS)]
        print(f"{threads} thread(s): {median(rates):,.0f} passages a second")
    if encoder.pieces is not None:
        held = [one.pieces for one in encoder.pieces.counter.count(passages[:5000])]
        times = []
        for start in range(0, 5000, 100):
            query = " ".join(passages[start].split()[:8])
            started = time.perf_counter()
            encoder.pieces.prepare_query(query).score_pieces(
                PieceLists.joined(held[start : start + 100])
            )
            times.append((time.perf_counter() - started) * 1000)
        print(f"reading 100 passages: {median(times):.1f} ms")


def cut(bodies):
    for words in bodies:
        for start in range(0, len(words) - WORDS, WORDS):
            yield " ".join(words[start : start + WORDS])


def rate(encoder, passages, threads):
    half = -(-len(passages) // threads)
    parts = [passages[start : start + half] for start in range(0, len(passages), half)]
    started = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(encoder.encode_passages, parts))
    return len(passages) / (time.perf_counter() - started)


if __name__ == "__main__":
    main()
