"""ZooKeeper and the Solr nodes of one cluster, which tests kill and start again."""

import base64
import hashlib
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx

from tests.cluster.build import FOLDER, class_path

# Below the ports of outgoing connections: a node that is started again finds its own port free.
PORTS = range(20_000, 30_000)
NODES = 3
HEAP_MB = 512
ZOOKEEPER_HEAP_MB = 128
SESSION_S = 10  # after which ZooKeeper gives up a node that is silent
TIMEOUT_S = 180  # a busy machine is slow, not wrong


class Site(NamedTuple):
    """The address at which a server listens, and the command that enters its network."""

    host: str = "127.0.0.1"
    enter: tuple[str, ...] = ()


LOOPBACK = Site()


class Server:
    """One process of a cluster. It is started again with the data that it had."""

    def __init__(self, folder: Path, site: Site, port: int, arguments: list[str]) -> None:
        self.folder = folder
        self.host = site.host
        self.port = port
        self._command = [*site.enter, "java", f"-Djava.io.tmpdir={folder}", *arguments]
        self._process: subprocess.Popen[bytes] | None = None

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl+C is for the test run, which stops its servers
            )

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def check_runs(self) -> None:
        """Raise an error with the last lines of the log if the process has ended."""
        if self._process is None or self._process.poll() is not None:
            log = (self.folder / "log").read_text(encoding="utf-8", errors="replace")
            raise RuntimeError(f"{self.folder.name} is not running:\n{log[-2000:]}")

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(how)
        try:
            self._process.wait(TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None


class Cluster:
    """ZooKeeper and several Solr nodes, with their data in one folder.

    ZooKeeper runs at the first site, and a node at each. `credentials` are `user:password`, which
    the nodes then demand with every request.
    """

    def __init__(
        self,
        folder: Path,
        *,
        sites: Sequence[Site] = (LOOPBACK,) * NODES,
        heap_mb: int = HEAP_MB,
        credentials: str | None = None,
    ) -> None:
        self.folder = folder
        self.credentials = credentials
        zookeeper_port, *ports = _free_ports(len(sites) + 1)
        self.zookeeper = _zookeeper(folder / "zookeeper", sites[0], zookeeper_port)
        self.nodes = [
            _solr_node(folder / f"node-{number}", site, port, self.zookeeper, heap_mb)
            for number, (site, port) in enumerate(zip(sites, ports, strict=True), 1)
        ]
        self.http = httpx.Client(
            auth=tuple(credentials.split(":", 1)) if credentials else None, timeout=30
        )

    def start(self) -> None:
        """Start all servers; return once every node answers and knows all others."""
        self.zookeeper.start()
        wait_until(lambda: _accepts_connections(self.zookeeper), self.zookeeper)
        if self.credentials:
            self._require(self.credentials)
        for node in self.nodes:
            node.start()
        self.wait_for_nodes()

    def stop(self) -> None:
        with ThreadPoolExecutor() as pool:
            list(pool.map(Server.stop, self.nodes))  # while they can still sign off at ZooKeeper
        self.zookeeper.kill()
        self.http.close()

    def address(self, archive: str) -> str:
        """Return what `--archive` takes for the archive of this name."""
        return f"solr+http://{','.join(map(str, self.nodes))}/solr/{archive}"

    def url(self, path: str, node: Server | None = None) -> str:
        return f"http://{node or self.nodes[0]}/solr/{path}"

    def wait_for_nodes(self) -> None:
        """Return once every node answers and knows all others."""
        names = {f"{node}_solr" for node in self.nodes}
        for node in self.nodes:
            wait_until(lambda node=node: names <= set(self._state(node)["live_nodes"]), node)

    def wait_for_replicas(self) -> None:
        """Return once all nodes answer and every replica of every collection is active."""
        self.wait_for_nodes()
        for node in self.nodes:
            wait_until(lambda node=node: _all_active(self._state(node)), node)

    def collection(self, alias: str) -> dict:
        """Return the state of a collection, with its shards and their replicas."""
        [state] = self._state(self.nodes[0], collection=alias)["collections"].values()
        return state

    def _state(self, node: Server, **parameters: str) -> dict:
        response = self.http.get(
            self.url("admin/collections", node),
            params={"action": "CLUSTERSTATUS", "wt": "json", **parameters},
        )
        response.raise_for_status()
        return response.json()["cluster"]

    def _require(self, credentials: str) -> None:
        """Put basic authentication into ZooKeeper, from where the nodes read it."""
        user, password = credentials.split(":", 1)
        file = self.folder / "security.json"
        file.write_text(json.dumps(_security(user, password)), encoding="utf-8")
        subprocess.run(
            [
                *("java", "-cp", class_path(), "org.apache.solr.cloud.ZkCLI"),
                *("-zkhost", str(self.zookeeper), "-cmd", "putfile", "/security.json", str(file)),
            ],
            check=True,
            capture_output=True,
        )


@contextmanager
def running_cluster(folder: Path, **options) -> Iterator[Cluster]:
    cluster = Cluster(folder, **options)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


def wait_until(holds: Callable[[], bool], server: Server, timeout_s: float = TIMEOUT_S) -> None:
    """Return once the condition holds; a refused connection counts as no."""
    end = time.monotonic() + timeout_s
    while True:
        server.check_runs()
        try:
            if holds():
                return
        except httpx.HTTPError:
            pass
        if time.monotonic() > end:
            raise TimeoutError(f"{server.folder.name} is not ready after {timeout_s} s")
        time.sleep(0.2)


def _zookeeper(folder: Path, site: Site, port: int) -> Server:
    folder.mkdir(parents=True)
    configuration = folder / "zoo.cfg"
    configuration.write_text(
        f"dataDir={folder}\nclientPort={port}\nclientPortAddress={site.host}\n"
        "tickTime=2000\nmaxClientCnxns=0\nadmin.enableServer=false\n",
        encoding="utf-8",
    )
    return Server(folder, site, port, [*_java(ZOOKEEPER_HEAP_MB), str(configuration)])


def _solr_node(folder: Path, site: Site, port: int, zookeeper: Server, heap_mb: int) -> Server:
    home = folder / "home"
    home.mkdir(parents=True, exist_ok=True)  # it may be a disk of its own
    shutil.copy(FOLDER / "solr.xml", home)
    properties = {
        "host": site.host,
        "jetty.port": port,
        "solr.solr.home": home,
        "zkHost": zookeeper,
        "zkClientTimeout": SESSION_S * 1000,
    }
    arguments = [f"-D{name}={value}" for name, value in properties.items()]
    return Server(folder, site, port, [*arguments, *_java(heap_mb)])


def _java(heap_mb: int) -> list[str]:
    logging = f"-Dlog4j2.configurationFile={FOLDER / 'log4j2.xml'}"
    return [f"-Xmx{heap_mb}m", "-XX:-UsePerfData", logging, "-cp", class_path(), "Server"]


def _free_ports(count: int) -> list[int]:
    ports: list[int] = []
    while len(ports) < count:
        port = random.SystemRandom().choice(PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("", port))
            except OSError:
                continue
        if port not in ports:
            ports.append(port)
    return ports


def _accepts_connections(server: Server) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((server.host, server.port)) == 0


def _all_active(state: dict) -> bool:
    return all(
        replica["state"] == "active"
        for collection in state["collections"].values()
        for shard in collection["shards"].values()
        for replica in shard["replicas"].values()
    )


def _security(user: str, password: str) -> dict:
    """Return a `security.json` with one user; Solr stores SHA-256 twice over salt and password."""
    salt = os.urandom(32)
    digest = hashlib.sha256(hashlib.sha256(salt + password.encode()).digest()).digest()
    secret = " ".join(base64.b64encode(part).decode() for part in (digest, salt))
    return {
        "authentication": {
            "class": "solr.BasicAuthPlugin",
            "blockUnknown": True,
            "credentials": {user: secret},
        },
        "authorization": {
            "class": "solr.RuleBasedAuthorizationPlugin",
            "user-role": {user: "admin"},
            "permissions": [{"name": "all", "role": "admin"}],
        },
    }
