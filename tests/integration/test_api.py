"""The endpoint for programs: its description, batches, freshness, keys, limits, counts."""

import gzip
import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from hashlib import sha256

import pytest
from limits.storage import MemoryStorage
from openapi_spec_validator import validate

from indexer.ingest import add_dumps
from search.engine import SearchEngine
from search.index.live import RETRY_S
from search.index.local.folder import SEGMENTS
from search.results.answer import SearchAnswer
from tests.conftest import TINY_DUMP, write_jsonl
from tests.encoder import NgramEncoder
from web import create_app
from web.api import schema
from web.error_handlers import Problem
from web.limits import Limits
from web.parameter_errors import MAX_QUERIES
from web.settings import SettingError, list_warnings, read_settings

KEY = "a long random key"
DIGEST = sha256(KEY.encode()).hexdigest()


@pytest.fixture
def client(engine):
    return create_app(engine=engine).test_client()


@pytest.fixture
def configured(engine):
    return lambda **config: create_app(config, engine=engine).test_client()


@pytest.fixture
def own_archive(tmp_path):
    def add(dump):
        add_dumps(
            [str(dump)], tmp_path / "a", NgramEncoder(), captured_on=None, show_progress=False
        )
        return tmp_path / "a"

    add(TINY_DUMP)
    return add


def counted(client, name):
    text = client.get("/metrics").get_data(as_text=True)
    return next(
        float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(f"{name} ")
    )


def test_the_description_is_valid_and_lists_every_path_of_the_api(client):
    described = client.get("/openapi.json").get_json()
    validate(described)
    assert described["openapi"].startswith("3.1")
    served = {
        rule.rule.replace("<", "{").replace(">", "}")
        for rule in client.application.url_map.iter_rules()
        if rule.rule.startswith("/api/")
    }
    assert served <= set(described["paths"])


def test_the_description_lists_the_parameters_that_are_validated(client):
    parameters = client.get("/openapi.json").get_json()["paths"]["/api/search"]["get"]["parameters"]
    by_name = {parameter["name"]: parameter for parameter in parameters}
    assert set(by_name) >= {"q", "mode", "kind", "source", "from", "to", "sort", "k", "page"}
    assert by_name["k"]["schema"] == {
        "type": "integer", "minimum": 1, "maximum": 100, "default": 10,
    }  # fmt: skip
    assert "فيضانات" in by_name["q"]["example"]


def test_the_documentation_describes_the_api_in_the_language_of_the_reader(configured):
    client = configured(API_KEYS=DIGEST)
    for ui, *sentences in (
        ("ar", "الجواب عن بحث واحد", "1…100", "hybrid | semantic | lexical"),
        ("fr", "Répondre à une recherche", "X-API-Key: KEY", "1…100"),
        ("en", "Answer one query", "X-API-Key: KEY", "1…100"),
    ):
        page = client.get(f"/docs?ui={ui}").get_data(as_text=True)
        assert [sentence for sentence in sentences if sentence not in page] == [], ui
        assert "/docs" in client.get("/search?q=السيول").get_data(as_text=True)
        loaded = re.findall(r'(?:src|href)="([^"]*)"', page)
        assert [address for address in loaded if address[0] not in "/#"] == []


def test_answers_have_the_schema_that_is_described(client):
    doc_id = client.get("/api/search?q=السيول").get_json()["hits"][0]["id"]
    for path, model in (
        ("/api/search?q=السيول&k=3", SearchAnswer),
        (f"/api/documents/{doc_id}", schema.WholeDocument),
        (f"/api/documents/{doc_id}/similar?k=2", schema.Similar),
        ("/api/suggest?q=ال", schema.Suggestions),
        ("/healthz", schema.Health),
        ("/readyz", schema.Readiness),
        ("/api/search", Problem),
    ):
        model.model_validate_json(client.get(path).data)


