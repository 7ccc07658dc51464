import base64

import httpx
import pytest

from search.errors import ArchiveError, SearchTimeout
from search.index.solr import client as solr_client
from search.index.solr.client import AUTH, LostAnswerError, SolrAddress, SolrClient, SolrError

ADDRESS = "solr+http://one:8983,two:8983/solr/press"
EMPTY = {"responseHeader": {"status": 0}, "response": {"docs": []}}


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    monkeypatch.setattr(solr_client, "FIRST_PAUSE_S", 0.0)


def client_of(answer):
    """Return a client, and the requests that it sends; `answer` gives a status and a body each."""
    sent = []

    def handle(request):
        sent.append(request)
        status, body = answer(request)
        return httpx.Response(status, json=body)

    return SolrClient(SolrAddress.parse(ADDRESS), httpx.MockTransport(handle)), sent


def test_an_address_names_nodes_and_an_archive():
    address = SolrAddress.parse(ADDRESS)
    assert address.urls() == ["http://one:8983/solr", "http://two:8983/solr"]
    assert (address.name, str(address)) == ("press", ADDRESS)
    assert SolrAddress.parse("solr+https://one/a/solr/x_1").urls() == ["https://one/a/solr"]


def test_an_address_of_another_form_is_refused():
    for text in (
        "solr+http:///solr/press", "solr+http://one", "solr+http://one/solr/",
        "solr+http://one/solr/a b", "solr+http://one/solr/a/../b?c", "solr+ftp://one/solr/press",
    ):  # fmt: skip
        with pytest.raises(ArchiveError, match="no address of an archive on Solr"):
            SolrAddress.parse(text)
    for credentials in ("user:secret", "user:sec/ret"):
        with pytest.raises(ArchiveError, match=f"set {AUTH}=user:password"):
            SolrAddress.parse(f"solr+http://{credentials}@one/solr/press")


def test_requests_go_to_all_nodes_in_turn_and_a_failed_node_is_asked_last():
    failing = set()
    client, sent = client_of(lambda request: (503 if request.url.host in failing else 200, EMPTY))
    for _ in range(4):
        client.select("press_documents", {"q": "*:*"})
    assert [request.url.host for request in sent] == ["one", "two", "one", "two"]
    sent.clear()
    failing.add("one")
    for _ in range(4):
        client.select("press_documents", {"q": "*:*"})
    assert [request.url.host for request in sent] == ["one", "two", "two", "two", "two"]


def test_what_no_node_answers_is_tried_again_unless_it_writes():
    client, sent = client_of(lambda request: (503, {"error": {"msg": "no leader"}}))
    with pytest.raises(LostAnswerError, match=r"did not answer .* in 8 tries .*503 no leader"):
        client.select("press_documents", {"q": "*:*"})
    assert len(sent) == 8
    with pytest.raises(LostAnswerError, match="in 1 tries"):
        client.update("press_documents", [{"id": "a"}])
    assert len(sent) == 9


def test_a_node_that_knows_too_little_of_the_cluster_refuses_nothing():
    for status, reason in (
        (400, "Could not load collection from ZK: press_documents"),
        (403, "URL http://two:8983 is neither a live node of the cluster nor in the configured"),
    ):
        refusal = (status, {"error": {"msg": reason}})
        client, sent = client_of(
            lambda request, refusal=refusal: refusal if request.url.host == "one" else (200, EMPTY)
        )
        client.select("press_documents", {"q": "*:*"})
        assert [request.url.host for request in sent] == ["one", "two"]


def test_a_partial_answer_is_no_answer():
    partial = {**EMPTY, "responseHeader": {"status": 0, "partialResults": True}}
    client, _ = client_of(lambda request: (200, partial))
    with pytest.raises(SearchTimeout, match="only a part of an answer within 10 s"):
        client.select("press_documents", {"q": "*:*"})


def test_a_refusal_says_why_and_is_not_tried_again():
    client, sent = client_of(lambda request: (400, {"error": {"msg": "undefined field x"}}))
    with pytest.raises(SolrError, match="with 400: undefined field x") as refusal:
        client.select("press_documents", {"q": "x:1"})
    assert (refusal.value.status, len(sent)) == (400, 1)


def test_credentials_come_from_the_environment_and_are_in_no_message(monkeypatch):
    monkeypatch.setenv(AUTH, "press:s3cret")
    client, sent = client_of(lambda request: (401, {"error": {"msg": "require authentication"}}))
    with pytest.raises(ArchiveError, match=f"set {AUTH}=user:password") as refusal:
        client.select("press_documents", {"q": "*:*"})
    expected = base64.b64encode(b"press:s3cret").decode()
    assert sent[0].headers["Authorization"] == f"Basic {expected}"
    assert "s3cret" not in str(refusal.value)


def test_values_travel_in_a_form():
    client, sent = client_of(lambda request: (200, EMPTY))
    client.select("press_documents", {"q": '" OR *:*', "rows": 3, "fq": ["a:1", "b&c=2"]})
    form = httpx.QueryParams(sent[0].content.decode())
    assert (form["q"], form["rows"], form.get_list("fq")) == ('" OR *:*', "3", ["a:1", "b&c=2"])
    assert (form["shards.tolerant"], form["expandMacros"]) == ("false", "false")


def test_an_id_with_a_comma_is_of_no_entry():
    client, sent = client_of(lambda request: (200, EMPTY))
    assert client.get("press_documents", ["a,b"], "id") == []
    assert sent == []
