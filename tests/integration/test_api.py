"""The endpoint for programs: its description, batches, freshness, keys, limits, counts."""

import gzip
import json
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from hashlib import sha256

import pytest
from openapi_spec_validator import validate

from indexer.ingest import add_dumps
from search.engine import SearchEngine
from search.index.live import RETRY_S
from search.index.local.database.schema import SEGMENTS
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


def test_description_is_valid_and_names_every_path_of_the_api(client):
    described = client.get("/openapi.json").get_json()
    validate(described)
    assert described["openapi"].startswith("3.1")
    served = {
        rule.rule.replace("<", "{").replace(">", "}")
        for rule in client.application.url_map.iter_rules()
        if rule.rule.startswith("/api/")
    }
    assert served <= set(described["paths"])


def test_description_has_the_parameters_that_are_validated(client):
    parameters = client.get("/openapi.json").get_json()["paths"]["/api/search"]["get"]["parameters"]
    by_name = {parameter["name"]: parameter for parameter in parameters}
    assert set(by_name) >= {"q", "mode", "kind", "source", "from", "to", "sort", "k", "page"}
    assert by_name["k"]["schema"] == {
        "type": "integer", "minimum": 1, "maximum": 100, "default": 10,
    }  # fmt: skip
    assert "فيضانات" in by_name["q"]["example"]


def test_documentation_is_a_page_of_ours(client):
    page = client.get("/docs").get_data(as_text=True)
    assert "GET /api/search" in page
    assert "http" not in page.replace("https://www.rfc-editor.org", "")


@pytest.mark.parametrize(
    ("path", "model"),
    [
        ("/api/search?q=السيول&k=3", SearchAnswer),
        ("/api/documents/{id}", schema.WholeDocument),
        ("/api/documents/{id}/similar?k=2", schema.Similar),
        ("/api/suggest?q=ال", schema.Suggestions),
        ("/healthz", schema.Health),
        ("/readyz", schema.Readiness),
        ("/api/search", Problem),
    ],
)
def test_answers_have_the_shape_that_is_described(client, path, model):
    doc_id = client.get("/api/search?q=السيول").get_json()["hits"][0]["id"]
    model.model_validate_json(client.get(path.replace("{id}", doc_id)).data)


def test_similar_documents_do_not_hold_the_document_itself(client):
    doc_id = client.get("/api/search?q=السيول").get_json()["hits"][0]["id"]
    found = client.get(f"/api/documents/{doc_id}/similar?k=3").get_json()
    assert (found["id"], found["k"], len(found["hits"])) == (doc_id, 3, 3)
    assert doc_id not in [hit["id"] for hit in found["hits"]]


@pytest.mark.parametrize(
    ("path", "status", "detail"),
    [
        ("/api/documents/none/similar", 404, "no document"),
        ("/api/documents/none/similar?k=0", 400, "k is 0: expected 1 to 100"),
        ("/api/documents/none/similar?k=x", 400, "k is 'x'"),
        ("/api/documents/a%00b", 404, "no document"),
        ("/api/documents/" + "a" * 5000, 404, "no document"),
        ("/api/documents/%ED%A0%80", 404, "no document"),
    ],
)
def test_documents_that_are_not_there(client, path, status, detail):
    answer = client.get(path)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert detail in answer.get_json()["detail"]


def test_batch_answers_in_order_as_single_searches_do(client):
    queries = ["السيول", {"q": "الخضر", "k": 2, "mode": "lexical", "from": "2016-01-01"}]
    first, second = client.post("/api/search", json=queries).get_json()
    assert first["hits"] == client.get("/api/search?q=السيول").get_json()["hits"]
    alone = client.get("/api/search?q=الخضر&k=2&mode=lexical&from=2016-01-01").get_json()
    assert (second["hits"], second["facets"]) == (alone["hits"], alone["facets"])


