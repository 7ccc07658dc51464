"""Measures the reading of dumps alone: records a second, and where the time goes.

python -m tests.benchmarks.reading DUMP… [--profile]
"""

import argparse
import cProfile
import pstats
import time
from collections import Counter
from pathlib import Path

from indexer.readers.dumps import read_dump
from indexer.readers.origin import Origin
from indexer.readers.outcome import Note, Outcome, Reject


def name_of(outcome: Outcome) -> str:
    if isinstance(outcome, Reject):
        return f"rejected: {outcome.reason}"
    return f"note: {outcome.reason}" if isinstance(outcome, Note) else outcome.kind


def read(path: Path) -> None:
    wall, cpu = time.perf_counter(), time.process_time()
    counts = Counter(name_of(outcome) for outcome in read_dump(path, Origin(path.name)))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    counted = ", ".join(f"{count:,} {name}" for name, count in counts.items())
    rate = counts.total() / cpu
    print(f"{path.name}: {counted}; {wall:.2f} s, {cpu:.2f} s of one core, {rate:,.0f} records/s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dumps", nargs="+", type=Path)
    parser.add_argument("--profile", action="store_true")
    arguments = parser.parse_args()
    profile = cProfile.Profile()
    for path in arguments.dumps:
        if arguments.profile:
            profile.runcall(read, path)
        else:
            read(path)
    if arguments.profile:
        pstats.Stats(profile).sort_stats("tottime").print_stats(20)


if __name__ == "__main__":
    main()
