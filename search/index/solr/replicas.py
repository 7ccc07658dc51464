"""Compares the replicas of an archive's shards.

After ZooKeeper was away for a while, a replica may lack documents that it acknowledged, and Solr
reports it as active all the same.
"""

import time
from collections.abc import Iterator
from typing import NamedTuple

from search.errors import ArchiveError
from search.index.solr.client import Parameters
from search.index.solr.configset import Kind
from search.index.solr.store import SolrStore

# In which a replica may still open what it was sent: at the end of a run, and in a check.
_PATIENCE_S, _PATIENCE_OF_CHECK_S = 60.0, 5.0
_PAUSE_S = 1.0
_BROKEN = {"down", "recovery_failed"}


class ReplicaCount(NamedTuple):
    """The entries that one replica of a shard holds; None where it does not answer.

    A broken replica is down on a node that answers, as after its disk was full.
    """

    collection: str
    shard: str
    name: str
    node: str
    place: str  # on the cluster
    entries: int | None
    is_broken: bool

    @property
    def is_active(self) -> bool:
        return self.entries is not None


def count_replicas(store: SolrStore, run: str | None = None) -> Iterator[ReplicaCount]:
    """Yield what each replica of the collections holds, or of the documents that a run wrote."""
    status = store.collections.status()
    query: Parameters = {"q": "*:*"}
    if run is not None:
        query = {"q": "{!term f=run v=$run}", "run": run}
    for kind in Kind if run is None else (Kind.DOCUMENTS,):
        alias = store.collections.alias(kind)
        name = status.get("aliases", {}).get(alias, alias)
        for shard, fields in sorted(status["collections"][name]["shards"].items()):
            for replica_name, replica in fields["replicas"].items():
                place = f"{replica['base_url'].split('://', 1)[1]}/{replica['core']}"
                is_live = replica["node_name"] in status["live_nodes"]
                count = None
                if is_live and replica["state"] == "active":
                    parameters: Parameters = {**query, "rows": 0, "shards": place}
                    count = store.select(kind, parameters)["response"]["numFound"]
                is_broken = is_live and replica["state"] in _BROKEN
                node = replica["node_name"]
                yield ReplicaCount(name, shard, replica_name, node, place, count, is_broken)


def unequal_replicas(
    store: SolrStore, run: str | None = None, *, patience_s: float = _PATIENCE_OF_CHECK_S
) -> list[str]:
    """Return a line for each shard whose active replicas do not hold the same number of entries.

    With a run, only the documents that it wrote are counted. Replicas that become equal within
    `patience_s` are equal.
    """
    until = time.monotonic() + patience_s
    while (shards := _unequal_shards(store, run)) and time.monotonic() < until:
        time.sleep(_PAUSE_S)
    return [
        f"{replicas[0].shard} of {replicas[0].collection} is unequal: "
        + ", ".join(f"{count.place} holds {count.entries:,} entries" for count in replicas)
        for replicas in shards
    ]


def mend(store: SolrStore) -> list[str]:
    """Replace broken replicas, and those that lack entries, by copies; return a line for each.

    Raises:
        ArchiveError: the replicas are still unequal.
    """
    lines = []
    for count in list(count_replicas(store)):
        if count.is_broken:
            store.collections.replace_replica(count.collection, count.shard, count.name, count.node)
            lines.append(f"{count.place} was down on a node that runs, and was copied anew")
    for replicas in _unequal_shards(store):
        most = max(count.entries or 0 for count in replicas)
        for count in replicas:
            if count.entries == most:
                continue
            store.collections.replace_replica(count.collection, count.shard, count.name, count.node)
            lines.append(
                f"{count.place} held {count.entries:,} of {most:,} entries, and was copied anew"
            )
    require_equal_replicas(store)
    return lines


def _unequal_shards(store: SolrStore, run: str | None = None) -> list[list[ReplicaCount]]:
    shards: dict[tuple[str, str], list[ReplicaCount]] = {}
    for count in count_replicas(store, run):
        if count.is_active:
            shards.setdefault((count.collection, count.shard), []).append(count)
    return [
        replicas for replicas in shards.values() if len({count.entries for count in replicas}) > 1
    ]


def require_equal_replicas(store: SolrStore, run: str | None = None) -> None:
    """Wait until the active replicas of each shard are equal, or those of a run's documents.

    Raises:
        ArchiveError: they stay unequal; the error names them.
    """
    lines = unequal_replicas(store, run, patience_s=_PATIENCE_S)
    if lines:
        raise ArchiveError(
            "; ".join(lines) + ": a replica lost what it acknowledged; run `python -m indexer check"
            f" --mend --archive {store.client.address}`"
        )
