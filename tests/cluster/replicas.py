"""What each replica of a collection holds, asked of the replica itself."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from tests.cluster.servers import Cluster, Server

ALL = 1_000_000  # entries


@dataclass(frozen=True, slots=True)
class Holdings:
    """The ids of a collection's entries, and those among them that are not where they should be."""

    ids: frozenset[str]
    doubled: frozenset[str]  # on two shards, or twice in a replica
    unequal: frozenset[str]  # not on every replica of their shard


def holdings(cluster: Cluster, collection: str) -> Holdings:
    """Read the entries of all replicas, which have to be active."""
    shards: Counter[str] = Counter()
    doubled: set[str] = set()
    unequal: set[str] = set()
    for replicas in _cores(cluster, collection):
        counts = [Counter(_ids(cluster, core)) for core in replicas]
        whole = set().union(*counts)
        shards.update(whole)
        doubled.update(_repeated(*counts))
        unequal.update(whole.difference(set.intersection(*map(set, counts))))
    return Holdings(
        frozenset(shards), frozenset({*doubled, *_repeated(shards)}), frozenset(unequal)
    )


def leader(cluster: Cluster, collection: str) -> Server:
    """Return the node that leads the first shard of a collection."""
    _, shard = min(cluster.collection(collection)["shards"].items())
    [node_name] = [
        replica["node_name"]
        for replica in shard["replicas"].values()
        if replica.get("leader") == "true"
    ]
    return next(node for node in cluster.nodes if node_name == f"{node}_solr")


def _cores(cluster: Cluster, collection: str) -> Iterable[list[str]]:
    """Yield the addresses of the replicas of each shard."""
    for shard in cluster.collection(collection)["shards"].values():
        yield [f"{replica['base_url']}/{replica['core']}" for replica in shard["replicas"].values()]


def _ids(cluster: Cluster, core: str) -> list[str]:
    cluster.http.get(f"{core}/update", params={"commit": "true", "distrib": "false"})
    parameters = {"q": "*:*", "fl": "id", "rows": ALL, "distrib": "false", "wt": "json"}
    response = cluster.http.get(f"{core}/select", params=parameters)
    response.raise_for_status()
    return [entry["id"] for entry in response.json()["response"]["docs"]]


def _repeated(*counts: Counter[str]) -> set[str]:
    return {entry for count in counts for entry, number in count.items() if number > 1}
