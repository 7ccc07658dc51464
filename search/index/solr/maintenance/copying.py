"""Reads everything that an archive on a cluster stores, to be copied into another archive."""

from collections.abc import Iterator
from itertools import islice

from search.index.catalogue.stored import StoredText
from search.index.solr.client import Parameters
from search.index.solr.configset import Kind
from search.index.solr.entries import STORED_FIELDS, read_rows
from search.index.solr.store import SolrStore
from search.index.solr.stored_passages import read_passages

_DOCUMENTS_AT_ONCE = 200


def read_texts(store: SolrStore) -> Iterator[StoredText]:
    """Yield every document with its passages, in the order of storing."""
    store.require_state()
    query: Parameters = {"q": "*:*", "fl": STORED_FIELDS, "rows": _DOCUMENTS_AT_ONCE}
    entries = store.scan(Kind.DOCUMENTS, query, sort="number asc,id asc")
    while part := list(islice(entries, _DOCUMENTS_AT_ONCE)):
        documents = [read_rows(entry) for entry in part]
        for rows, passages in zip(documents, read_passages(store, documents), strict=True):
            yield StoredText(rows, passages)