@pytest.mark.parametrize(
    ("body", "status", "detail"),
    [
        (b"", 400, "no JSON"),
        (b"[", 400, "no JSON"),
        (b'["\xff"]', 400, "no JSON"),
        (b'["\\ud800"]', 400, "no JSON"),
        (b"{}", 422, "expected an array of 1 to 100 queries"),
        (b"[]", 422, "expected an array of 1 to 100 queries"),
        (b"[1]", 422, "query 0 of the batch"),
        (b'["a", ""]', 422, "query 1 of the batch: q is empty"),
        (b'[{"k": 3}]', 422, "query 0 of the batch: q is empty"),
        (b'[{"q": "a", "k": "3"}]', 422, "k is '3': expected 1 to 100"),
        (b'[{"q": "a", "page": 100001}]', 422, "page is 100001: expected 1 to 100000 with k=10"),
        (b'[{"q": "a", "from": 1700000000}]', 422, "from is 1700000000: expected a date"),
        (b'[{"q": "a", "source": "x"}]', 422, "source is 'x': expected up to 100 names"),
        (b'[{"q": "a", "K": 3}]', 422, "'K' is no field of a query: expected q, mode"),
        (json.dumps(["a"] * (MAX_QUERIES + 1)).encode(), 422, "1 to 100 queries"),
        (b"[" * 100_000, 400, "no JSON"),
        (b'["' + b"a" * 1_100_000 + b'"]', 413, "exceeds"),
    ],
)
def test_batches_that_cannot_be_used(client, body, status, detail):
    answer = client.post("/api/search", data=body, content_type="application/json")
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert detail in answer.get_json()["detail"]


def test_batch_of_another_type_is_refused(client):
    assert client.post("/api/search", data="q=a").status_code == 415


def test_largest_batch_is_answered(client):
    found = client.post("/api/search", json=["السيول"] * MAX_QUERIES).get_json()
    assert len(found) == MAX_QUERIES


def test_known_answer_is_not_sent_again_until_the_archive_changes(own_archive, tmp_path):
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


@pytest.mark.parametrize("path", ["/api/search", "/nothing", "/api/documents/none"])
def test_refusals_are_not_kept(client, path):
    answer = client.get(path)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "ETag" not in answer.headers


def test_answers_are_compressed_for_those_who_ask(client):
    answer = client.get("/api/search?q=السيول", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in answer.headers["Vary"]
    assert json.loads(gzip.decompress(answer.data))["query"] == "السيول"
    assert "Content-Encoding" not in client.get("/api/search?q=السيول").headers


def test_other_sites_may_call_only_if_named(client, configured):
    asked = {"Origin": "https://reader.example"}
    assert "Access-Control-Allow-Origin" not in client.get("/api/search?q=a", headers=asked).headers
    named = configured(CORS_ORIGINS="https://reader.example, https://other.example")
    allowed = named.get("/api/search?q=a", headers=asked).headers
    assert allowed["Access-Control-Allow-Origin"] == "https://reader.example"
    other = named.get("/api/search?q=a", headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in other.headers
    assert "Access-Control-Allow-Origin" not in named.get("/search?q=a", headers=asked).headers


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"X-API-Key": "wrong"}, 401),
        ({"X-API-Key": DIGEST}, 401),
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": "Basic eDp5"}, 401),
        ({"X-API-Key": "مفتاح"}, 401),
        ({"X-API-Key": KEY}, 200),
        ({"Authorization": f"Bearer {KEY}"}, 200),
    ],
)
def test_keys_open_the_api(configured, headers, status):
    client = configured(API_KEYS=f"{'0' * 64},{DIGEST}")
    answer = client.get("/api/search?q=a", headers=headers)
    assert answer.status_code == status
    assert client.get("/metrics", headers=headers).status_code == status
    if status == 401:
        assert answer.headers["WWW-Authenticate"].lower().startswith("bearer")
        assert answer.mimetype == "application/problem+json"
    else:
        assert answer.headers["Cache-Control"] == "private, no-cache"
    assert client.get("/search?q=a").status_code == client.get("/healthz").status_code == 200


def test_description_says_that_a_key_is_wanted(configured, client):
    assert "security" not in client.get("/openapi.json").get_json()
    described = configured(API_KEYS=DIGEST).get("/openapi.json").get_json()
    validate(described)
    assert described["security"] == [{"key": []}, {"bearer": []}]


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"API_KEYS": f"{DIGEST},{KEY}"}, "entry 2 of ARSHIF_API_KEYS is no SHA-256"),
        ({"RATE_LIMIT": "often"}, "ARSHIF_RATE_LIMIT is 'often'"),
        # Minus one proxy would believe whichever address the client writes first.
        ({"PROXIES": -1}, "ARSHIF_PROXIES is '-1': expected a whole number from 0 on"),
        ({"PROXIES": "one"}, "ARSHIF_PROXIES is 'one'"),
        ({"SEARCHES_AT_ONCE": "0"}, "ARSHIF_SEARCHES_AT_ONCE is '0': .* from 1 on"),
        ({"SEARCH_LIMIT_S": "soon"}, "ARSHIF_SEARCH_LIMIT_S is 'soon'"),
    ],
)
def test_settings_that_cannot_be_used_stop_the_start(engine, config, message):
    with pytest.raises(SettingError, match=message) as refused:
        create_app(config, engine=engine)
    assert KEY not in str(refused.value)


