"""Start a cluster and leave it running, or stop the cluster that was started so.

`start` prints the address for `--archive` on its last line. A process in the background keeps the
cluster; `stop` ends that process, and with it the servers and their data.
"""

import argparse
import fcntl
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.cluster.build import TARGET, ClusterUnavailableError
from tests.cluster.servers import HEAP_MB, LOOPBACK, NODES, running_cluster

ARCHIVE = "press"
KEPT = TARGET / "running"  # locked by the process that keeps a cluster, whose id it begins with
LOG = TARGET / "log"


def start() -> None:
    if not _is_kept():
        command = [sys.executable, "-m", "tests.cluster", *sys.argv[1:], "--keep"]
        with LOG.open("w") as log:
            keeper = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True
            )
        if not keeper.stdout.read():  # which ends once the cluster runs, or could not be started
            sys.exit(LOG.read_text(encoding="utf-8"))
    print(KEPT.read_text(encoding="utf-8").partition("\n")[2], end="")


def keep(options: argparse.Namespace) -> None:
    """Run a cluster until a signal ends this process."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    with KEPT.open("a") as file, tempfile.TemporaryDirectory(prefix="arshif-cluster-") as folder:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with running_cluster(
            Path(folder),
            sites=[LOOPBACK] * options.nodes,
            heap_mb=options.heap_mb,
            credentials=options.credentials,
        ) as cluster:
            file.truncate(0)
            print(os.getpid(), file=file)
            for server in (cluster.zookeeper, *cluster.nodes):
                print(f"{server.folder} {server} pid {server.pid}", file=file)
            print(cluster.address(ARCHIVE), file=file, flush=True)
            print("started", flush=True)
            os.close(sys.stdout.fileno())
            signal.pause()


def stop() -> None:
    if _is_kept():
        os.kill(int(KEPT.read_text(encoding="utf-8").split("\n")[0]), signal.SIGTERM)
        with KEPT.open() as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # until all servers have ended


def _is_kept() -> bool:
    TARGET.mkdir(exist_ok=True)
    with KEPT.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.cluster", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    starting = commands.add_parser("start")
    starting.add_argument("--nodes", type=int, default=NODES)
    starting.add_argument("--heap-mb", type=int, default=HEAP_MB, help="of each node")
    starting.add_argument("--credentials", metavar="USER:PASSWORD", help="demanded by every node")
    starting.add_argument("--keep", action="store_true", help=argparse.SUPPRESS)
    commands.add_parser("stop")
    options = parser.parse_args()
    try:
        if options.command == "stop":
            stop()
        elif options.keep:
            keep(options)
        else:
            start()
    except ClusterUnavailableError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
