"""Creates, replaces and removes the collections of an archive, each behind an alias of its name."""

from concurrent.futures import ThreadPoolExecutor

from search.encoders.identity import EncoderIdentity
from search.index.solr.client import Answer, Parameters, SolrClient, SolrError
from search.index.solr.configset import Kind, require_version, upload_configset

SHARDS, REPLICAS = 2, 2  # of documents and passages; the third collection has one shard


class Collections:
    """The three collections of one archive, which need not exist yet."""

    def __init__(self, client: SolrClient) -> None:
        self._client = client

    def alias(self, kind: Kind) -> str:
        return f"{self._client.address.name}_{kind}"

    def create(self, encoder: EncoderIdentity) -> None:
        """Create the collections that are missing, each behind an alias of its name."""
        status = self.status()
        with ThreadPoolExecutor() as threads:  # in half of the time
            list(threads.map(lambda kind: self._create_missing(kind, status, encoder), Kind))

    def require_versions(self) -> None:
        """Check that the collections have schemas of this program's version.

        Raises:
            ArchiveError: one has another schema.
        """
        status = self.status()
        aliases = status.get("aliases", {})
        for alias in map(self.alias, Kind):
            collection = aliases.get(alias, alias)
            if collection in status["collections"]:
                require_version(status["collections"][collection]["configName"], collection)

    def create_next(self, kind: Kind, encoder: EncoderIdentity) -> tuple[str, str]:
        """Create an empty collection to take the place of another; return the names of both."""
        status = self.status()
        alias = self.alias(kind)
        current = str(status["aliases"][alias])
        number = int(current.rpartition("_")[2])
        new = f"{alias}_{number + 1}"
        if new in status["collections"]:  # of a run that was interrupted
            self.remove(new)
        self._create(kind, new, encoder)
        return current, new

    def remove(self, name: str) -> None:
        self._client.admin("admin/collections", {"action": "DELETE", "name": name})

    def replace_replica(self, collection: str, shard: str, replica: str, node: str) -> None:
        """Remove a replica, and let its node copy the shard from the leader."""
        place: Parameters = {"collection": collection, "shard": shard}
        removal = {"action": "DELETEREPLICA", "replica": replica}
        self._client.admin("admin/collections", {**removal, **place})
        addition: Parameters = {"action": "ADDREPLICA", "node": node, "waitForFinalState": True}
        self._client.admin("admin/collections", {**addition, **place})

    def point_alias(self, kind: Kind, collection: str) -> None:
        """Let the name of a collection mean another collection, in one step."""
        self._client.admin(
            "admin/collections",
            {"action": "CREATEALIAS", "name": self.alias(kind), "collections": collection},
        )

    def status(self) -> Answer:
        """Return the collections, shards, replicas, aliases and live nodes of the cluster."""
        cluster: Answer = self._client.admin("admin/collections", {"action": "CLUSTERSTATUS"})[
            "cluster"
        ]
        return cluster

    def _create_missing(self, kind: Kind, status: Answer, encoder: EncoderIdentity) -> None:
        alias = self.alias(kind)
        collection = status.get("aliases", {}).get(alias)
        if collection is not None:
            require_version(status["collections"][collection]["configName"], collection)
            return
        # A writer may have been killed before it named the collection by the alias.
        if f"{alias}_1" not in status["collections"]:
            self._create(kind, f"{alias}_1", encoder)
        self.point_alias(kind, f"{alias}_1")

    def _create(self, kind: Kind, name: str, encoder: EncoderIdentity) -> None:
        """Create an empty collection, unless another writer has just done so."""
        config = upload_configset(self._client, kind, encoder)
        parameters: Parameters = {
            "action": "CREATE",
            "name": name,
            "collection.configName": config,
            "numShards": 1 if kind is Kind.ARCHIVE else SHARDS,
            "replicationFactor": min(REPLICAS, len(self.status()["live_nodes"])),
            "waitForFinalState": True,
        }
        try:
            self._client.admin("admin/collections", parameters)
        except SolrError:
            if name not in self.status()["collections"]:
                raise
