"""Indexes as many short articles as asked for, and tells the rate and the memory it took.

    python -m tests.benchmarks.memory DUMP.jsonl.gz [ARTICLES] [FOLDER]

The articles are sentences of the dump put together anew, 60 to 80 words each, so that words and
pieces are as common as they are in print. Memory is that of the program and of the processes it
started, together, looked at ten times a second. FOLDER is where the dump and the archive are made,
and removed again.
"""

import json
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from indexer.readers.dumps import read_dump
from indexer.readers.origin import Origin
from search.records import Document

ARTICLES = 500_000
SHOWN = 20  # lines of how memory grew
_SENTENCE = re.compile(r"[^.!؟\n]+[.!؟]?")


def main() -> None:
    articles = int(sys.argv[2]) if sys.argv[2:] else ARTICLES
    parent = sys.argv[3] if sys.argv[3:] else None
    with tempfile.TemporaryDirectory(dir=parent) as name:
        folder = Path(name)
        write_dump(Path(sys.argv[1]), articles, folder / "dump.jsonl")
        command = ["-m", "indexer", "add", str(folder / "dump.jsonl"), "--json"]
        started = time.perf_counter()
        running = subprocess.Popen(
            [sys.executable, *command, "--archive", str(folder / "a")], stdout=subprocess.PIPE
        )
        grown = watched(running, started)
        seconds = time.perf_counter() - started
        print(running.stdout.read().decode().strip())
        print(f"{articles:,} articles in {seconds:,.0f} s, {articles / seconds:,.0f} a second")
        for after, names in grown[:: max(1, len(grown) // SHOWN)]:
            print(f"  {after:>6,.0f} s  {names}")
        size = sum(path.stat().st_size for path in (folder / "a").rglob("*") if path.is_file())
        print(f"archive: {size / 1e6:,.0f} MB, {size / articles:,.0f} bytes an article")


def write_dump(dump, articles, path):
    documents = [one for one in read_dump(dump, Origin(dump.name)) if isinstance(one, Document)]
    sentences = [
        sentence.strip()
        for one in documents
        for sentence in _SENTENCE.findall(one.body)
        if len(sentence.split()) > 4
    ]
    chance = random.Random(20201226)
    with path.open("w", encoding="utf-8") as out:
        for number in range(articles):
            words, wanted = [], chance.randint(60, 80)
            while len(words) < wanted:
                words += chance.choice(sentences).split()[:wanted]
            one = chance.choice(documents)
            record = {
                "id": str(number),
                "title": f"{one.title} {number}",
                "body": " ".join(words),
                "source": one.source,
                "date": f"{2005 + number % 20}-{1 + number % 12:02d}-{1 + number % 28:02d}",
            }
            out.write(json.dumps(record, ensure_ascii=False) + "\n")


def watched(running, started):
    """Wait for the program; print the most memory it had, and give how that grew."""
    peaks, grown, most = defaultdict(int), [], 0
    while running.poll() is None:
        sizes = {
            name: resident(pid) for name, pid in [("main", running.pid), *workers(running.pid)]
        }
        most = max(most, sum(sizes.values()))
        for name, size in sizes.items():
            peaks[name] = max(peaks[name], size)
        shown = ", ".join(f"{name} {size / 1e6:,.0f} MB" for name, size in sizes.items())
        grown.append((time.perf_counter() - started, shown))
        time.sleep(0.1)
    print(f"at most {most / 1e6:,.0f} MB together;", end=" ")
    print(", ".join(f"{name} {size / 1e6:,.0f} MB" for name, size in peaks.items()))
    return grown


def workers(pid):
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [(f"process {number}", int(child)) for number, child in enumerate(children, 1)]


def resident(pid):
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:  # it has just ended
        return 0
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(found[1]) * 1000 if found else 0


if __name__ == "__main__":
    main()