def test_rate_limit_counts_the_queries_of_each_caller(configured):
    client = configured(RATE_LIMIT="3 per hour")
    assert client.post("/api/search", json=["a", "b"]).status_code == 200
    assert client.get("/search?q=a").status_code == 200
    refused = client.get("/api/search?q=a")
    assert (refused.status_code, refused.mimetype) == (429, "application/problem+json")
    assert int(refused.headers["Retry-After"]) > 0
    elsewhere = {"REMOTE_ADDR": "192.0.2.7"}
    assert client.get("/api/search?q=a", environ_overrides=elsewhere).status_code == 200
    assert client.get("/healthz").status_code == client.get("/docs").status_code == 200


def test_a_made_up_key_does_not_begin_a_new_count(configured):
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


def test_only_a_refusal_says_when_to_come_back(configured):
    client = configured(RATE_LIMIT="1 per hour")
    assert "Retry-After" not in client.get("/search?q=a").headers
    assert int(client.get("/search?q=a").headers["Retry-After"]) > 1000
    busy = configured(RATE_LIMIT="10 per hour", SEARCHES_AT_ONCE=1)
    with busy.application.app_context():
        assert Limits.current().searches.take()
    refused = busy.get("/search?q=a")
    assert (refused.status_code, refused.headers.getlist("Retry-After")) == (503, ["1"])


def test_caller_behind_a_proxy_is_told_by_the_proxy_only(configured):
    forged = {"X-Forwarded-For": "192.0.2.9"}
    direct = configured(RATE_LIMIT="1 per hour")
    assert direct.get("/api/search?q=a", headers=forged).status_code == 200
    assert direct.get("/api/search?q=a").status_code == 429
    behind = configured(RATE_LIMIT="1 per hour", PROXIES=1)
    assert behind.get("/api/search?q=a", headers=forged).status_code == 200
    assert behind.get("/api/search?q=a").status_code == 200
    assert behind.get("/api/search?q=a", headers=forged).status_code == 429


@pytest.mark.parametrize(
    ("host", "config", "said"),
    [
        ("127.0.0.1", {}, 0),
        ("::1", {}, 0),
        ("localhost", {}, 0),
        ("0.0.0.0", {}, 3),
        ("192.0.2.1", {"API_KEYS": DIGEST}, 2),
        ("::", {"API_KEYS": DIGEST, "RATE_LIMIT": "60/minute", "HOSTS": "arshif.example"}, 0),
    ],
)
def test_an_open_service_says_so(host, config, said):
    assert len(list_warnings(read_settings(config), host)) == said


@pytest.mark.parametrize(
    ("path", "mimetype"),
    [("/api/search?q=a", "application/problem+json"), ("/search?q=a", "text/html")],
)
def test_full_service_says_come_back(engine, path, mimetype):
    app = create_app({"SEARCHES_AT_ONCE": 1}, engine=engine)
    client = app.test_client()
    with app.app_context():
        turns = Limits.current().searches
    assert turns.take()
    answer = client.get(path)
    assert (answer.status_code, answer.mimetype) == (503, mimetype)
    assert answer.headers["Retry-After"] == "1"
    assert counted(client, 'arshif_refused_total{status="503"}') == 1
    assert client.get("/healthz").status_code == client.get("/docs").status_code == 200
    turns.give_back()
    for _ in range(3):  # each request gives its turn back, also when it is refused
        assert client.get(path).status_code == 200
        assert client.get("/api/search").status_code == 400


@pytest.mark.parametrize("path", ["/api/search", "/export.json?q=السيول"])
def test_a_request_that_searches_many_times_lets_others_go_first(engine, path):
    app = create_app({"SEARCHES_AT_ONCE": 1}, engine=engine)
    with app.app_context():
        turns = Limits.current().searches
    method = "POST" if path == "/api/search" else "GET"
    assert turns.take()
    with ThreadPoolExecutor(1) as pool:
        request = partial(app.test_client().open, path, method=method, json=["السيول"] * 50)
        answer = pool.submit(request)
        wait_until(lambda: turns.waiting)
        # The turn goes back and forth: the request has some of its searches done each time.
        passed = 0
        while turns.pass_on() and not answer.done():
            passed += 1
        turns.give_back()
        assert answer.result().status_code == 200
    assert passed >= (49 if method == "POST" else 1)


