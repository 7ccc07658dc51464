"""`python -m web`: what it needs, what it refuses, and how it ends."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from queue import SimpleQueue
from types import SimpleNamespace
from urllib.parse import quote

import pytest

import indexer.cli
import web.cli
from search.errors import ArchiveError
from search.index.local.database.schema import SEGMENTS
from web import create_app, limits
from web.metrics import Metrics
from web.serving import waitress_server
from web.serving.waitress_server import LARGEST_HEADER

ROOT = Path(__file__).parents[2]
FLOODS = f"api/search?q={quote('سيول')}"  # all documents of the archive tell of them


def test_app_names_what_it_needs(monkeypatch, tmp_path):
    monkeypatch.delenv("ARSHIF_ARCHIVE", raising=False)
    with pytest.raises(ArchiveError, match="set ARSHIF_ARCHIVE"):
        create_app()
    monkeypatch.setenv("ARSHIF_ARCHIVE", str(tmp_path))
    with pytest.raises(ArchiveError, match=f"no archive at {tmp_path}"):
        create_app()
    with pytest.raises(ArchiveError, match="no archive at elsewhere"):
        create_app({"ARCHIVE": "elsewhere"})


def test_command_line_refuses_a_missing_archive(tmp_path, capsys):
    assert web.cli.main(["--archive", str(tmp_path / "none")]) == 1
    assert "no archive at" in capsys.readouterr().err


def test_command_line_refuses_a_taken_port(tmp_path, capsys):
    folder = tmp_path / "archive"
    dump = tmp_path / "dump.jsonl"
    dump.write_text(json.dumps({"title": "عنوان"}), encoding="utf-8")
    assert indexer.cli.main(["add", str(dump), "--archive", str(folder)]) == 0
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert web.cli.main(["--archive", str(folder), "--port", str(port)]) == 1
    assert f"cannot listen on 127.0.0.1 port {port}" in capsys.readouterr().err


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("served")
    dump = folder / "dump.jsonl"
    records = [{"title": f"خبر {n}", "body": f"سيول في السهل رقم {n}. " * 40} for n in range(50)]
    dump.write_text("".join(json.dumps(one) + "\n" for one in records), encoding="utf-8")
    assert indexer.cli.main(["add", str(dump), "--archive", str(folder / "archive")]) == 0
    return folder / "archive"


@contextmanager
def served(folder, *more):
    """Run the service. What it says is read at once: a pipe that nobody reads stops it."""
    command = [sys.executable, "-m", "web", "--archive", str(folder), "--port", "0", *more]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    announced = SimpleQueue()
    process.said = []

    def listen():
        for line in process.stderr:
            process.said.append(line)
            if found := re.search(r" at (http://\S+:(\d+)/)", line):
                announced.put(found)

    with process, ThreadPoolExecutor(1) as pool:
        process.listening = pool.submit(listen)
        try:
            found = announced.get(timeout=60)
            process.url, process.port = found[1], int(found[2])
            yield process
        finally:
            process.kill()


def get(process, path):
    with urllib.request.urlopen(process.url + path, timeout=30) as answer:
        return answer.read().decode()


def raw(process, *parts):
    """Send these bytes over a connection of their own, and give what comes until it is closed."""
    with socket.create_connection(("127.0.0.1", process.port), timeout=30) as connection:
        for part in parts:
            connection.sendall(part)
        return b"".join(iter(lambda: connection.recv(65536), b"")).decode()


def ended(process, number):
    process.send_signal(number)
    status = process.wait(timeout=30)
    process.listening.result()
    said = "".join(process.said)
    assert "Traceback" not in said
    return status, said


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_service_serves_until_it_is_told_to_stop(folder, number, workers):
    with served(folder, "--workers", workers) as process:
        assert json.loads(get(process, FLOODS))["total"] == 50
        status, _ = ended(process, number)
    assert status == 0


@pytest.mark.parametrize("workers", ["1", "2"])
def test_what_was_asked_is_answered_before_the_end(folder, workers):
    batch = json.dumps(["سيول"] * 100).encode()
    request = urllib.request.Request(
        "http://unknown", data=batch, headers={"Content-Type": "application/json"}, method="POST"
    )
    with served(folder, "--workers", workers) as process, ThreadPoolExecutor() as pool:
        request.full_url = process.url + "api/search"
        answer = pool.submit(lambda: urllib.request.urlopen(request, timeout=30).read())
        while not re.search(r"^arshif_searches_running 1\.0$", get(process, "metrics"), re.M):
            assert not answer.done(), "the batch was answered before it was seen running"
        status, _ = ended(process, signal.SIGTERM)
        assert len(json.loads(answer.result())) == 100
    assert status == 0


def test_workers_count_together(folder):
    with served(folder, "--workers", "2") as process:
        for _ in range(20):
            get(process, "api/search?q=a")
        counts = get(process, "metrics")
    assert 'arshif_stage_seconds_count{stage="lexical"} 20.0' in counts
    assert "arshif_archive_documents 50.0" in counts


TYPED = "GET /api/search?q=secretسيول HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize("workers", ["1", "2"])
def test_an_address_may_be_typed_in_arabic(folder, workers):
    with served(folder, "--workers", workers) as process:
        answer, refused = raw(process, TYPED.encode()), raw(process, TYPED.encode("windows-1256"))
        _, said = ended(process, signal.SIGTERM)
    assert answer.startswith("HTTP/1.1 200 ")
    assert '"query":"secretسيول"' in answer
    assert refused.startswith("HTTP/1.1 400 ")
    assert "the address is not UTF-8" in refused
    assert "secret" not in said


def workers_of(process):
    """List the processes that answer; another keeps the books of `multiprocessing`."""
    threads = Path(f"/proc/{process.pid}/task").iterdir()  # each has those that it started
    return [
        int(child)
        for thread in threads
        for child in (thread / "children").read_text().split()
        if "spawn_main" in Path(f"/proc/{child}/cmdline").read_text()
    ]


def wait_for_end(number):
    """Wait until no thread of a process is left, but as what nobody has asked after."""
    ends_at = time.monotonic() + 30
    while any(state != "Z" for state in states(number)):
        assert time.monotonic() < ends_at, f"process {number} goes on"
        time.sleep(0.01)


def states(number):
    for stat in Path(f"/proc/{number}/task").glob("*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):  # it just ended
            yield stat.read_text().rpartition(")")[2].split()[0]


def test_workers_that_died_are_replaced_and_the_counts_stay(folder):
    with served(folder, "--workers", "2") as process:
        get(process, "api/search?q=a")
        before = workers_of(process)
        assert len(before) == 2
        for worker in before:
            os.kill(worker, signal.SIGKILL)
            wait_for_end(worker)
        for _ in range(3):
            get(process, "api/search?q=a")
        assert len(workers_of(process)) == 2
        assert not set(workers_of(process)) & set(before)
        assert 'arshif_stage_seconds_count{stage="lexical"} 4.0' in get(process, "metrics")
        assert ended(process, signal.SIGTERM)[0] == 0


def test_a_worker_that_dies_while_it_answers_is_a_refusal_and_no_more(folder):
    batch = json.dumps(["سيول"] * 100)
    head = "POST /api/search HTTP/1.1\r\nContent-Type: application/json\r\nConnection: close\r\n"
    request = f"{head}Content-Length: {len(batch.encode())}\r\n\r\n{batch}".encode()
    with served(folder, "--workers", "2") as process, ThreadPoolExecutor() as pool:
        answer = pool.submit(raw, process, request)
        while not re.search(r"^arshif_searches_running 1\.0$", get(process, "metrics"), re.M):
            assert not answer.done(), "the batch was answered before it was seen running"
        workers = workers_of(process)
        for worker in workers:
            os.kill(worker, signal.SIGKILL)
        for worker in workers:  # one that was still dying was once given the next request
            wait_for_end(worker)
        refused = answer.result()
        assert json.loads(get(process, FLOODS))["total"] == 50
        status, said = ended(process, signal.SIGTERM)
    assert status == 0
    assert refused.startswith("HTTP/1.1 503 ")
    assert "Retry-After: 1" in refused
    assert json.loads(refused.partition("\r\n\r\n")[2])["status"] == 503
    assert "a process ended before it had answered" in said


def test_workers_end_with_the_process_that_asks_them(folder):
    with served(folder, "--workers", "2") as process:
        workers = workers_of(process)
        process.kill()
        for worker in workers:
            wait_for_end(worker)


def test_workers_that_cannot_start_end_the_service(folder, tmp_path):
    broken = shutil.copytree(folder, tmp_path / "broken")
    next((broken / SEGMENTS).iterdir()).write_bytes(b"")
    command = [sys.executable, "-m", "web", "--archive", str(broken), "--port=0", "--workers=2"]
    found = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert found.returncode == 1
    assert "has 0 bytes" in found.stderr


def test_log_is_json_if_wanted(folder):
    with served(folder, "--log", "json") as process:
        get(process, "healthz")
        _, rest = ended(process, signal.SIGTERM)
    [line] = [json.loads(line) for line in rest.splitlines() if "healthz" in line]
    assert (line["path"], line["status"], line["level"]) == ("/healthz", 200, "info")


def test_number_of_workers_is_checked(folder, capsys):
    with pytest.raises(SystemExit, match="2"):
        web.cli.main(["--archive", str(folder), "--workers", "0"])
    assert "'0' is no number of processes: expected 1 to 64" in capsys.readouterr().err


def test_workers_refuse_a_missing_archive_once(tmp_path, capsys):
    assert web.cli.main(["--archive", str(tmp_path / "none"), "--workers", "2"]) == 1
    assert capsys.readouterr().err.count("no archive at") == 1


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"POST /api/search HTTP/1.1\r\nContent-Length: 9999999\r\n\r\n", 413),
        (b"GET /" + b"a" * (LARGEST_HEADER - 5), 431),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * (LARGEST_HEADER - 19), 431),
        (b"GET / HTTP/1.1\r\nTransfer-Encoding: magic\r\n\r\n", 400),
        # Where one of two servers in a row reads another end of the request: smuggling.
        (
            b"GET / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400,
        ),
        (
            b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n",
            400,
        ),
        (b"GET / HTTP/1.1\r\nContent-Length: +5\r\n\r\nabcde", 400),
        (b"GET / HTTP/1.1\r\nContent-Length : 5\r\n\r\nabcde", 400),
        (b"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nX\x00: a\r\n\r\n", 400),
    ],
)
def test_malformed_requests_are_problems_too(malformed_target, sent, status):
    head, _, body = raw(malformed_target, sent).partition("\r\n\r\n")
    assert head.startswith(f"HTTP/1.{head[7]} {status} ")
    assert "application/problem+json" in head
    assert json.loads(body)["status"] == status


def test_more_sources_than_an_address_holds_are_refused_as_described(malformed_target):
    named = f"&source={'%D8%B5' * 200}" * 100
    # No more than is read: what is left unread breaks the connection before the answer is.
    sent = f"GET /api/search?q=a{named}"[:LARGEST_HEADER]
    status = raw(malformed_target, sent.encode()).split()[1]
    described = json.loads(get(malformed_target, "openapi.json"))["paths"]["/api/search"]["get"]
    assert status == "431"
    assert status in described["responses"]


@pytest.fixture(scope="module", params=["1", "2"])
def malformed_target(folder, request):
    with served(folder, "--workers", request.param) as process:
        yield process
        assert get(process, "healthz")


def while_serving(app, act):
    """Serve in this process, where constants can be changed, until `act` has done its work."""
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    target = SimpleNamespace(port=port, url=f"http://127.0.0.1:{port}/")

    def act_and_stop():
        try:
            return act(target)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(act_and_stop)
        waitress_server.serve(
            app, listening, Metrics.of(app), at_once=limits.read_searches_at_once(app)
        )
        return done.result()


def test_request_that_is_never_finished_ends_its_connection(engine, monkeypatch):
    monkeypatch.setattr(waitress_server, "REQUEST_S", 0.0)
    unfinished = [b"GET / HTTP/1.1\r\n", b"Host: a\r\n"]
    assert while_serving(create_app(engine=engine), lambda to: raw(to, *unfinished)) == ""


@pytest.fixture
def held_up(engine):
    """An app that searches one at a time, and answers no page of results before `go_on` is set."""
    app = create_app({"SEARCHES_AT_ONCE": 1}, engine)
    begun, go_on = threading.Semaphore(0), threading.Event()

    def wait():
        begun.release()
        return str(go_on.wait(30))

    app.view_functions["pages.search"] = wait
    return SimpleNamespace(app=app, begun=begun, go_on=go_on)


ASKED = b"GET /search?q=a HTTP/1.1\r\nConnection: close\r\n\r\n"


def test_a_request_that_waits_too_long_is_refused_and_probes_never_wait(held_up, monkeypatch):
    monkeypatch.setattr("web.serving.admission.PATIENCE_S", 0.0)

    def act(target):
        with ThreadPoolExecutor(1) as pool:
            first = pool.submit(raw, target, ASKED)
            held_up.begun.acquire()
            refused, counts = raw(target, ASKED), get(target, "metrics")
            held_up.go_on.set()
            return first.result(), refused, counts

    first, refused, counts = while_serving(held_up.app, act)
    assert first.endswith("True")
    assert refused.startswith("HTTP/1.1 503 ")
    assert "Retry-After: 1" in refused
    assert 'arshif_refused_total{status="503"} 1.0' in counts


def test_requests_wait_for_those_before_them(held_up):
    def act(target):
        with ThreadPoolExecutor(3) as pool:
            answers = [pool.submit(raw, target, ASKED) for _ in range(3)]
            held_up.begun.acquire()
            get(target, "healthz")
            assert not held_up.begun.acquire(blocking=False)
            held_up.go_on.set()
            return [answer.result() for answer in answers]

    assert all(answer.endswith("True") for answer in while_serving(held_up.app, act))


def test_requests_behind_one_another_on_one_connection_are_answered(held_up):
    held_up.go_on.set()
    kept = b"GET /search?q=a HTTP/1.1\r\n\r\n"
    answers = while_serving(held_up.app, lambda to: raw(to, kept * 5 + ASKED))
    assert answers.count("HTTP/1.1 200 OK") == 6


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_thousand_half_open_connections_leave_room_for_a_reader(folder, workers):
    with served(folder, "--workers", workers) as process, ExitStack() as opened:
        for _ in range(1000):
            connection = socket.create_connection(("127.0.0.1", process.port), timeout=30)
            opened.enter_context(connection).sendall(b"GET / HTTP/1.1\r\nX: ")
        assert json.loads(get(process, FLOODS))["total"] == 50
