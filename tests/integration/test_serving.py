"""`python -m web` as a started process: what it refuses, what it withstands, and how it ends."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from queue import SimpleQueue
from urllib.parse import quote

import pytest

import indexer.cli
import web.cli
from search.errors import ArchiveError
from search.index.local.folder import SEGMENTS
from web import create_app
from web.capacity import LARGEST_BODY, LARGEST_HEADER

ROOT = Path(__file__).parents[2]
FLOODS = f"/api/search?q={quote('سيول')}"  # all documents of the archive tell of them
DOCUMENTS = 50
BATCH = json.dumps([f"سيول في السهل {n} " + "مدينة قرية وادي " * 8 for n in range(100)])
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("served")
    dump = folder / "dump.jsonl"
    records = [
        {"title": f"خبر {n}", "body": f"سيول في السهل رقم {n}. " * 40} for n in range(DOCUMENTS)
    ]
    dump.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    assert indexer.cli.main(["add", str(dump), "--archive", str(folder / "archive")]) == 0
    return folder / "archive"


class Service:
    """A started `python -m web`; `log` holds the lines that it has written so far."""

    def __init__(self, process):
        self.process = process
        self.log = []
        self.host, self.port = "127.0.0.1", 0

    def request(self, path, body=None, headers=None):
        """Return status, headers and body, whatever the status."""
        request = urllib.request.Request(
            f"http://{self.host}:{self.port}{path}", body and body.encode(), headers or {}
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return response.status, response.headers, response.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.headers, refused.read().decode()

    def request_over_a_kept_connection(self, batch):
        """Return status, the header Connection, and body; urllib itself asks for `close`."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        with closing(connection):
            connection.request("POST", "/api/search", batch.encode(), JSON)
            response = connection.getresponse()
            return response.status, response.headers["Connection"], response.read().decode()

    def count(self, name):
        text = self.request("/metrics")[2]
        lines = [line for line in text.splitlines() if line.startswith(name)]
        return sum(float(line.rpartition(" ")[2]) for line in lines)

    def total(self):
        return json.loads(self.request(FLOODS)[2])["total"]

    def total_unless_reset(self):
        """Return `total`; None if the connection was closed before any answer.

        Browsers and proxies repeat such a request. Each process has its own queue of connections,
        which the kernel resets when the process ends.
        """
        try:
            return self.total()
        except (ConnectionResetError, urllib.error.URLError) as error:
            if not isinstance(getattr(error, "reason", error), ConnectionResetError):
                raise
            return None

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=60)

    def is_listening(self):
        with socket.socket() as connection:
            return connection.connect_ex((self.host, self.port)) == 0

    def send(self, content):
        """Send bytes over a connection of their own; return what comes until it is closed."""
        with self.connect() as connection:
            connection.sendall(content)
            return b"".join(iter(lambda: connection.recv(65536), b"")).decode()

    def workers(self):
        """Return the processes that answer; another one keeps the books of `multiprocessing`."""
        threads = Path(f"/proc/{self.process.pid}/task").iterdir()
        children = [child for t in threads for child in read_if_there(t / "children").split()]
        commands = {int(c): read_if_there(Path(f"/proc/{c}/cmdline")) for c in children}
        return {child for child, command in commands.items() if "spawn_main" in command}

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        status = self.process.wait(timeout=60)
        assert "Traceback" not in "".join(self.log)
        return status


