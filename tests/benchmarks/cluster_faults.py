"""What searches and writes see of a cluster's faults, and which documents are lost; prints JSON.

    python -m tests.benchmarks.cluster_faults [NAME…]

Without a name, every fault is tried, each on a cluster of its own: three nodes, two shards, two
replicas. Two threads search without pause, and a third adds five documents a run; a run that fails
is repeated until it ends well. A disk of 256 MB and a network cable of one node need root.

`failed` searches raised an error, or counted too few documents, after the client's own retries.
`lost` documents were acknowledged and are on no replica, `unequal` ones not on each of their shard.
`recovery_s` is the time from the end of the fault until every replica was active and the last
failed call was over; `mended_by` says what had to be done, where three minutes were not enough.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from search.index.opening import open_index
from tests.benchmarks.reporting import describe_run
from tests.cluster.replicas import holdings, leader
from tests.cluster.servers import LOOPBACK, NODES, Cluster, Site, running_cluster
from tests.cluster.workload import Workload, running_workload

ARCHIVE = "faults"
DOCUMENTS = f"{ARCHIVE}_documents"
BEFORE_S = AFTER_S = 10.0  # of searches and writes around a fault
OUTAGE_S = 60.0  # of a disk and of a network
DISK_MB = 256
NETWORK = "10.213.86"  # of the bridge between the nodes
BRIDGE, LINK, END, SPACE = (f"arshif-{part}" for part in ("bridge", "link", "end", "node"))


class Setting(NamedTuple):
    """A running cluster, and what can be broken around it."""

    cluster: Cluster
    disk: Path  # of the last node


class Fault(NamedTuple):
    """How a cluster is broken, and mended again before `happen` returns."""

    description: str
    happen: Callable[[Setting], None]
    has_disk: bool = False
    has_network: bool = False


def kill_leader(setting: Setting) -> None:
    node = leader(setting.cluster, DOCUMENTS)
    node.kill()
    time.sleep(20)
    node.start()


def restart_all(setting: Setting) -> None:
    for node in setting.cluster.nodes:
        node.stop()
        node.start()
        setting.cluster.wait_for_replicas()


def stop_zookeeper(seconds: float) -> Callable[[Setting], None]:
    def happen(setting: Setting) -> None:
        setting.cluster.zookeeper.kill()
        time.sleep(seconds)
        setting.cluster.zookeeper.start()

    return happen


def fill_disk(setting: Setting) -> None:
    filler = setting.disk / "filler"
    end = time.monotonic() + OUTAGE_S
    with filler.open("wb", buffering=0) as file:
        while time.monotonic() < end:  # what the node frees meanwhile is filled as well
            try:
                file.write(bytes(1 << 16))
            except OSError:
                time.sleep(0.1)
    filler.unlink()


def cut_cable(setting: Setting) -> None:
    _ip("link", "set", LINK, "nomaster")
    time.sleep(OUTAGE_S)
    _ip("link", "set", LINK, "master", BRIDGE)


FAULTS = {
    "none": Fault("nothing", lambda setting: None),
    "kill": Fault("a leader killed -9, started 20 s later", kill_leader),
    "restart": Fault("a rolling restart of all nodes", restart_all),
    "zookeeper-5": Fault("ZooKeeper killed -9, away for 5 s", stop_zookeeper(5)),
    "zookeeper-20": Fault("ZooKeeper killed -9, away for 20 s", stop_zookeeper(20)),
    "zookeeper-60": Fault("ZooKeeper killed -9, away for 60 s", stop_zookeeper(60)),
    "disk": Fault("the disk of a node full for 60 s", fill_disk, has_disk=True),
    "network": Fault("the network to a node cut for 60 s", cut_cable, has_network=True),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(FAULTS))
    names = parser.parse_args().names or list(FAULTS)
    rows = []
    for name in names:
        rows.append({"name": name, **try_fault(FAULTS[name])})
        print(json.dumps(rows[-1], ensure_ascii=False), file=sys.stderr, flush=True)
    print(json.dumps({**describe_run(), "faults": rows}, ensure_ascii=False, indent=1))


def try_fault(fault: Fault) -> dict[str, object]:
    with (
        tempfile.TemporaryDirectory(prefix="arshif-faults-") as name,
        _sites(fault.has_network) as sites,
        _disk(Path(name) / f"node-{NODES}" / "home", fault.has_disk) as disk,
        running_cluster(Path(name), sites=sites) as cluster,
    ):
        with running_workload(cluster.address(ARCHIVE), Path(name)) as workload:
            time.sleep(BEFORE_S)
            began = time.monotonic()
            fault.happen(Setting(cluster, disk))
            mended = time.monotonic()
            mended_by = _recover(cluster)
            active = time.monotonic()
            time.sleep(AFTER_S)
        return {
            "fault": fault.description,
            "fault_s": round(mended - began, 1),
            **_calls(workload),
            **_documents(cluster, workload),
            "recovery_s": round(max(active, workload.last_failure()) - mended, 1),
            "mended_by": mended_by,
        }


def _recover(cluster: Cluster) -> str:
    """Wait until every replica is active, and return what had to be done for it."""
    try:
        cluster.wait_for_replicas()
    except TimeoutError:
        open_index(cluster.address(ARCHIVE)).mend()
        try:
            cluster.wait_for_replicas()
        except TimeoutError:
            for node in cluster.nodes:
                node.stop()
                node.start()
            cluster.wait_for_replicas()
            return "check --mend and a restart"
        return "check --mend"
    return ""


def _calls(workload: Workload) -> dict[str, object]:
    failures = (*workload.failed_searches(), *workload.failed_runs())
    return {
        "searches": len(workload.searches),
        "failed_searches": len(workload.failed_searches()),
        "slowest_search_s": round(max(call.took_s for call in workload.searches), 1),
        "runs": len(workload.runs),
        "failed_runs": len(workload.failed_runs()),
        "slowest_run_s": round(max(call.took_s for call in workload.runs), 1),
        "failures": dict(Counter(str(call.failure)[:200] for call in failures).most_common(5)),
    }


def _documents(cluster: Cluster, workload: Workload) -> dict[str, object]:
    stored = holdings(cluster, DOCUMENTS)
    return {
        "documents": len(workload.doc_ids),
        "lost": len(workload.doc_ids - stored.ids),
        "doubled": len(stored.doubled | (stored.ids - workload.doc_ids)),
        "unequal": len(stored.unequal),
        "unequal_passages": len(holdings(cluster, f"{ARCHIVE}_passages").unequal),
    }


@contextmanager
def _disk(folder: Path, is_small: bool) -> Iterator[Path]:
    """Mount a small disk at a folder."""
    if not is_small:
        yield folder
        return
    folder.mkdir(parents=True)
    size = f"size={DISK_MB}m"
    subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@contextmanager
def _sites(has_network: bool) -> Iterator[Sequence[Site]]:
    """Put the last node into a network namespace, with a cable to a bridge of this machine."""
    if not has_network:
        yield (LOOPBACK,) * NODES
        return
    within = ("-n", SPACE)
    try:
        _ip("link", "add", BRIDGE, "type", "bridge")
        _ip("addr", "add", f"{NETWORK}.1/24", "dev", BRIDGE)
        _ip("link", "set", BRIDGE, "up")
        _ip("netns", "add", SPACE)
        _ip("link", "add", LINK, "type", "veth", "peer", "name", END, "netns", SPACE)
        _ip("link", "set", LINK, "master", BRIDGE, "up")
        _ip(*within, "addr", "add", f"{NETWORK}.2/24", "dev", END)
        for device in ("lo", END):
            _ip(*within, "link", "set", device, "up")
        here = Site(f"{NETWORK}.1")
        there = Site(f"{NETWORK}.2", ("ip", "netns", "exec", SPACE))
        yield (*(here,) * (NODES - 1), there)
    finally:
        _ip("netns", "del", SPACE)
        _ip("link", "del", BRIDGE)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True)


if __name__ == "__main__":
    main()
