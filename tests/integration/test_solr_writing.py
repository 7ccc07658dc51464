"""Writing to a cluster: the same documents as in a folder, whatever is killed, and copied back."""

import gzip
import json
import os
import random
import signal
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import count
from threading import Barrier

import numpy as np
import pytest

from indexer.cli import main
from indexer.copying import copy_archive
from indexer.encoding import reencode
from indexer.ingest import add_dumps
from search.encoders.loading import load_encoder
from search.engine import SearchEngine
from search.errors import EncoderError
from search.index.opening import open_index
from search.index.writer import NameOrigin
from search.records import Query
from tests.benchmarks import two_places
from tests.conftest import TINY_DUMP, write_jsonl
from tests.encoder import NgramEncoder
from tests.integration.kills import DONE, run_in_child
from tests.integration.test_order import BODIES, TITLES

pytestmark = pytest.mark.slow
_numbers = count()
URLS = [None, "https://nahr.example/1", "https://nahr.example/2", "https://wadi.example/1"]
CHOICES = {
    "title": TITLES,
    "body": (*BODIES, None),
    "id": ("4", "5", None, None),
    "url": URLS,
    "source": ("ضفاف", "الساحة", "الساحه", None),
    "date": ("2018-04-02", "2018-04-03", "2019-11-20", None),
}
FORMER = NameOrigin.FORMER
STORED = ("articles", "headlines", "near_duplicates")


@pytest.fixture
def address(cluster):
    return cluster.address(f"writing-{next(_numbers)}")


def add(archive, *dumps, on_step=None):
    return add_dumps(
        [str(dump) for dump in dumps],
        archive,
        NgramEncoder(),
        captured_on=None,
        show_progress=False,
        on_step=on_step,
    ).as_json()


def records_of(seed):
    """Return records that share names, texts and places with one another."""
    choose = random.Random(seed).choice
    return [
        {name: value for name, values in CHOICES.items() if (value := choose(values)) is not None}
        for _ in range(60)
    ]


def write_dumps(folder, seed):
    """Write two dumps of such records."""
    records = records_of(seed)
    return [write_jsonl(folder / f"{seed}-{n}.jsonl", records[n::2]) for n in range(2)]


def contents(archive):
    """Return all that an archive stores of each document, except times."""
    texts = {}
    for rows, passages in open_index(archive).texts():
        timeless = replace(
            rows,
            document=rows.document[:-1],
            versions=[row[:-1] for row in rows.versions],
            headlines=[row[:-1] for row in rows.headlines],
        )
        texts[rows.doc_id] = timeless, np.round(passages.vectors, 5).tolist()
    return texts


def settled_contents(archive):
    """Return the contents without former ids, which tell how the documents came to be."""
    return {
        doc_id: (replace(rows, names=[name for name in rows.names if name[1] != FORMER]), vectors)
        for doc_id, (rows, vectors) in contents(archive).items()
    }


def faults(archive):
    """Return the faults of an archive, except passages that a killed or refused commit left."""
    return [line for line in archive.check() if "belong to no document" not in line]


def lose_on_one_replica(cluster, collection, doc_id):
    """Remove a document from one replica that is not the leader, as a fault of the cluster may."""
    for shard in cluster.collection(collection)["shards"].values():
        replicas = shard["replicas"].values()
        [leader], [follower] = (
            [f"{replica['base_url']}/{replica['core']}" for replica in replicas if leads(replica)]
            for leads in (lambda it: "leader" in it, lambda it: "leader" not in it)
        )
        [version] = [entry["_version_"] for entry in entries_of(cluster, follower, doc_id)] or [0]
        if version:
            update = {"update.distrib": "FROMLEADER", "distrib.from": leader}
            later = {**update, "_version_": str(-version - (1 << 32))}
            for parameters, body in (
                (later, {"delete": {"id": doc_id}}),
                (update, {"commit": {}}),
            ):
                url = f"{follower}/update"
                cluster.http.post(url, params=parameters, json=body).raise_for_status()


def entries_of(cluster, core, doc_id):
    parameters = {"q": f"id:{doc_id}", "fl": "id,_version_", "distrib": "false"}
    return cluster.http.get(f"{core}/select", params=parameters).json()["response"]["docs"]


