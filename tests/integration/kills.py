"""Kills indexing runs and compares what a rerun makes of the rest with an undisturbed run.

    python -m tests.integration.kills WORK_FOLDER steps|moments

A program of its own, for it forks: every run is a child of a process that never started a thread.
"""

import json
import multiprocessing
import os
import random
import sys
import time
from pathlib import Path

import indexer.build
from indexer.build import add_dumps
from indexer.reencoding import reencode
from search.archive.check import check
from search.archive.compaction import compact
from search.archive.schema import SEGMENTS, connect
from search.archive.segments import VECTORS, read_segments
from search.dense import Segment
from search.engine import SearchEngine
from search.records import Mode, Query
from tests.conftest import write_jsonl
from tests.encoder import DIMENSION, NgramEncoder

MOMENTS = 30
QUERIES = ("قطار المدينة 7", "خبر عاجل عن السوق", "كلمة3", "تصحيح")
TABLES = {
    "documents": "row, doc_id, kind, title, body, source, day, url, digest, copy_of",
    "passages": "*",
    "sketches": "*",
    "aliases": "name, document",
    "sightings": "*",
    "superseded": "*",
    "removed_passages": "*",
}
fork = multiprocessing.get_context("fork")


def records():
    """Give 400 records: new ones, repeated, changed and copied, headlines and their articles."""
    chance = random.Random(7)
    for number in range(100):
        words = [f"كلمة{chance.randrange(4000)}" for _ in range(60)]
        title = f"وصول قطار المدينة رقم {number}"
        article = {"id": f"a{number}", "title": title, "body": " ".join(words), "source": "السهل"}
        yield {"title": title, "date": f"2020-01-{1 + number % 28:02d}"}
        yield {**article, "date": f"2020-02-{1 + number % 28:02d}"} if number % 3 else article
        yield {**article, "id": f"c{number}", "body": " ".join(words[:55]), "source": "الوادي"}
        if number % 5 == 0:
            yield {**article, "body": " ".join(words[:58]) + " تصحيح"}
        else:
            yield {"title": f"خبر عاجل عن السوق {number % 9}", "source": f"جريدة {number % 4}"}


def add(folder, on_step=lambda step: None):
    indexer.build.BATCH = 45
    add_dumps(
        [str(folder.parent / "dump.jsonl")],
        folder,
        NgramEncoder(),
        captured_on=None,
        show_progress=False,
        on_step=on_step,
    )


def content(folder):
    """Give all that an archive holds, and its answers, free of times and of names of files."""
    held = {}
    with connect(folder) as database:
        for table, columns in TABLES.items():
            rows = database.execute(f"SELECT {columns} FROM {table}")
            held[table] = sorted([str(value) for value in row] for row in rows)
        live = {passage_id for (passage_id,) in database.execute("SELECT passage_id FROM passages")}
        vectors = {}
        for file in read_segments(database, VECTORS):
            segment = Segment(folder / SEGMENTS, file, dimension=DIMENSION)
            rows = segment.rows_of(segment.ids)
            vectors.update(zip(segment.ids.tolist(), segment.vectors(rows).tolist(), strict=True))
    held["vectors"] = [[key, vectors[key]] for key in sorted(live)]
    engine = SearchEngine.open(folder, load=NgramEncoder)
    for query in QUERIES:
        for mode in Mode:
            page = engine.search(Query(query, mode, k=20))
            held[f"{mode} {query}"] = [
                [hit.document.doc_id, round(hit.score, 6), list(hit.copies)] for hit in page.hits
            ]
    return json.dumps(held, ensure_ascii=False)


def in_child(work, *arguments, timeout=None):
    """Run `work` in a child and give its exit status; after `timeout` seconds it is killed."""
    child = fork.Process(target=work, args=arguments)
    child.start()
    child.join(timeout)
    if child.is_alive():
        child.kill()
        child.join()
    return child.exitcode


def verify(folder):
    """End with 1 if the archive is damaged or does not answer. Nothing there is sound."""
    if not (folder / "archive.db").exists():
        return
    problems = check(folder)
    with connect(folder) as database:
        is_empty = not database.execute("SELECT count(*) FROM documents").fetchone()[0]
    if not is_empty:
        engine = SearchEngine.open(folder, load=NgramEncoder)
        problems += [query for query in QUERIES[:1] if not engine.search(Query(query)).hits]
    if problems:
        print(problems)
        sys.exit(1)


def write_content(folder, path):
    # BM25 counts what was replaced until it is merged away, which happens at no certain time.
    compact(folder)
    path.write_text(content(folder), encoding="utf-8")


def require(is_so, what):
    if not is_so:
        print(f"FAILED: {what}")
        sys.exit(1)


def finish_and_compare(folder, expected, what):
    require(in_child(verify, folder) == 0, f"{what}: the archive is damaged")
    require(in_child(add, folder) == 0, f"{what}: a rerun does not end")
    require(in_child(verify, folder) == 0, f"{what}: the archive is damaged after a rerun")
    found = folder.with_suffix(".json")
    require(in_child(write_content, folder, found) == 0, f"{what}: the archive cannot be read")
    require(found.read_text() == expected.read_text(), f"{what}: a rerun gives another archive")


def dies_at(step, occurrence):
    left = [occurrence]

    def on_step(found):
        left[0] -= found == step
        if not left[0]:
            os._exit(9)

    return on_step


def kill_at_steps(work, expected):
    killed = 0
    for step in ("rows", "segment", "lexical", "named", "committed", "removals"):
        for occurrence in (1, 3):
            folder = work / f"{step}-{occurrence}"
            status = in_child(add, folder, dies_at(step, occurrence))
            require(status == 9, f"{step}: never reached a {occurrence}. time")
            finish_and_compare(folder, expected, f"killed after {step} {occurrence}")
            killed += 1
    for work_on, name in ((compact, "compact"), (anew, "reencode")):
        for step in ("written", "named", "committed"):
            folder = work / f"{name}-{step}"
            in_child(add, folder)
            status = in_child(end_within, work_on, folder, step)
            require(status == 9, f"{name} never reached {step}")
            finish_and_compare(folder, expected, f"{name} killed after {step}")
            killed += 1
    print(f"killed {killed} times between two steps")


def anew(folder, *, on_step):
    reencode(folder, NgramEncoder(), show_progress=False, on_step=on_step)


def end_within(work_on, folder, step):
    work_on(folder, on_step=dies_at(step, 1))


def kill_at_moments(work, expected):
    started = time.perf_counter()
    in_child(add, work / "timed")
    duration = time.perf_counter() - started
    chance = random.Random(20201226)
    killed = restarted = 0
    folder = work / "killed-0"
    while killed < MOMENTS:
        if in_child(add, folder, timeout=chance.uniform(0.02, duration)) == 0:
            finish_and_compare(folder, expected, f"after {killed} kills")
            restarted += 1
            folder = work / f"killed-{restarted}"
        else:
            killed += 1
            require(in_child(verify, folder) == 0, f"kill {killed}: the archive is damaged")
    finish_and_compare(folder, expected, f"after {killed} kills")
    print(f"killed {killed} times at random moments, {restarted + 1} archives finished")


def main():
    work = Path(sys.argv[1])
    write_jsonl(work / "dump.jsonl", list(records()))
    expected = work / "expected.json"
    require(in_child(add, work / "undisturbed") == 0, "an undisturbed run does not end")
    require(in_child(write_content, work / "undisturbed", expected) == 0, "nothing to compare with")
    {"steps": kill_at_steps, "moments": kill_at_moments}[sys.argv[2]](work, expected)


if __name__ == "__main__":
    main()