@contextmanager
def started(folder, tmp_path, workers="1", *more, **settings):
    """Start the service. Its log is read at once: a pipe that nobody reads stops it."""
    command = [sys.executable, "-m", "web", "--archive", str(folder), "--port", "0"]
    temporary = tmp_path / "temporary"
    temporary.mkdir(exist_ok=True)
    environment = {**os.environ, "TMPDIR": str(temporary), **settings}
    process = subprocess.Popen(
        [*command, "--workers", workers, *more],
        cwd=ROOT,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    service, announced = Service(process), SimpleQueue()

    def listen():
        for line in process.stderr:
            service.log.append(line)
            if match := re.search(r" at http://\S+:(\d+)/", line):
                announced.put(int(match[1]))

    with process, ThreadPoolExecutor(1) as pool:
        pool.submit(listen)
        try:
            service.port = announced.get(timeout=120)
            yield service
        finally:
            process.kill()


def read_if_there(path):
    """Return what a file of `/proc` says; nothing of a thread or a process that has just ended."""
    try:
        return path.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def wait_until(is_true, timeout_s=60):
    ends_at = time.monotonic() + timeout_s
    while not is_true():
        assert time.monotonic() < ends_at
        time.sleep(0.05)


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture(scope="module")
def service(folder, tmp_path_factory):
    """Return a service of two processes, for tests that leave it as it was."""
    with started(folder, tmp_path_factory.mktemp("service"), "2") as service:
        yield service
        assert service.request("/healthz")[0] == 200


def test_app_names_what_it_needs(monkeypatch, tmp_path):
    monkeypatch.delenv("ARSHIF_ARCHIVE", raising=False)
    with pytest.raises(ArchiveError, match="set ARSHIF_ARCHIVE"):
        create_app()
    monkeypatch.setenv("ARSHIF_ARCHIVE", str(tmp_path))
    with pytest.raises(ArchiveError, match=f"no archive at {tmp_path}"):
        create_app()


def test_command_line_refuses_what_it_cannot_serve(folder, capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert web.cli.main(["--archive", str(folder), "--port", str(port)]) == 1
    assert f"cannot listen on 127.0.0.1 port {port}" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        web.cli.main(["--archive", str(folder), "--workers", "0"])
    assert "'0' is not a number of processes: expected 1 to 64" in capsys.readouterr().err


@pytest.mark.slow
def test_an_archive_that_cannot_be_opened_ends_the_service(folder, tmp_path):
    broken = shutil.copytree(folder, tmp_path / "broken")
    next((broken / SEGMENTS).iterdir()).write_bytes(b"")
    for archive, workers, message in (
        (tmp_path / "none", 1, "no archive at"),
        (broken, 3, "has 0 bytes"),
    ):
        command = [sys.executable, "-m", "web", "--archive", str(archive), "--port=0"]
        refused = subprocess.run(
            [*command, f"--workers={workers}"],
            cwd=ROOT, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert refused.returncode == 1
        assert refused.stderr.count(message) == 1


@pytest.mark.slow
def test_log_is_json_and_another_address_is_used_if_the_operator_says_so(folder, tmp_path):
    with started(folder, tmp_path, "1", "--log", "json", "--host", "127.0.0.2") as service:
        assert not service.is_listening()
        service.host = "127.0.0.2"
        service.request("/healthz")
        assert service.end() == 0
    [line] = [json.loads(line) for line in service.log if "healthz" in line]
    assert (line["path"], line["status"], line["level"]) == ("/healthz", 200, "info")


@pytest.mark.slow
def test_the_font_is_left_out_if_the_operator_says_so(service, folder, tmp_path):
    with started(folder, tmp_path, "1", "--no-fonts") as bare:
        assert [has_font(service), has_font(bare)] == [True, False]


def has_font(service):
    style = re.search(r'"(/assets/page\.\w+\.css)"', service.request("/")[2])[1]
    return "@font-face" in service.request(style)[2]


REFUSALS = {
    "413": f"POST /api/search HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    f"Connection: close\r\nContent-Length: {LARGEST_BODY + 1}\r\n\r\n{' ' * (LARGEST_BODY + 1)}",
    "431": f"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX: {'a' * LARGEST_HEADER}\r\n\r\n",
    "400": "GET /api/search HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    "404": "GET /api/nothing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
}


@pytest.mark.parametrize("status", REFUSALS)
def test_refusals_have_their_status(service, status):
    assert service.send(REFUSALS[status].encode()).split()[1] == status


@pytest.mark.parametrize(
    "content",
    [
        b"GET / HTTP/1.1\r\nTransfer-Encoding: magic\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: +5\r\n\r\nabcde",
        b"GET / HTTP/1.1\r\nContent-Length : 5\r\n\r\nabcde",
        b"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\nX\x00: a\r\n\r\n",
    ],
)
def test_malformed_requests_are_the_mistake_of_the_client(service, content):
    assert service.send(content).split()[1] == "400"


def test_an_address_may_be_typed_in_arabic(service):
    request = "GET /api/search?q=secretسيول HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    answer = service.send(request.encode())
    assert answer.startswith("HTTP/1.1 200 ")
    assert '"query":"secretسيول"' in answer
    assert service.send(request.encode("windows-1256")).startswith("HTTP/1.1 400 ")
    assert "secret" not in "".join(service.log)


@pytest.mark.slow
def test_slow_headers_and_idle_connections_stop_nobody(service):
    with ExitStack() as stack:
        for content in [b"GET / HTTP/1.1\r\nX: "] * 500 + [b""] * 2000:
            stack.enter_context(service.connect()).sendall(content)
        assert service.total() == DOCUMENTS
        assert service.request("/healthz")[0] == 200


@pytest.mark.slow
def test_slow_bodies_hold_up_no_search(service):
    head = b"POST /api/search HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    with ExitStack() as stack:
        for _ in range(200):
            stack.enter_context(service.connect()).sendall(head + b"Content-Length: 9\r\n\r\n[")
        assert service.total() == DOCUMENTS
        assert service.request("/healthz")[0] == 200


@pytest.mark.slow
def test_batches_hold_up_no_search_and_no_probe(service):
    with ThreadPoolExecutor(8) as pool:
        batches = [pool.submit(service.request, "/api/search", BATCH, JSON) for _ in range(8)]
        statuses = []
        while not all(batch.done() for batch in batches):
            statuses += [service.request(path)[0] for path in (FLOODS, "/metrics", "/docs")]
    assert set(statuses) == {200}
    answers = [batch.result() for batch in batches]
    assert {status for status, _, _ in answers} <= {200, 503}
    assert any(status == 200 and len(json.loads(body)) == 100 for status, _, body in answers)


@pytest.mark.slow
def test_more_clients_than_turns_are_refused_counted_and_logged_while_probes_answer(service):
    before = service.count('arshif_refused_total{status="503"}')

    def search():
        status, headers, _ = service.request(FLOODS)
        return status, headers["Retry-After"]

    with ThreadPoolExecutor(400) as pool:
        answers = [pool.submit(search) for _ in range(800)]
        probes = [service.request(path)[0] for path in ("/healthz", "/readyz", "/metrics") * 3]
    counts = Counter(answer.result() for answer in answers)
    assert set(counts) == {(200, None), (503, "1")}
    assert set(probes) == {200}
    assert counts[200, None] > 100
    assert service.count('arshif_refused_total{status="503"}') - before == counts[503, "1"]
    assert sum("/api/search 503" in line for line in service.log) >= counts[503, "1"]
    assert service.count("arshif_searches_running") == 0


@pytest.mark.slow
@pytest.mark.parametrize(("workers", "number"), [("1", signal.SIGINT), ("2", signal.SIGTERM)])
def test_requests_in_progress_are_answered_before_the_end(folder, tmp_path, workers, number):
    with started(folder, tmp_path, workers) as service, ThreadPoolExecutor(1) as pool:
        batch = pool.submit(service.request_over_a_kept_connection, BATCH)
        wait_until(lambda: batch.done() or service.count("arshif_searches_running"))
        assert not batch.done(), "the batch was answered before it was seen running"
        assert service.end(number) == 0
        status, connection, body = batch.result()
    assert (status, connection, len(json.loads(body))) == (200, "close", 100)
    assert not list((tmp_path / "temporary").iterdir())


@pytest.mark.slow
def test_sighup_replaces_the_processes_and_the_request_in_progress_is_answered(folder, tmp_path):
    with started(folder, tmp_path, "2") as service, ThreadPoolExecutor(1) as pool:
        before = service.workers()
        batch = pool.submit(service.request, "/api/search", BATCH, JSON)
        wait_until(lambda: batch.done() or service.count("arshif_searches_running"))
        assert not batch.done(), "the batch was answered before it was seen running"
        service.process.send_signal(signal.SIGHUP)
        wait_until(
            lambda: service.total_unless_reset() == DOCUMENTS and not service.workers() & before
        )
        assert batch.result()[0] == 200
        assert len(service.workers()) == 2
        assert service.end() == 0


@pytest.mark.slow
def test_a_killed_process_is_replaced_and_its_counts_stay(folder, tmp_path):
    with started(folder, tmp_path, "2") as service:
        for _ in range(20):
            assert service.total() == DOCUMENTS
        before = service.workers()
        assert len(before) == 2
        for worker in before:
            os.kill(worker, signal.SIGKILL)
        wait_until(lambda: len(service.workers() - before) == 2)
        wait_until(service.is_listening)
        assert service.total() == DOCUMENTS
        assert service.count('arshif_stage_seconds_count{stage="lexical"}') >= 21
        assert service.count("arshif_searches_running") == 0
        assert service.end() == 0
    assert not list((tmp_path / "temporary").iterdir())


@pytest.mark.slow
def test_processes_end_with_the_process_that_started_them(folder, tmp_path):
    with started(folder, tmp_path, "2") as service:
        workers = service.workers()
        service.process.kill()
        wait_until(lambda: not any(is_running(worker) for worker in workers))
    assert not list((tmp_path / "temporary").iterdir())