def counts(report):
    return {name: value for name, value in report.items() if name != "seconds"}


def test_dumps_become_the_same_documents_as_in_a_folder(address, tmp_path):
    dumps = (*write_dumps(tmp_path, 1), TINY_DUMP, *write_dumps(tmp_path, 2))
    for dump in dumps:
        assert counts(add(address, dump)) == counts(add(tmp_path / "a", dump))
    expected = contents(tmp_path / "a")
    assert contents(address) == expected
    assert list(contents(address)) == list(expected)
    assert open_index(address).check() == []
    mark = open_index(address).mark()
    again = add(address, *dumps)
    assert [again[name] for name in ("articles", "headlines", "updated")] == [0, 0, 0]
    assert open_index(address).mark() == mark
    assert contents(address) == expected


def test_a_run_killed_between_any_two_requests_loses_and_doubles_nothing(address, tmp_path):
    """Each run adds a dump of its own, dies after one more request than the last, and is repeated.

    The runs go on until one ends before it would die.
    """
    for requests in count(1):
        dump = write_jsonl(tmp_path / f"{requests}.jsonl", records_of(requests)[:20])
        add(tmp_path / "a", dump)
        if run_in_child(add_and_die, address, dump, requests) == DONE:
            break
        add(address, dump)
    assert contents(address) == contents(tmp_path / "a")
    assert faults(open_index(address)) == []
    assert requests > 10


def add_and_die(address, dump, requests):
    """Add a dump; after so many requests that write, end this process as the system would."""
    numbers = count(1)

    def die(_):
        if next(numbers) == requests:
            os.kill(os.getpid(), signal.SIGKILL)

    add(address, dump, on_step=die)


def add_at_once(address, dumps):
    """Add each dump by its own run; none writes documents before all have written passages."""
    barrier = Barrier(len(dumps))

    def run(dump):
        steps = []

        def meet(step):
            steps.append(step)
            if step == "passages" and steps.count(step) == 1:
                barrier.wait(timeout=60)

        return add(address, dump, on_step=meet)

    with ThreadPoolExecutor() as threads:
        return list(threads.map(run, dumps))


def test_a_record_that_two_runs_write_at_once_is_counted_by_one(address, tmp_path):
    add(tmp_path / "a", TINY_DUMP)
    add(address, write_jsonl(tmp_path / "first.jsonl", [{"title": "خبر أول", "body": "نصه"}]))
    reports = add_at_once(address, [TINY_DUMP, TINY_DUMP])
    expected = settled_contents(tmp_path / "a")
    assert sum(report[name] for report in reports for name in STORED) <= len(expected)
    assert set(settled_contents(address)) > set(expected)


def test_records_of_one_article_that_two_runs_write_at_once_become_one_document(address, tmp_path):
    pairs = []
    for number in range(6):
        title, url = f"افتتاح جسر المشاة رقم {number}", f"https://nahr.example/{number}-khabar"
        body = " ".join(f"جسر{number}{word}" for word in range(24))
        pairs.append(({"title": title, "body": body}, {"title": title, "body": body}, url))
    (with_id, without_id, url), (seven, five, other_url), *others = pairs
    with_id |= {"id": "7", "url": url}
    without_id |= {"url": url, "body": f"{without_id['body']} ثم انتهى"}
    seven |= {"id": "7", "url": other_url, "source": "ضفاف"}
    five |= {"id": "5", "url": other_url, "source": "ضفاف"}
    (_, alike, _), (told, headline, told_at), (at_url, seen, seen_at), (_, unlike, _) = others
    alike["body"] += " ثم انتهى"
    told["url"] = told_at
    headline |= {"kind": "headline", "body": None}
    at_url["url"] = seen_at
    seen |= {"kind": "headline", "body": None, "title": "خبر", "url": seen_at}
    unlike["body"] = BODIES[3]  # two articles
    dumps = [
        write_jsonl(tmp_path / f"{name}.jsonl", [pair[place] for pair in pairs])
        for place, name in enumerate(("first", "second"))
    ]
    add(tmp_path / "a", TINY_DUMP, *dumps)
    add(address, TINY_DUMP)
    add_at_once(address, dumps)
    assert settled_contents(address) == settled_contents(tmp_path / "a")
    assert faults(open_index(address)) == []


