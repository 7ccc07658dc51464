"""Nothing that a stranger writes is read as a query, and no secret of the archive is told."""

import base64
import logging
from urllib.parse import quote

import pytest

from search.engine import SearchEngine
from search.errors import ArchiveError, QueryError
from search.index.opening import open_index
from search.records import Filters, Query
from tests.cluster.servers import LOOPBACK, running_cluster
from tests.cluster.tls import make_certificate, tls_relay
from tests.cluster.workload import add
from tests.conftest import TINY_DUMP, write_jsonl
from tests.encoder import NgramEncoder
from web import create_app

pytestmark = pytest.mark.slow

USER, PASSWORD = "archivist", "s3cret:of/the+house"
# Solr's query syntaxes, local parameters, macros, routing, XML, JSON, paths, and odd characters.
HOSTILE = [
    "*:*",
    "{!func}1",
    "{!xmlparser v='<MatchAllDocsQuery/>'}",
    "</TermQuery><MatchAllDocsQuery/><TermQuery>",
    "]]><!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]>&y;",
    "source:[* TO *]",
    '") OR id:("',
    '_query_:"{!lucene}*:*"',
    "$q ${sys:user.name} ${jndi:ldap://localhost/x}",
    "q=*:*&fq=-id:x&shards=127.0.0.1:1/solr",
    '","delete":{"query":"*:*"},"x":"',
    "a!b",
    "a/2!b!c",
    "x,y;z",
    "../../admin/configs?action=DELETE",
    "%00%0d%0a",
    '+ - && || ! ( ) { } [ ] ^ " ~ * ? : \\ /',
    "خبر\u0000سر \u000b\u001f \ufffe\uffff",
    "\u202eخبر\u2066 \ufeff",
    "🙂 𐐷",
    "ك" * 40_000,
]
# A newspaper with these characters in its name cannot be filtered by on a cluster.
NO_XML = dict.fromkeys([0x00, 0x0B, 0x1F, 0xFFFE, 0xFFFF])


@pytest.fixture(scope="module")
def engines(cluster, tmp_path_factory):
    """Return engines of a cluster and of a folder with the same hostile documents."""
    folder = tmp_path_factory.mktemp("hostile")
    records = [
        {
            "id": text[:100],
            "title": f"عنوان {number} {text[:200]}",
            "body": f"نص مشترك {number} {text} " + " ".join(f"كلمة{number}و{n}" for n in range(40)),
            "source": text[:60].translate(NO_XML),
            "author": text[:60],
            "url": f"https://example.com/{number}?q={text[:60]}",
            "date": "2020-01-01",
        }
        for number, text in enumerate(HOSTILE)
    ]
    dump = write_jsonl(folder / "dump.jsonl", records)
    engines = []
    for address in (cluster.address("hostile"), str(folder / "archive")):
        add(address, dump)
        engines.append(SearchEngine.open(address, load=lambda name: NgramEncoder()))
    return engines


def test_hostile_documents_are_stored_as_they_are(engines):
    on_cluster, in_folder = (engine.index for engine in engines)
    ids = [doc_id for doc_id, _ in in_folder.titles(100)]
    assert len(ids) == len(HOSTILE)
    assert on_cluster.documents(ids) == in_folder.documents(ids)
    assert dict(on_cluster.sources()) == dict(in_folder.sources())


def test_hostile_queries_find_what_they_find_in_a_folder(engines):
    for text in HOSTILE:
        typed = text[:400]
        for query in (
            Query(typed, k=50),
            Query(f'"{typed}"', k=50),
            Query(f"title:{typed}", k=50),
            Query(f"مشترك -{typed}", k=50),
            Query("مشترك", filters=Filters(sources=(typed,)), k=50),
            Query("مشترك", filters=Filters(languages=(typed,)), k=50),
        ):
            on_cluster, in_folder = (outcome(engine, query) for engine in engines)
            assert on_cluster == in_folder, query


def outcome(engine, query):
    try:
        page = engine.search(query)
    except QueryError as error:
        return str(error)
    return page.total, page.undated, {hit.document.doc_id for hit in page.hits}


def test_hostile_ids_name_nothing(engines, cluster):
    on_cluster, _ = engines
    archive = open_index(cluster.address("hostile"))
    for text in HOSTILE:
        assert on_cluster.index.documents([text]) == {}
        assert on_cluster.index.find(text) is None
        assert len(on_cluster.index.passages_of(text)) == 0
        with pytest.raises(ArchiveError):
            archive.remove_ids([text])
    assert archive.status().documents == len(HOSTILE)


def test_hostile_addresses_of_pages_are_answered_as_of_a_folder(engines):
    clients = [create_app(engine=engine).test_client() for engine in engines]
    for text in HOSTILE:
        typed = quote(text[:400], safe="")
        for path in (f"/document/{typed}", f"/api/search?q={typed}&source={typed}&source=x"):
            on_cluster, in_folder = (client.get(path).status_code for client in clients)
            assert on_cluster == in_folder < 500, path


def test_a_password_opens_a_cluster_and_is_told_to_nobody(cluster, tmp_path, monkeypatch, caplog):
    """`cluster` is taken for its skip alone."""
    caplog.set_level(logging.DEBUG)
    secrets = [PASSWORD, base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()]
    with running_cluster(
        tmp_path / "servers", sites=[LOOPBACK], credentials=f"{USER}:{PASSWORD}"
    ) as guarded:
        address = guarded.address("guarded")
        for credentials in (None, f"{USER}:{PASSWORD[1:]}"):
            if credentials:
                monkeypatch.setenv("ARSHIF_SOLR_AUTH", credentials)
            with pytest.raises(ArchiveError, match="ARSHIF_SOLR_AUTH") as refusal:
                add(address, TINY_DUMP)
            assert PASSWORD[1:] not in str(refusal.value)
        monkeypatch.setenv("ARSHIF_SOLR_AUTH", f"{USER}:{PASSWORD}")
        add(address, TINY_DUMP)
        engine = SearchEngine.open(address, load=lambda name: NgramEncoder())
        assert engine.search(Query("السيول")).total > 0
        with pytest.raises(ArchiveError) as refusal:
            open_index(address.replace("://", f"://{USER}:{PASSWORD}@"))
    told = [str(refusal.value), caplog.text, *(log.read_text() for log in tmp_path.rglob("log"))]
    assert [secret for secret in secrets if any(secret in text for text in told)] == []


def test_a_cluster_behind_tls_is_reached_with_certificates(cluster, engines, tmp_path, monkeypatch):
    """The relay shows, and demands, a certificate that no authority of the system knows."""
    certificate = make_certificate(tmp_path)
    with tls_relay(cluster.nodes[0], certificate) as port:
        address = f"solr+https://127.0.0.1:{port}/solr/hostile"
        with pytest.raises(ArchiveError, match="certificate verify failed"):
            open_index(address).status()
        for name in ("ARSHIF_SOLR_CA", "ARSHIF_SOLR_CERT"):
            monkeypatch.setenv(name, str(certificate))
        assert open_index(address).status().documents == len(HOSTILE)
