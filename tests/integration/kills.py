"""Kills indexing runs and compares what a rerun makes of the rest with an undisturbed run.

    python -m tests.integration.kills WORK_FOLDER steps|moments|reader

A program of its own, for it forks: every run is a child of a process that never started a thread.
"""

import json
import multiprocessing
import os
import random
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np

import indexer.ingest
from indexer.encoding import encode_spans
from indexer.ingest import add_dumps
from indexer.passages import passage_text
from indexer.record_linkage import names_of_upgraded
from search.encoders.two_level import TwoLevelEncoder
from search.engine import SearchEngine
from search.index.local.archive import LocalArchive
from search.index.local.database.schema import SEGMENTS, connect
from search.index.local.maintenance import encoding
from search.index.local.maintenance.check import check
from search.index.local.maintenance.compaction import compact
from search.index.local.maintenance.reencoding import read_passages
from search.index.local.segments.manifest import CONTEXT, VECTORS, read_segments
from search.index.local.segments.vector_segment import Segment
from search.records import Mode, Query
from tests.conftest import write_jsonl
from tests.encoder import DIMENSION, NgramEncoder
from tests.format_6 import make_format_6

MOMENTS = 30
READ_ARTICLES = 400
QUERIES = ("قطار المدينة 7", "خبر عاجل عن السوق", "كلمة3", "تصحيح")
TABLES = {
    "documents": "row, doc_id, kind, title, body, source, day, url, digest, copy_of",
    "passages": "*",
    "sketches": "*",
    "aliases": "*",
    "sightings": "digest, document, title, source, day, url, own_id",
    "superseded": "document, digest, title, body, source, day, url, own_id",
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


def add(folder, on_step=lambda step: None, encoder=None):
    indexer.ingest.BATCH = 45
    add_dumps(
        [str(folder.parent / "dump.jsonl")],
        folder,
        encoder or NgramEncoder(),
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
            rows = np.arange(len(segment.ids))
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
    expected = expected.with_name("upgraded.json")
    folder = of_format_6(work / "upgraded")
    in_child(end_within, upgrade, folder, "never")
    in_child(add, folder)  # what was seen of headlines is known better when it is seen again
    require(in_child(write_content, folder, expected) == 0, "an upgraded archive is not whole")
    for step in ("rows", "written", "named", "committed"):
        folder = of_format_6(work / f"upgrade-{step}")
        status = in_child(end_within, upgrade, folder, step)
        require(status == 9, f"upgrade never reached {step}")
        require(in_child(end_within, upgrade, folder, "never") == 0, "no upgrade after a kill")
        finish_and_compare(folder, expected, f"upgrade killed after {step}")
        killed += 1
    killed += kill_encoding(work)
    print(f"killed {killed} times between two steps")


def kill_encoding(work):
    """Kill `encode` in its first and in a later commit; the next run brings the vectors left."""
    for step, occurrence in (("segment", 1), ("named", 3), ("committed", 1)):
        folder = work / f"encode-{step}"
        require(in_child(add_two_levels, folder) == 0, "an archive of two levels is not made")
        status = in_child(encode, folder, dies_at(step, occurrence))
        require(status == 9, f"encode never reached a {occurrence}. {step}")
        require(in_child(verify_encoded, folder) != 0, f"{step}: nothing was left to encode")
        require(in_child(encode, folder) == 0, f"{step}: a rerun of encode does not end")
        require(in_child(verify_encoded, folder) == 0, f"{step}: vectors are missing, or others")
    return 3


def two_levels():
    return TwoLevelEncoder(NgramEncoder(), NgramEncoder("test-second"))


def add_two_levels(folder):
    add(folder, encoder=two_levels())


def encode(folder, on_step=None):
    encoding.MOST_PASSAGES = 60
    encoder = two_levels()
    spans = partial(encode_spans, encoder=encoder)
    for _ in encoding.encode(
        folder, lambda some: spans(some).context, encoder.identity, on_step=on_step
    ):
        pass


def verify_encoded(folder):
    """End with 1 unless every passage has its vector of the second level, and just one."""
    problems = check(folder)
    with connect(folder) as database:
        texts = {
            passage_id: passage_text(document, span)
            for passage_id, document, span in read_passages(database)
        }
        found = {}
        for file in read_segments(database, CONTEXT):
            segment = Segment(folder / SEGMENTS, file, dimension=DIMENSION)
            vectors = segment.vectors(np.arange(len(segment.ids)))
            for passage_id, vector in zip(segment.ids.tolist(), vectors, strict=True):
                problems += [f"{passage_id} twice"] if passage_id in found else []
                found[passage_id] = vector
    if problems or found.keys() != texts.keys():
        sys.exit(1)
    expected = NgramEncoder("test-second").encode_passages([texts[key] for key in sorted(texts)])
    if not np.allclose([found[key] for key in sorted(found)], expected, atol=0.1):
        sys.exit(1)


def of_format_6(folder):
    in_child(add, folder)
    require(in_child(make_format_6, folder) == 0, "an archive of format 6 cannot be made")
    return folder


def upgrade(folder, *, on_step):
    LocalArchive(folder).upgrade(names_of_upgraded(), on_step=on_step)


def anew(folder, *, on_step):
    encoder = NgramEncoder()
    encode = partial(encode_spans, encoder=encoder)
    for _ in LocalArchive(folder).reencode(encode, encoder.identity, on_step=on_step):
        pass


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


def numbered(number):
    """Give an article that alone holds its number, as all hold the word «رقم»."""
    body = f"رقم كلمة{number} " + " ".join(f"حرف{number}x{at}" for at in range(20))
    return {"id": f"n{number:03d}", "title": f"مقال {number}", "body": body}


def read_until_told(folder, ending, report):
    """Query on and on; end with 1 at the first answer that no committed state gives.

    Articles are committed in their order: each state holds the first ones, and grows.
    """
    engine = SearchEngine.open(folder, load=NgramEncoder)
    chance = random.Random(5)
    answers, held = 0, count_found(engine)
    while not ending.exists():
        number = chance.randrange(READ_ARTICLES)
        page = engine.search(Query(f'"كلمة{number}"', Mode.LEXICAL))
        found = () if page.understood else page.hits  # not there, and looked for as a plain word
        near = engine.search(Query(numbered(number)["body"], Mode.SEMANTIC, k=1)).hits
        before, held = held, count_found(engine)
        told = [hit.document.title for hit in found]
        is_right = (
            told == [f"مقال {number}"] if number < before else told in ([], [f"مقال {number}"])
        )
        is_right &= not (told and number >= held) and before <= held
        is_right &= number >= before or near[0].document.title == f"مقال {number}"
        if not is_right:
            print(f"FAILED: of {before} to {held} articles, asked for {number}: {told}")
            sys.exit(1)
        answers += 1
    report.write_text(f"{answers} {held}")


def count_found(engine):
    page = engine.search(Query("رقم", Mode.LEXICAL))
    return page.total


def kill_under_a_reader(work, expected):
    folder, ending, report = work / "read" / "a", work / "ending", work / "report"
    folder.parent.mkdir()
    articles = [numbered(number) for number in range(READ_ARTICLES)]
    write_jsonl(folder.parent / "dump.jsonl", articles[:50])
    require(in_child(add, folder) == 0, "the first articles cannot be added")
    write_jsonl(folder.parent / "dump.jsonl", articles)
    started = time.perf_counter()
    require(in_child(add, folder.with_name("timed")) == 0, "an undisturbed run does not end")
    duration = time.perf_counter() - started
    reader = fork.Process(target=read_until_told, args=(folder, ending, report))
    reader.start()
    chance = random.Random(20201226)
    killed = 0
    patience = duration / 3
    while reader.is_alive() and in_child(add, folder, timeout=chance.uniform(0.02, patience)) != 0:
        killed += 1
        patience *= 1.1  # the machine may have become slower
    require(killed > 2, "it was hardly ever killed")
    time.sleep(1)
    ending.touch()
    reader.join()
    require(reader.exitcode == 0, "the reader answered wrong")
    answers, held = map(int, report.read_text().split())
    require(answers > killed, "the reader hardly answered")
    require(held == READ_ARTICLES, f"the reader saw {held} of {READ_ARTICLES} articles")
    print(f"killed {killed} times under a reader")


def main():
    work = Path(sys.argv[1])
    write_jsonl(work / "dump.jsonl", list(records()))
    expected = work / "expected.json"
    require(in_child(add, work / "undisturbed") == 0, "an undisturbed run does not end")
    require(in_child(write_content, work / "undisturbed", expected) == 0, "nothing to compare with")
    kill = {"steps": kill_at_steps, "moments": kill_at_moments, "reader": kill_under_a_reader}
    kill[sys.argv[2]](work, expected)


if __name__ == "__main__":
    main()
