"""Times `indexer add` over a Ray cluster on loopback, beside the pool of processes of one machine.

    python -m tests.benchmarks.ray_nodes DUMP [RECORDS]

Prints JSON. Each run adds the dump to an archive of its own; the counts of all runs must be equal.
The cluster runs before the clock starts. In the last run it has two nodes, and the second node's
raylet is killed with SIGKILL as soon as one of its workers prepares documents.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from tests.benchmarks.indexing import shortened
from tests.benchmarks.reporting import ROOT, describe_run
from tests.ray_nodes import ENVIRONMENT, processes, running_nodes, wait_until


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder, dump = Path(name), Path(sys.argv[1])
        if sys.argv[2:]:
            dump = shortened(dump, folder, int(sys.argv[2]))
        results = [{"run": "process pool", **add(dump, folder / "pool")}]
        for cores in (1, 2):
            with running_nodes(cores) as (address, _):
                run = f"ray, {cores} core{'s' if cores > 1 else ''}"
                results.append({"run": run, **add(dump, folder / f"ray{cores}", address)})
        with running_nodes(1, 1) as (address, (_, second)):
            whole = add(dump, folder / "nodes", address)
            results.append({"run": "ray, 2 nodes of 1 core", **whole})
            killer = threading.Thread(target=kill_at_work, args=[second])
            killer.start()
            killed = add(dump, folder / "killed", address)
            killer.join()
            results.append({"run": "ray, the second node killed at work", **killed})
    counts = [result.pop("counts") for result in results]
    assert all(count == counts[0] for count in counts), counts
    report = {**describe_run(), "dump": dump.name, "counts": counts[0], "results": results}
    print(json.dumps(report, ensure_ascii=False))


def add(dump, archive, address=None):
    command = [sys.executable, "-m", "indexer", "add", str(dump), "--archive", str(archive)]
    command += ["--encoder", "arshif-static", "--json"]
    started = time.perf_counter()
    done = subprocess.run(
        [*command, "--ray", address] if address else command,
        env=ENVIRONMENT,
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    wall_s = time.perf_counter() - started
    counts = json.loads(done.stdout)
    return {"seconds": counts.pop("seconds"), "wall_s": round(wall_s, 1), "counts": counts}


def kill_at_work(node):
    """Kill the raylet of a node once one of its workers prepares documents."""
    [raylet] = children(node.pid, b"raylet/raylet")
    wait_until(lambda: children(raylet, b"(prepare)"))
    os.kill(raylet, signal.SIGKILL)


def children(parent, name):
    return [pid for pid in processes(name) if parent_of(pid) == parent]


def parent_of(pid):
    return int(Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").split()[3])


if __name__ == "__main__":
    main()
