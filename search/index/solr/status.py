"""Counts what the collections of an archive hold, and measures them."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from search.index.archive import Status
from search.index.solr.client import Parameters
from search.index.solr.configset import Kind
from search.index.solr.state import FORMAT_VERSION, ArchiveState
from search.index.solr.store import SolrStore

_MONTHS = 12


class Counts(NamedTuple):
    """The documents of an archive, their passages, and those with a vector of the second level."""

    documents: int
    passages: int
    encoded: int


def count_entries(store: SolrStore) -> Counts:
    """Count the documents and the passages that they name, committed or not."""
    answer = _facets(store, Kind.DOCUMENTS, {"passages": "sum(passages)"})
    encoded = store.select(Kind.PASSAGES, {"q": "{!term f=is_encoded}true", "rows": 0})
    return Counts(answer["count"], int(answer.get("passages", 0)), encoded["response"]["numFound"])


def read_status(store: SolrStore, state: ArchiveState) -> Status:
    fields = {"kinds": "kind", "sources": "source", "months": "month"}
    facets = {
        name: {"type": "terms", "field": field, "limit": -1, "missing": True}
        for name, field in fields.items()
    }
    answer = _facets(store, Kind.DOCUMENTS, facets)
    years: dict[int | None, int] = {}
    for month, count in _values(answer, "months").items():
        year = None if month is None else month // _MONTHS
        years[year] = years.get(year, 0) + count
    counts = count_entries(store)
    return Status(
        documents=counts.documents,
        passages=counts.passages,
        kinds=dict(sorted(_values(answer, "kinds").items())),
        sources=_values(answer, "sources"),
        years=years,
        encoder=state.encoder,
        encoded=None if state.encoder.context is None else counts.encoded,
        size_bytes=measure(store),
        commit=state.commit,
        committed_at=state.committed_at,
        format_version=FORMAT_VERSION,
    )


def measure(store: SolrStore) -> int:
    """Return the size of the indexes of all replicas, in bytes."""
    if store.state() is None:
        return 0
    nodes = ",".join(store.collections.status()["live_nodes"])
    size = "INDEX.sizeInBytes"
    answer = store.client.admin(
        "admin/metrics", {"nodes": nodes, "group": "core", "prefix": size, "omitHeader": True}
    )
    of_archive = tuple(f"solr.core.{store.collections.alias(kind)}_" for kind in Kind)
    return sum(
        fields.get(size, 0)
        for node in answer.values()
        for core, fields in node.get("metrics", {}).items()
        if core.startswith(of_archive)
    )


def _facets(store: SolrStore, kind: Kind, facets: Mapping[str, object]) -> dict[str, Any]:
    parameters: Parameters = {"q": "*:*", "rows": 0, "json.facet": json.dumps(facets)}
    answer: dict[str, Any] = store.select(kind, parameters)["facets"]
    return answer


def _values(answer: Mapping[str, Any], name: str) -> dict[Any, int]:
    """Return the values of a field, the most frequent first, with None for a missing one."""
    facet = answer.get(name, {})
    counts = {bucket["val"]: bucket["count"] for bucket in facet.get("buckets", ())}
    if missing := facet.get("missing", {}).get("count"):
        counts[None] = missing
    return counts