def test_runs_at_the_same_time_store_each_record_once(address, tmp_path):
    first, second = write_dumps(tmp_path, 7)
    add(tmp_path / "a", TINY_DUMP, first, second)
    expected = settled_contents(tmp_path / "a")
    add(address, TINY_DUMP)
    with ThreadPoolExecutor() as threads:
        runs = [(first, second), (second, first), (first,)]
        reports = list(threads.map(lambda dumps: add(address, *dumps), runs))
    assert settled_contents(address) == expected
    assert faults(open_index(address)) == []
    assert sum(report[name] for report in reports for name in STORED) <= len(expected)


def test_an_archive_is_copied_to_a_cluster_and_back(cluster, address, tmp_path):
    for dump in (*write_dumps(tmp_path, 4), TINY_DUMP):
        add(tmp_path / "a", dump)
    aliases = "name\taliases\nضفاف\tDifaf\n"
    (tmp_path / "a" / "newspapers.tsv").write_text(aliases, encoding="utf-8")
    expected = contents(tmp_path / "a")
    for source, target in ((tmp_path / "a", address), (address, tmp_path / "b")):
        report = copy_archive(open_index(source), open_index(target), show_progress=False)
        assert (report.copied, report.total) == (len(expected), len(expected))
        assert contents(target) == expected
        assert list(contents(target)) == list(expected)
        assert open_index(target).check() == []
        again = copy_archive(open_index(source), open_index(target), show_progress=False)
        assert (again.copied, again.total) == (0, len(expected))
        assert open_index(target).newspapers()["difaf"] == "ضفاف"


def test_the_answers_of_a_folder_and_of_its_copy_are_compared(address, tmp_path, capsys):
    folder = tmp_path / "a"
    add_dumps([str(TINY_DUMP)], folder, load_encoder(), captured_on=None, show_progress=False)
    copy_archive(open_index(folder), open_index(address), show_progress=False)
    queries = tmp_path / "readers_tiny.jsonl.gz"
    with gzip.open(queries, "wt", encoding="utf-8") as lines:
        for own_id, text in (("t1", "فيضانات تغمر قرى السهل"), ("t2", "السيول تعزل الدواوير")):
            query = {"query_id": own_id, "text": text, "type": "question", "record_ids": [own_id]}
            lines.write(json.dumps(query) + "\n")
    two_places.main(str(queries), str(folder), address)
    report = json.loads(capsys.readouterr().out)
    assert (report["collection"], report["queries"]) == ("tiny", 2)
    assert report["equal counts and facets"] == report["equal first pages"] == 2
    for mode in ("lexical", "semantic", "hybrid"):
        assert report["nDCG@10"][mode]["folder"] == report["nDCG@10"][mode]["cluster"] > 0.9, mode


def test_a_replica_that_lost_a_document_is_named_and_mended(cluster, address):
    add(address, TINY_DUMP)
    archive = open_index(address)
    expected = contents(address)
    doc_id = next(iter(expected))
    lose_on_one_replica(cluster, f"{address.rpartition('/')[2]}_documents_1", doc_id)
    [line] = [line for line in archive.check() if "is unequal" in line]
    assert "_documents_1" in line
    assert main(["check", "--archive", address, "--mend"]) == 0
    assert archive.check() == []
    assert contents(address) == expected


def test_an_archive_is_encoded_anew_and_swapped_in_one_step(address, tmp_path):
    first, second = write_dumps(tmp_path, 8)
    add(address, first)
    archive = open_index(address)
    texts = {doc_id: rows for doc_id, (rows, _) in contents(address).items()}
    engine = SearchEngine.open(address, load=NgramEncoder)
    passages = reencode(archive, NgramEncoder("other"), show_progress=False)
    assert passages == archive.status().passages
    assert archive.status().encoder == NgramEncoder("other").identity
    assert {doc_id: rows for doc_id, (rows, _) in contents(address).items()} == texts
    assert archive.check() == []
    with pytest.raises(EncoderError, match="was built with encoder"):
        add(address, second)
    [hit, *_] = engine.search(Query("جسر المشاة")).hits
    assert hit.document.doc_id in texts
