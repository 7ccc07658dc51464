"""Whether a service that is asked for long holds more and more memory or files.

    python -m tests.benchmarks.soak ARCHIVE [--requests 100000] [--clients 4] [--workers 1]

Searches, pages, documents, completions, feeds, batches and requests that are refused, in turn. The
first tenth warms the service up; growth is told against what it held then.
"""

import argparse
import itertools
import json
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote_plus, urlsplit

from tests.benchmarks.questions import questions
from tests.benchmarks.service import Service, running

# Method, address, body, headers.
Request = tuple[str, str, str | None, dict[str, str]]
_JSON = {"Content-Type": "application/json"}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("archive", type=Path)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--workers", type=int, default=1)
    asked = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as name,
        running(asked.archive, Path(name) / "log", f"--workers={asked.workers}") as service,
    ):
        print("requests        s   MB  files  growth")
        started, warm_mb = time.monotonic(), 0.0
        seen: Counter[int] = Counter()
        requests = mixed(service)
        for _ in range(10):
            tenth = itertools.islice(requests, asked.requests // 10)
            ask_many(service, tenth, asked.clients, seen)
            held_mb = service.memory_mb()
            warm_mb = warm_mb or held_mb
            print(
                f"{seen.total():>8} {time.monotonic() - started:>8.0f} {held_mb:>4.0f}"
                f" {service.open_files():>6} {held_mb / warm_mb - 1:>7.1%}",
                flush=True,
            )
        print("answers by status:", dict(sorted(seen.items())))


def ask_many(
    service: Service, requests: Iterator[Request], clients: int, seen: Counter[int]
) -> None:
    lock = threading.Lock()

    def ask() -> None:
        connection = HTTPConnection(urlsplit(service.url).netloc, timeout=60)
        while True:
            with lock:
                request = next(requests, None)
            if request is None:
                return connection.close()
            connection.request(*request)
            answer = connection.getresponse()
            answer.read()
            with lock:
                seen[answer.status] += 1

    threads = [threading.Thread(target=ask) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def mixed(service: Service) -> Iterator[Request]:
    """Give one request after another, without end."""
    found = json.loads(service.get(f"api/search?q={quote_plus('رمضان')}&k=50"))
    ids = itertools.cycle([hit["id"] for hit in found["hits"]])
    for text in itertools.cycle(questions()):
        q, doc_id = quote_plus(text), next(ids)
        for path in (
            f"/api/search?q={q}",
            f"/search?q={q}&k=20",
            f"/api/search?q={q}&mode=lexical&sort=newest",
            f"/document/{doc_id}?q={q}",
            f"/api/documents/{doc_id}/similar",
            f"/api/suggest?q={q[:12]}" if q[:12].count("%") == 4 else "/api/suggest?q=a",
            "/",
            f"/feed.atom?q={q}",
            f"/search?q={q}&ui=fr",
            "/healthz",
            "/metrics",
            f"/api/search?q={q}&k=0",
            f"/nowhere/{doc_id}",
        ):
            yield "GET", path, None, {"Accept-Encoding": "gzip"}
        yield "POST", "/api/search", json.dumps([text, text[::-1]]), _JSON
        yield "POST", "/api/search", "[", _JSON


if __name__ == "__main__":
    main()
