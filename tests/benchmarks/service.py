"""A service of its own process, as the benchmarks of it start, watch and end it."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Service:
    pid: int
    url: str
    ready_s: float  # from the start of the process to /readyz

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(self.url + path, timeout=30) as answer:
            return bytes(answer.read())

    def memory_mb(self) -> float:
        """Sum what each process holds, of what several share its part (PSS)."""
        return sum(_pss_kb(pid) for pid in self.processes()) / 1024

    def cpu_s(self) -> float:
        """Sum the processor time of all processes so far."""
        stats = [Path(f"/proc/{pid}/stat").read_text() for pid in self.processes()]
        ticks = [stat.rpartition(")")[2].split()[11:13] for stat in stats]
        return sum(int(tick) for pair in ticks for tick in pair) / os.sysconf("SC_CLK_TCK")

    def open_files(self) -> int:
        return sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in self.processes())

    def processes(self) -> list[int]:
        threads = Path(f"/proc/{self.pid}/task").iterdir()  # each has those that it started
        children = [(thread / "children").read_text().split() for thread in threads]
        return [self.pid, *map(int, chain.from_iterable(children))]

    def documents(self) -> int:
        return int(json.loads(self.get("readyz"))["documents"])


@contextmanager
def running(archive: Path, log: Path, *more: str) -> Iterator[Service]:
    """Serve an archive on any free port until the end of the block; `log` takes what it says."""
    command = [sys.executable, "-m", "web", "--archive", str(archive), "--port", "0", *more]
    started = time.monotonic()
    with log.open("w") as said, subprocess.Popen(command, cwd=_ROOT, stderr=said) as process:
        try:
            url = _wait_until_ready(process, log)
            yield Service(process.pid, url, time.monotonic() - started)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def _wait_until_ready(process: subprocess.Popen[bytes], log: Path) -> str:
    while process.poll() is None:
        if found := re.search(r" at (http://\S+/)", log.read_text()):
            try:
                urllib.request.urlopen(found[1] + "readyz", timeout=30).close()
            except urllib.error.HTTPError:
                pass
            else:
                return found[1]
        time.sleep(0.01)
    raise RuntimeError(log.read_text())


def _pss_kb(pid: int) -> int:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    found = re.search(r"^Pss:\s+(\d+)", rollup, re.M)
    return int(found[1]) if found else 0
