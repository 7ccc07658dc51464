"""Ray clusters on loopback: each node is a program of its own, which a test can kill."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).parents[1]
TOKEN = "arshif-test-" + "0" * 24  # also marks the processes of the clusters
ENVIRONMENT = os.environ | {
    "RAY_AUTH_MODE": "token",
    "RAY_AUTH_TOKEN": TOKEN,
    "PYTHONUNBUFFERED": "1",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_worker_niceness": "0",  # by default, workers yield to every other program
}
_RAY = str(Path(sys.executable).with_name("ray"))
WAIT_S = 240
_END_S = 5


@contextmanager
def running_nodes(*cores: int) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Start a cluster with a node for each number of cores; yield its address and the nodes."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
    folder = tempfile.mkdtemp(prefix="ray", dir="/tmp")  # short, because it holds sockets
    address = f"127.0.0.1:{port}"
    head = ["--head", "--node-ip-address=127.0.0.1", f"--port={port}", f"--temp-dir={folder}"]
    head += ["--include-dashboard=false"]
    with ExitStack() as started:
        started.callback(shutil.rmtree, folder, ignore_errors=True)
        nodes = []
        for number, count in enumerate(cores):
            place = [f"--address={address}"] if number else head
            size = [f"--num-cpus={count}", "--object-store-memory=300000000"]
            node = subprocess.Popen(
                [_RAY, "start", "--block", *place, *size],
                env=ENVIRONMENT,
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
            started.callback(_end, node)
            nodes.append(node)
            assert any(b"Ray runtime started" in line for line in node.stdout or ())
        yield address, nodes


def processes(name: bytes) -> list[int]:
    """Return the processes of the clusters that have a name in their command line."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if name in (folder / "cmdline").read_bytes():
                environment = (folder / "environ").read_bytes()
                found += [int(folder.name)] if TOKEN.encode() in environment else []
        except OSError:  # it has ended meanwhile
            continue
    return found


def wait_until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + WAIT_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _end(node: subprocess.Popen[bytes]) -> None:
    node.terminate()
    try:
        node.communicate(timeout=_END_S)
    except subprocess.TimeoutExpired:  # it waits for workers that do not end
        for process in processes(b""):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        node.communicate(timeout=WAIT_S)
