"""Compares the passages of a cluster with the documents that name them."""

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any, NamedTuple

from search.index.solr.configset import Kind
from search.index.solr.entries import passage_id
from search.index.solr.store import SolrStore


class TextPassages(NamedTuple):
    """A document, None if there is none, and the ids of the passages that carry its id."""

    doc_id: str
    document: Mapping[str, Any] | None
    passages: list[str]

    @property
    def named(self) -> list[str]:
        """Return the ids of the passages that the document names."""
        if self.document is None:
            return []
        edition, count = self.document["edition"], self.document["passages"]
        return [passage_id(self.doc_id, edition, ordinal) for ordinal in range(count)]

    @property
    def orphans(self) -> list[str]:
        """Return the ids of the passages that no document names."""
        named = set(self.named)
        return [passage for passage in self.passages if passage not in named]

    @property
    def missing(self) -> int:
        """Return the number of passages that the document names and the cluster lacks."""
        return len(set(self.named) - set(self.passages))


def compare_texts(store: SolrStore, fields: str = "id,edition,passages") -> Iterator[TextPassages]:
    """Yield every document with its passages, and passages without a document, by their ids."""
    documents = store.scan(Kind.DOCUMENTS, {"q": "*:*", "fl": fields}, sort="id asc")
    passages = store.scan(
        Kind.PASSAGES, {"q": "*:*", "fl": "id,document", "rows": 5000}, sort="document asc,id asc"
    )
    groups = groupby(passages, key=lambda entry: str(entry["document"]))
    document = next(documents, None)
    for doc_id, entries in groups:
        while document is not None and _key(document["id"]) < _key(doc_id):
            yield TextPassages(document["id"], document, [])
            document = next(documents, None)
        ids = [entry["id"] for entry in entries]
        if document is not None and document["id"] == doc_id:
            yield TextPassages(doc_id, document, ids)
            document = next(documents, None)
        else:
            yield TextPassages(doc_id, None, ids)
    while document is not None:
        yield TextPassages(document["id"], document, [])
        document = next(documents, None)


def _key(doc_id: str) -> bytes:
    return doc_id.encode()  # Solr sorts by bytes