def wait_until(is_true):
    ends_at = time.monotonic() + 60
    while not is_true():
        assert time.monotonic() < ends_at
        time.sleep(0.001)


def test_hosts_that_are_not_the_services_own_are_refused(configured):
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


def test_wrong_keys_of_one_address_are_limited(configured):
    client = configured(API_KEYS=DIGEST)
    search = partial(client.get, "/api/search?q=a")
    for _ in range(20):  # a request without a key guesses nothing
        assert search().status_code == 401
    wrong = {"X-API-Key": "a guess"}
    statuses = [search(headers=wrong).status_code for _ in range(11)]
    assert statuses == [401] * 10 + [429]
    # The right key, too, or guessing would go on.
    refused = search(headers={"X-API-Key": KEY})
    assert (refused.status_code, refused.mimetype) == (429, "application/problem+json")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    elsewhere = {"REMOTE_ADDR": "192.0.2.7"}
    right = search(headers={"X-API-Key": KEY}, environ_overrides=elsewhere)
    assert right.status_code == 200


def test_search_that_takes_too_long_is_a_503_and_nothing_is_shown(engine, configured):
    client = configured(SEARCH_LIMIT_S=1e-9)
    answer = client.get("/api/search?q=a")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert "took longer than" in answer.get_json()["detail"]
    assert "hits" not in answer.get_json()


def test_counts_say_what_was_answered(client):
    client.get("/api/search?q=a")
    client.get("/api/search")
    client.get("/nothing-there")
    ok = 'arshif_requests_total{endpoint="api.search",method="GET",status="200"}'
    assert counted(client, ok) == 1
    assert counted(client, 'arshif_refused_total{status="400"}') == 1
    assert (
        counted(client, 'arshif_requests_total{endpoint="other",method="other",status="404"}') == 1
    )
    for stage in ("encode", "lexical", "semantic", "fusion", "reading", "render"):
        assert counted(client, f'arshif_stage_seconds_count{{stage="{stage}"}}') == 1
    assert counted(client, "arshif_archive_documents") == 18
    assert counted(client, "arshif_searches_running") == 0
    assert counted(client, "arshif_archive_commit_age_seconds") > 0


def test_broken_commit_shows_in_readiness_and_counts_while_the_old_is_served(
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


def test_archive_taken_away_shows_in_readiness_and_counts(own_archive, tmp_path):
    folder = own_archive(TINY_DUMP)
    client = create_app(engine=SearchEngine.open(folder, load=NgramEncoder)).test_client()
    folder.rename(tmp_path / "away")
    assert client.get("/readyz").status_code == 503
    assert client.get("/api/search?q=a").status_code == 503
    assert client.get("/healthz").status_code == 200
    assert counted(client, "arshif_archive_is_current") == 0
    (tmp_path / "away").rename(folder)
    assert client.get("/readyz").status_code == client.get("/api/search?q=a").status_code == 200


def test_archive_that_cannot_be_written_to_is_served(own_archive):
    folder = own_archive(TINY_DUMP)
    for path in [*folder.rglob("*"), folder]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    client = create_app(engine=SearchEngine.open(folder, load=NgramEncoder)).test_client()
    assert client.get("/api/search?q=السيول").status_code == 200


@pytest.mark.parametrize(
    ("given", "is_kept"),
    [("abc-1.2_3", True), ("", False), ("a b", False), ("a" * 65, False), ("é", False)],
)
def test_request_ids_are_kept_if_harmless(client, given, is_kept):
    answer = client.get("/healthz", headers={"X-Request-ID": given})
    assert (answer.headers["X-Request-ID"] == given) is is_kept
    assert len(answer.headers["X-Request-ID"]) in (len(given), 32)


def test_timings_are_told(client):
    timing = client.get("/api/search?q=a").headers["Server-Timing"]
    assert [part.split(";")[0] for part in timing.split(", ")] == [
        "open", "interpret", "encode", "match", "lexical", "semantic", "fusion", "reading",
        "render", "total",
    ]  # fmt: skip


def test_one_line_a_request_and_query_text_only_for_debugging(client, caplog):
    caplog.set_level("INFO")
    client.get("/api/search?q=سريجدا", headers={"X-Request-ID": "r1"})
    [line] = [record for record in caplog.records if record.name == "web.headers"]
    assert line.fields["path"] == "/api/search"
    assert (line.fields["status"], line.fields["request_id"]) == (200, "r1")
    assert "سريجدا" not in caplog.text
    caplog.set_level("DEBUG")
    client.get("/api/search?q=سريجدا")
    assert "سريجدا" in caplog.text
