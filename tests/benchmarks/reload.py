"""Queries a service while its archive is added to, compacted and encoded anew.

    python -m tests.benchmarks.reload DUMP.jsonl.gz [--workers 2] [--clients 8] [--pause-ms 250]

Begins with the first 2,000 records; then the whole dump is added. Each client asks over one
connection, pauses, and asks something else. `--nice` is the niceness of the indexer, `--alone-s`
the time that the clients ask before and after it runs, and `--settle-s` the time in which the
service opens its last commit.
"""

import argparse
import gzip
import itertools
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import quote_plus, urlsplit

from search.encoders.loading import SHIPPED
from tests.benchmarks.questions import questions
from tests.benchmarks.service import Service, running

_SLOW_MS = 100
_FIRST = 2000


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("dump", type=Path)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--pause-ms", type=float, default=250)
    parser.add_argument("--nice", type=int, default=19)
    parser.add_argument("--alone-s", type=float, default=10)
    parser.add_argument("--settle-s", type=float, default=2)
    parser.add_argument("--workers", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        archive = folder / "archive"
        first = folder / "first.jsonl"
        with gzip.open(asked.dump, "rb") as lines:
            first.write_bytes(b"".join(itertools.islice(lines, _FIRST)))
        index(0, "add", str(first), "--archive", str(archive))
        steps = {
            "alone": None,
            "add": ("add", str(asked.dump)),
            "compact": ("compact",),
            "reencode": ("reencode", "--encoder", SHIPPED),
            "after": None,
        }
        with running(archive, folder / "log", f"--workers={asked.workers}") as service:
            print("step       s  requests  p50 ms   p99 ms   max ms  slow  failed  documents")
            for step, command in steps.items():
                clients = [Client(service, asked.pause_ms, place) for place in range(asked.clients)]
                started = time.monotonic()
                if command is None:
                    time.sleep(asked.alone_s)
                else:
                    index(asked.nice, *command, "--archive", str(archive))
                    time.sleep(asked.settle_s)
                report(step, time.monotonic() - started, clients, service)


def index(nice: int, *command: str) -> None:
    subprocess.run(
        ["nice", f"-n{nice}", sys.executable, "-m", "indexer", *command],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


class Client:
    """Asks one thing after another until it is told to stop."""

    def __init__(self, service: Service, pause_ms: float, place: int) -> None:
        self.took_ms: list[float] = []
        self.failed: list[str] = []
        self._address = urlsplit(service.url).netloc
        self._pause_s = pause_ms / 1000
        self._place = place
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._ask)
        self._thread.start()

    def end(self) -> None:
        self._stop.set()
        self._thread.join()

    def _ask(self) -> None:
        texts = questions()
        connection = HTTPConnection(self._address, timeout=30)
        for text in itertools.cycle(texts[self._place * 37 :] + texts[: self._place * 37]):
            started = time.perf_counter()
            try:
                connection.request("GET", f"/api/search?q={quote_plus(text)}")
                answer = connection.getresponse()
                answer.read()
                if answer.status != 200:
                    self.failed.append(str(answer.status))
            except (OSError, HTTPException) as error:
                self.failed.append(repr(error))
                connection.close()
            self.took_ms.append((time.perf_counter() - started) * 1000)
            if self._stop.wait(self._pause_s):
                return


def report(step: str, seconds: float, clients: list[Client], service: Service) -> None:
    for client in clients:
        client.end()
    took_ms = sorted(ms for client in clients for ms in client.took_ms)
    failed = [one for client in clients for one in client.failed]
    print(
        f"{step:<9} {seconds:>3.0f} {len(took_ms):>9} {statistics.median(took_ms):>7.1f}"
        f" {took_ms[int(len(took_ms) * 0.99)]:>8.1f} {took_ms[-1]:>8.1f}"
        f" {sum(ms > _SLOW_MS for ms in took_ms):>5} {len(failed):>7} {service.documents():>10}",
        *set(failed),
        flush=True,
    )


if __name__ == "__main__":
    main()