def test_a_document_is_not_similar_to_itself(client):
    doc_id = client.get("/api/search?q=السيول").get_json()["hits"][0]["id"]
    answer = client.get(f"/api/documents/{doc_id}/similar?k=3").get_json()
    assert (answer["id"], answer["k"], len(answer["hits"])) == (doc_id, 3, 3)
    assert doc_id not in [hit["id"] for hit in answer["hits"]]


def assert_refused(answers, expected):
    """Compare answers with their expected statuses and parts of their details, by request."""
    refusals = {}
    for request, answer in answers.items():
        detail = answer.get_json()["detail"]
        part = expected[request][1]
        refusals[request] = (answer.status_code, part if part in detail else detail)
        assert answer.mimetype == "application/problem+json", request
    assert refusals == expected


def test_a_document_that_does_not_exist_is_a_404(client):
    expected = {
        "none/similar": (404, "no document"),
        "none/similar?k=0": (400, "k is 0: expected 1 to 100"),
        "none/similar?k=x": (400, "k is 'x'"),
        "a%00b": (404, "no document"),
        "a" * 5000: (404, "no document"),
        "%ED%A0%80": (404, "no document"),
    }
    answers = {path: client.get(f"/api/documents/{path}") for path in expected}
    assert_refused(answers, expected)


def test_a_batch_answers_in_order_and_like_single_searches(client):
    queries = ["السيول", {"q": "الخضر", "k": 2, "mode": "lexical", "from": "2016-01-01"}]
    first, second = client.post("/api/search", json=queries).get_json()
    assert first["hits"] == client.get("/api/search?q=السيول").get_json()["hits"]
    alone = client.get("/api/search?q=الخضر&k=2&mode=lexical&from=2016-01-01").get_json()
    assert (second["hits"], second["facets"]) == (alone["hits"], alone["facets"])


def test_a_batch_that_cannot_be_read_is_refused_with_the_reason(client):
    expected = {
        b"": (400, "not JSON"),
        b"[": (400, "not JSON"),
        b'["\xff"]': (400, "not JSON"),
        b'["\\ud800"]': (400, "not JSON"),
        b"{}": (422, "expected an array of 1 to 100 queries"),
        b"[]": (422, "expected an array of 1 to 100 queries"),
        b"[1]": (422, "query 0 of the batch"),
        b'["a", ""]': (422, "query 1 of the batch: q is empty"),
        b'[{"k": 3}]': (422, "query 0 of the batch: q is empty"),
        b'[{"q": "a", "k": "3"}]': (422, "k is '3': expected 1 to 100"),
        b'[{"q": "a", "page": 100001}]': (422, "page is 100001: expected 1 to 100000 with k=10"),
        b'[{"q": "a", "from": 1700000000}]': (422, "from is 1700000000: expected a date"),
        b'[{"q": "a", "source": "x"}]': (422, "source is 'x': expected up to 100 names"),
        b'[{"q": "a", "K": 3}]': (422, "'K' is not a field of a query: expected q, mode"),
        json.dumps(["a"] * (MAX_QUERIES + 1)).encode(): (422, "1 to 100 queries"),
        b"[" * 100_000: (400, "not JSON"),
        b'["' + b"a" * 1_100_000 + b'"]': (413, "exceeds"),
    }
    answers = {
        body: client.post("/api/search", data=body, content_type="application/json")
        for body in expected
    }
    assert_refused(answers, expected)
    assert client.post("/api/search", data="q=a").status_code == 415


def test_the_largest_batch_is_answered(client):
    answers = client.post("/api/search", json=["السيول"] * MAX_QUERIES).get_json()
    assert len(answers) == MAX_QUERIES


def test_a_known_answer_is_not_sent_again_until_the_archive_changes(own_archive, tmp_path):
    running = SearchEngine.open(own_archive(TINY_DUMP), load=NgramEncoder)
    client = create_app(engine=running).test_client()
    first = client.get("/api/search?q=a")
    tag = first.headers["ETag"]
    assert tag.startswith('W/"')
    assert first.headers["Cache-Control"] == "no-cache"
    again = client.get("/api/search?q=a", headers={"If-None-Match": f'"x", {tag}'})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    own_archive(write_jsonl(tmp_path / "new.jsonl", [{"title": "خبر جديد"}]))
    fresh = client.get("/api/search?q=a", headers={"If-None-Match": tag})
    assert fresh.status_code == 200
    assert fresh.headers["ETag"] != tag


