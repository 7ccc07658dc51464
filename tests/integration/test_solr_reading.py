"""Reading an archive on a cluster: the requests of a query, and parts that are gone."""

import httpx
import pytest

from indexer.ingest import add_dumps
from search.engine import SearchEngine
from search.errors import ArchiveError, SearchError
from search.index.opening import open_index
from search.index.solr import scope
from search.index.solr.client import SolrClient
from search.query.planning import plan_query
from search.records import Filters, Query, Sort
from tests.conftest import TINY_DUMP
from tests.encoder import NgramEncoder

pytestmark = pytest.mark.slow
# The mark of the state; matches, words and vectors; the rows of the best by words; the documents,
# and the copies of some.
MOST_REQUESTS = 7


@pytest.fixture(scope="module")
def address(cluster):
    address = cluster.address("reading")
    add_dumps([str(TINY_DUMP)], address, NgramEncoder(), captured_on=None, show_progress=False)
    return address


@pytest.fixture
def engine(address):
    return SearchEngine.open(address, lambda name: NgramEncoder())


@pytest.fixture
def requests(monkeypatch):
    sent = []
    send = SolrClient._request

    def count(self, method, path, **options):
        sent.append(path)
        return send(self, method, path, **options)

    monkeypatch.setattr(SolrClient, "_request", count)
    return sent


def test_a_query_takes_few_requests(engine, requests):
    for query in (
        Query("السد"),
        Query("محصول القمح والشعير"),
        Query("الماء", filters=Filters(languages=("ar",))),
        Query("السد", sort=Sort.NEWEST),
    ):
        requests.clear()
        assert engine.search(query).hits, query
        assert len(requests) <= MOST_REQUESTS, (query, requests)


def test_operators_leave_the_same_passages_however_they_are_applied(engine, monkeypatch):
    """Documents are listed, or those that are left out, or passages are filtered afterwards."""
    index = engine.index
    [vector] = NgramEncoder().encode_queries(["السد والماء"])
    for text in ("السد -الماء", '"السد"', "-السد", "السد -قققق"):
        rankings = []
        for most in (5000, 3, 0):
            monkeypatch.setattr(scope, "MAX_LISTED", most)
            plan = plan_query(Query(text), index, None)
            for ranking in (
                index.rank_by_words(plan, 1000),
                index.rank_by_vector(vector, plan.scope, 1000),
            ):
                passages = ranking.candidates
                rankings.append([*zip(passages.doc_ids(), passages.ordinal.tolist(), strict=True)])
        assert rankings[0::2] == [rankings[0]] * 3, text
        assert rankings[1::2] == [rankings[1]] * 3, text
        assert rankings[1], text


def test_a_part_that_is_gone_is_an_error_and_no_empty_answer(cluster, address):
    archive = open_index(cluster.address("halved"))
    add_dumps(
        [str(TINY_DUMP)], archive.address, NgramEncoder(), captured_on=None, show_progress=False
    )
    engine = SearchEngine.open(archive.address, lambda name: NgramEncoder())
    engine.live.probe()
    for action, name in (("DELETEALIAS", "halved_passages"), ("DELETE", "halved_passages_1")):
        parameters = {"action": action, "name": name}
        httpx.get(cluster.url("admin/collections"), params=parameters).raise_for_status()
    with pytest.raises(ArchiveError):
        engine.live.probe()
    with pytest.raises(SearchError):
        engine.search(Query("السد"))


def test_a_collection_with_another_schema_is_refused(cluster):
    address = cluster.address("older")
    add_dumps([str(TINY_DUMP)], address, NgramEncoder(), captured_on=None, show_progress=False)
    config = {"name": "arshif-0-documents", "baseConfigSet": "arshif-1-documents"}
    collection = {"name": "older_0", "numShards": 1, "collection.configName": config["name"]}
    alias = {"name": "older_documents", "collections": "older_0"}
    for path, action, parameters in (
        ("configs", "CREATE", config),
        ("collections", "CREATE", collection),
        ("collections", "CREATEALIAS", alias),
    ):
        url = cluster.url(f"admin/{path}")
        httpx.get(url, params={"action": action, **parameters}).raise_for_status()
    with pytest.raises(ArchiveError, match=r"older_0 has the configuration arshif-0-documents"):
        open_index(address).open()


def test_an_address_without_an_archive_is_refused(cluster):
    archive = open_index(cluster.address("nothing"))
    assert (archive.encoder_identity(), archive.size_bytes()) == (None, 0)
    for use in (archive.open, archive.mark, archive.status, archive.check):
        with pytest.raises(ArchiveError, match="no archive at"):
            use()
