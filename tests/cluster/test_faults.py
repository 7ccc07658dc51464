"""A server that is killed costs no search and no document, and what it loses is copied anew."""

import pytest

from search.index.opening import open_index
from tests.cluster.replicas import holdings, leader
from tests.cluster.workload import add, running_workload
from tests.conftest import TINY_DUMP

pytestmark = pytest.mark.slow


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
    add(address, TINY_DUMP)
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


def assert_holds(cluster, archive, workload):
    """Check that every replica has every document of the workload once, and nothing else."""
    documents = holdings(cluster, f"{archive}_documents")
    passages = holdings(cluster, f"{archive}_passages")
    assert documents.ids == workload.doc_ids
    assert {passage.partition("!")[0] for passage in passages.ids} == workload.doc_ids
    assert documents.doubled | documents.unequal | passages.doubled | passages.unequal == set()
    assert open_index(cluster.address(archive)).check() == []