def test_refusals_are_not_cached(client):
    for path in ("/api/search", "/nothing", "/api/documents/none"):
        headers = client.get(path).headers
        assert (headers["Cache-Control"], headers.get("ETag")) == ("no-store", None), path


def test_answers_are_compressed_on_request(client):
    answer = client.get("/api/search?q=السيول", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in answer.headers["Vary"]
    assert json.loads(gzip.decompress(answer.data))["query"] == "السيول"
    assert "Content-Encoding" not in client.get("/api/search?q=السيول").headers


def test_only_named_sites_may_call_the_api_from_a_browser(client, configured):
    origin = {"Origin": "https://reader.example"}
    plain = client.get("/api/search?q=a", headers=origin).headers
    assert "Access-Control-Allow-Origin" not in plain
    named = configured(CORS_ORIGINS="https://reader.example, https://other.example")
    allowed = named.get("/api/search?q=a", headers=origin).headers
    assert allowed["Access-Control-Allow-Origin"] == "https://reader.example"
    other = named.get("/api/search?q=a", headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in other.headers
    assert "Access-Control-Allow-Origin" not in named.get("/search?q=a", headers=origin).headers


def test_a_key_opens_the_api_and_the_pages_need_none(configured):
    client = configured(API_KEYS=f"{'0' * 64},{DIGEST}")
    for name, value, status in (
        ("Accept", "*/*", 401),
        ("X-API-Key", "wrong", 401),
        ("X-API-Key", DIGEST, 401),
        ("Authorization", "Bearer wrong", 401),
        ("Authorization", "Basic eDp5", 401),
        ("X-API-Key", "مفتاح", 401),
        ("X-API-Key", KEY, 200),
        ("Authorization", f"Bearer {KEY}", 200),
    ):
        answer = client.get("/api/search?q=a", headers={name: value})
        assert answer.status_code == status, (name, value)
        assert client.get("/metrics", headers={name: value}).status_code == status, (name, value)
        if status == 401:
            assert answer.headers["WWW-Authenticate"].lower().startswith("bearer")
            assert answer.mimetype == "application/problem+json"
        else:
            assert answer.headers["Cache-Control"] == "private, no-cache"
    assert client.get("/search?q=a").status_code == client.get("/healthz").status_code == 200


def test_the_description_says_that_a_key_is_required(configured, client):
    assert "security" not in client.get("/openapi.json").get_json()
    described = configured(API_KEYS=DIGEST).get("/openapi.json").get_json()
    validate(described)
    assert described["security"] == [{"key": []}, {"bearer": []}]


class SilentStorage(MemoryStorage):
    """A store that connects at once, as the client of MongoDB does, and gets no answer."""

    STORAGE_SCHEME = ("silent",)  # as in the base class

    def __init__(self, uri, **options):
        raise TimeoutError("no answer")


def test_a_setting_that_cannot_be_used_stops_the_start(engine):
    for config, message in (
        ({"API_KEYS": f"{DIGEST},{KEY}"}, "entry 2 of ARSHIF_API_KEYS is not a SHA-256"),
        ({"RATE_LIMIT": "often"}, "ARSHIF_RATE_LIMIT is 'often'"),
        # Minus one proxy would trust the address that the client itself writes.
        ({"PROXIES": -1}, "ARSHIF_PROXIES is '-1': expected a whole number from 0 on"),
        ({"PROXIES": "one"}, "ARSHIF_PROXIES is 'one'"),
        ({"SEARCHES_AT_ONCE": "0"}, "ARSHIF_SEARCHES_AT_ONCE is '0': .* from 1 on"),
        ({"SEARCH_LIMIT_S": "soon"}, "ARSHIF_SEARCH_LIMIT_S is 'soon'"),
        ({"SEARCH_LIMIT_S": "-1"}, "ARSHIF_SEARCH_LIMIT_S is '-1': .* seconds above 0"),
        ({"SEARCH_LIMIT_S": "nan"}, "ARSHIF_SEARCH_LIMIT_S is 'nan'"),
        (
            {"RATE_LIMIT_STORAGE": f"nosuch://user:{KEY}@host"},
            "ARSHIF_RATE_LIMIT_STORAGE is 'nosuch://…@host': expected memory://, or the address",
        ),
        ({"RATE_LIMIT_STORAGE": "async+memory://"}, "ARSHIF_RATE_LIMIT_STORAGE is 'async"),
        ({"RATE_LIMIT_STORAGE": "silent://host"}, "'silent://host': .* store that runs"),
    ):
        with pytest.raises(SettingError, match=message) as refused:
            create_app(config, engine=engine)
        assert KEY not in str(refused.value)


def test_the_rate_limit_counts_the_queries_of_each_caller(configured):
    client = configured(RATE_LIMIT="3 per hour")
    assert client.post("/api/search", json=["a", "b"]).status_code == 200
    allowed = client.get("/search?q=a")
    assert (allowed.status_code, allowed.headers.get("Retry-After")) == (200, None)
    refused = client.get("/api/search?q=a")
    assert (refused.status_code, refused.mimetype) == (429, "application/problem+json")
    assert int(refused.headers["Retry-After"]) > 1000
    elsewhere = {"REMOTE_ADDR": "192.0.2.7"}
    assert client.get("/api/search?q=a", environ_overrides=elsewhere).status_code == 200
    assert client.get("/healthz").status_code == client.get("/docs").status_code == 200


def test_an_unknown_key_does_not_begin_a_new_count(configured):
    client = configured(RATE_LIMIT="1 per hour")
    statuses = [
        client.get("/search?q=a", headers={"X-API-Key": key}).status_code for key in ("a", "b")
    ]
    assert statuses == [200, 429]
    keyed = configured(RATE_LIMIT="1 per hour", API_KEYS=DIGEST)
    statuses = [
        keyed.get(path, headers={"X-API-Key": key}).status_code
        for path, key in (
            ("/search?q=a", "made up"),
            ("/search?q=a", "another"),
            ("/api/search?q=a", KEY),
            ("/api/search?q=a", KEY),
        )
    ]
    assert statuses == [200, 429, 200, 429]


def test_the_address_of_a_caller_is_taken_from_known_proxies_only(configured):
    forged = {"X-Forwarded-For": "192.0.2.9"}
    direct = configured(RATE_LIMIT="1 per hour")
    assert direct.get("/api/search?q=a", headers=forged).status_code == 200
    assert direct.get("/api/search?q=a").status_code == 429
    behind = configured(RATE_LIMIT="1 per hour", PROXIES=1)
    assert behind.get("/api/search?q=a", headers=forged).status_code == 200
    assert behind.get("/api/search?q=a").status_code == 200
    assert behind.get("/api/search?q=a", headers=forged).status_code == 429


def test_an_open_service_warns_of_what_it_lacks(engine):
    whole = {"API_KEYS": DIGEST, "RATE_LIMIT": "60/minute", "HOSTS": "arshif.example"}
    warnings = {
        "127.0.0.1": ({}, 0),
        "::1": ({}, 0),
        "localhost": ({}, 0),
        "0.0.0.0": ({}, 3),
        "192.0.2.1": ({"API_KEYS": DIGEST}, 2),
        "::": (whole, 0),
    }
    for host, (config, count) in warnings.items():
        listed = list_warnings(read_settings(config), host)
        assert len(listed) == count, (host, listed)


@pytest.mark.slow
def test_a_full_service_says_when_to_retry(engine):
    app = create_app({"SEARCHES_AT_ONCE": 1, "RATE_LIMIT": "100 per hour"}, engine=engine)
    client = app.test_client()
    with app.app_context():
        turns = Limits.current().searches
    assert turns.acquire()
    paths = {"/api/search?q=a": "application/problem+json", "/search?q=a": "text/html"}
    with ThreadPoolExecutor(len(paths)) as pool:  # each request waits two seconds for its turn
        answers = list(pool.map(lambda path: app.test_client().get(path), paths))
    assert [answer.status_code for answer in answers] == [503] * len(paths)
    assert [answer.mimetype for answer in answers] == [*paths.values()]
    assert [answer.headers.getlist("Retry-After") for answer in answers] == [["1"]] * len(paths)
    assert counted(client, 'arshif_refused_total{status="503"}') == len(paths)
    assert client.get("/healthz").status_code == client.get("/docs").status_code == 200
    turns.release()
    for _ in range(3):  # each request gives its turn back, also when it is refused
        assert [client.get(path).status_code for path in (*paths, "/api/search")] == [200, 200, 400]


@pytest.mark.parametrize("path", ["/api/search", "/export.json?q=السيول"])
def test_a_request_that_searches_many_times_lets_others_go_first(engine, path):
    app = create_app({"SEARCHES_AT_ONCE": 1}, engine=engine)
    with app.app_context():
        turns = Limits.current().searches
    method = "POST" if path == "/api/search" else "GET"
    assert turns.acquire()
    with ThreadPoolExecutor(1) as pool:
        request = partial(app.test_client().open, path, method=method, json=["السيول"] * 50)
        answer = pool.submit(request)
        wait_until(lambda: turns.waiting)
        # The turn goes back and forth: the request has some of its searches done each time.
        passed = 0
        while turns.yield_turn() and not answer.done():
            passed += 1
        turns.release()
        assert answer.result().status_code == 200
    assert passed >= (49 if method == "POST" else 1)


def wait_until(is_true):
    ends_at = time.monotonic() + 60
    while not is_true():
        assert time.monotonic() < ends_at
        time.sleep(0.001)


def test_hosts_other_than_the_named_ones_are_refused(configured):
    client = configured(HOSTS="arshif.example, .press.example")
    for host, status in (
        ("arshif.example", 200),
        ("arshif.example:8000", 200),
        ("www.press.example", 200),
        ("evil.example", 400),
        ("<script>", 400),
    ):
        for path in ("/feed.atom?q=السيول", "/opensearch.xml", "/api/search?q=a"):
            assert client.get(path, headers={"Host": host}).status_code == status
        assert client.get("/healthz", headers={"Host": host}).status_code == 200
    refused = client.get("/api/search?q=a", headers={"Host": "evil.example"})
    assert refused.mimetype == "application/problem+json"
    assert "تعذّر فهم هذا الطلب" in client.get("/", headers={"Host": "evil.example"}).text


def test_guesses_of_a_key_from_one_address_are_limited(configured):
    client = configured(API_KEYS=DIGEST)
    search = partial(client.get, "/api/search?q=a")
    for _ in range(20):  # a request without a key guesses nothing
        assert search().status_code == 401
    wrong = {"X-API-Key": "a guess"}
    statuses = [search(headers=wrong).status_code for _ in range(11)]
    assert statuses == [401] * 10 + [429]
    # The right key is refused too, or guessing could continue.
    refused = search(headers={"X-API-Key": KEY})
    assert (refused.status_code, refused.mimetype) == (429, "application/problem+json")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    elsewhere = {"REMOTE_ADDR": "192.0.2.7"}
    right = search(headers={"X-API-Key": KEY}, environ_overrides=elsewhere)
    assert right.status_code == 200


def test_a_search_that_takes_too_long_is_a_503_without_hits(configured):
    client = configured(SEARCH_LIMIT_S=1e-9)
    answer = client.get("/api/search?q=a")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert "took longer than" in answer.get_json()["detail"]
    assert "hits" not in answer.get_json()


def test_metrics_count_requests_and_stages(client):
    client.get("/api/search?q=a")
    client.get("/api/search")
    client.get("/nothing-there")
    ok = 'arshif_requests_total{endpoint="api.search",method="GET",status="200"}'
    assert counted(client, ok) == 1
    assert counted(client, 'arshif_refused_total{status="400"}') == 1
    assert (
        counted(client, 'arshif_requests_total{endpoint="other",method="other",status="404"}') == 1
    )
    for stage in ("lexical", "semantic", "fusion", "reading", "render"):
        assert counted(client, f'arshif_stage_seconds_count{{stage="{stage}"}}') == 1
    assert counted(client, "arshif_archive_documents") == 18
    assert counted(client, "arshif_searches_running") == 0
    assert counted(client, "arshif_archive_commit_age_seconds") > 0


def test_a_broken_commit_shows_in_readiness_and_metrics_while_the_old_one_is_served(
    own_archive, tmp_path, monkeypatch
):
    folder = own_archive(TINY_DUMP)
    client = create_app(engine=SearchEngine.open(folder, load=NgramEncoder)).test_client()
    assert client.get("/readyz").get_json()["documents"] == 18
    own_archive(write_jsonl(tmp_path / "new.jsonl", [{"title": "خبر جديد"}]))
    segment = max((folder / SEGMENTS).iterdir())
    whole = segment.read_bytes()
    segment.write_bytes(whole[:50])
    assert client.get("/api/search?q=السيول").get_json()["hits"]
    refused = client.get("/readyz")
    assert (refused.status_code, refused.mimetype) == (503, "application/problem+json")
    assert str(tmp_path) not in refused.get_data(as_text=True)
    assert counted(client, 'arshif_reloads_total{outcome="failed"}') == 1
    assert counted(client, "arshif_archive_is_current") == 0
    segment.write_bytes(whole)
    later = time.monotonic() + RETRY_S
    monkeypatch.setattr("search.index.live.time.monotonic", lambda: later)
    assert client.get("/readyz").get_json()["documents"] == 19
    assert counted(client, 'arshif_reloads_total{outcome="served"}') == 1


def test_a_missing_archive_shows_in_readiness_and_metrics(own_archive, tmp_path):
    folder = own_archive(TINY_DUMP)
    client = create_app(engine=SearchEngine.open(folder, load=NgramEncoder)).test_client()
    folder.rename(tmp_path / "away")
    assert client.get("/readyz").status_code == 503
    assert client.get("/api/search?q=a").status_code == 503
    assert client.get("/healthz").status_code == 200
    assert counted(client, "arshif_archive_is_current") == 0
    (tmp_path / "away").rename(folder)
    assert client.get("/readyz").status_code == client.get("/api/search?q=a").status_code == 200


def test_request_ids_are_kept_if_harmless(client):
    for sent, is_kept in (
        *(("abc-1.2_3", True), ("", False), ("a b", False), ("a" * 65, False), ("é", False)),
    ):
        received = client.get("/healthz", headers={"X-Request-ID": sent}).headers["X-Request-ID"]
        assert (received == sent) is is_kept, sent
        assert len(received) == (len(sent) if is_kept else 32), sent


def test_the_server_timing_header_lists_the_stages_of_a_search(client):
    timing = client.get("/api/search?q=a").headers["Server-Timing"]
    assert [part.split(";")[0] for part in timing.split(", ")] == [
        "open", "interpret", "match", "lexical", "semantic", "fusion", "reading",
        "render", "total",
    ]  # fmt: skip


def test_the_log_has_a_line_for_a_request_and_query_text_only_at_debug(client, caplog):
    caplog.set_level("INFO")
    client.get("/api/search?q=سريجدا", headers={"X-Request-ID": "r1"})
    [line] = [record for record in caplog.records if record.name == "web.headers"]
    assert line.fields["path"] == "/api/search"
    assert (line.fields["status"], line.fields["request_id"]) == (200, "r1")
    assert "سريجدا" not in caplog.text
    caplog.set_level("DEBUG")
    client.get("/api/search?q=سريجدا")
    assert "سريجدا" in caplog.text
