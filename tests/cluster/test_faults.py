"""A server or a writer that is killed costs no search and no document."""

import itertools
import os
import signal

import httpx
import pytest

from search.index.opening import open_index
from search.index.solr.configset import Kind
from tests.cluster.replicas import holdings, leader
from tests.cluster.workload import SOURCE, add, running_workload
from tests.conftest import write_jsonl
from tests.integration.kills import DONE, KILLED, run_in_child

pytestmark = pytest.mark.slow

MANY = 1_000_000


def test_a_killed_node_costs_no_search_and_no_document(cluster, tmp_path):
    address = cluster.address("killed-node")
    with running_workload(address, tmp_path) as workload:
        node = leader(cluster, "killed-node_documents")
        node.kill()
        workload.wait_for_runs(2)
        node.start()
        cluster.wait_for_replicas()
        workload.wait_for_runs(1)
    assert workload.failed_searches() == []
    assert_holds(cluster, "killed-node", workload)


def test_a_replica_that_a_disk_broke_is_named_and_copied_anew(cluster, tmp_path):
    address = cluster.address("broken")
    add(address, write_jsonl(tmp_path / "dump.jsonl", related_records(1)))
    archive = open_index(address)
    node = leader(cluster, "broken_documents")
    node.kill()
    for file in node.folder.glob("home/broken_documents*/data/index/*.si"):
        file.unlink()
    node.start()
    cluster.wait_for_nodes()
    assert any("does not answer" in line for line in archive.check())
    assert any("was copied anew" in line for line in archive.mend())
    cluster.wait_for_replicas()
    assert archive.check() == []
    assert holdings(cluster, "broken_documents").unequal == set()


def test_a_run_that_is_killed_between_any_two_writes_goes_on(cluster, tmp_path):
    """Each run dies after one more write than the last, and is repeated, until one ends before.

    What the cluster holds then is what a folder holds after the same dumps without a death.
    """
    on_cluster, in_folder = cluster.address("killed-run"), str(tmp_path / "archive")
    for writes in itertools.count(1):
        dump = write_jsonl(tmp_path / "dump.jsonl", related_records(writes))
        status = run_in_child(add_and_die, on_cluster, dump, writes)
        assert status in {DONE, KILLED}
        if status == KILLED:
            add(on_cluster, dump)
        add(in_folder, dump)
        if status == DONE:
            break
    assert writes > len(Kind)  # so that each collection was written to
    assert content(on_cluster) == content(in_folder)
    assert open_index(on_cluster).check() == []


def related_records(number):
    """Return a new article, a headline, and what touches the articles of the run before.

    These are a copy of the first, and a version of the second.
    """
    headline = f"عنوان طويل عن الحدث الكبير {number}"
    return [
        article(f"a{number}", f"خيل{number}"),
        article(f"b{number}", f"سفن{number}"),
        {"kind": "headline", "title": headline, "source": SOURCE},
        article(f"c{number}", f"خيل{number - 1}", source="جريدة الجبل"),
        article(f"b{number - 1}", f"سفن{number - 1}", end="تصحيح"),
        article(f"d{number}", f"جبل{number}", headline.replace(str(number), str(number - 1))),
    ]


def article(own_id, words, title=None, *, source=SOURCE, end=""):
    return {
        "id": own_id,
        "title": title or f"خبر {own_id}",
        "body": " ".join(f"{words}و{part}" for part in range(50)) + f" {end}",
        "source": source,
        "date": "2020-01-01",
    }


def add_and_die(address, dump, writes):
    """Add a dump, and end this process when this many writes are answered."""
    send, numbers = httpx.Client.send, itertools.count(1)

    def send_and_die(client, request, **options):
        response = send(client, request, **options)
        if request.url.path.endswith("/update") and next(numbers) == writes:
            os.kill(os.getpid(), signal.SIGKILL)
        return response

    httpx.Client.send = send_and_die
    add(address, dump)


def content(address):
    """Return what an archive holds, as a reader sees it, without the times of storing."""
    index = open_index(address).open()
    doc_ids = [doc_id for doc_id, _ in index.storing_times(0, MANY)]
    documents, copies = index.documents(doc_ids), index.copies_of(doc_ids)
    return {
        doc_id: (
            documents[doc_id],
            copies.get(doc_id),
            index.versions_of(doc_id),
            len(index.passages_of(doc_id)),
        )
        for doc_id in doc_ids
    }


def assert_holds(cluster, archive, workload):
    """Check that every replica has every document of the workload once, and nothing else."""
    documents = holdings(cluster, f"{archive}_documents")
    passages = holdings(cluster, f"{archive}_passages")
    assert documents.ids == workload.doc_ids
    assert {passage.partition("!")[0] for passage in passages.ids} == workload.doc_ids
    assert documents.doubled | documents.unequal | passages.doubled | passages.unequal == set()
    assert open_index(cluster.address(archive)).check() == []
