"""Adds the vectors of the second level, part by part, while others index and search.

A passage is changed in part: Solr builds the entry anew from its stored fields. Passages that were
removed meanwhile are left out. A run that was interrupted continues after its last commit.
"""

import time
from collections.abc import Iterator
from itertools import islice
from typing import Any

from search.encoders.identity import EncoderIdentity
from search.errors import ArchiveError
from search.index.archive import DocumentSpan, EncodeContext
from search.index.solr.client import Parameters
from search.index.solr.configset import Kind
from search.index.solr.entries import read_entry_document, vector_fields
from search.index.solr.store import SolrStore

# An interrupted run loses what it encoded since its last commit, which takes about a second.
SECONDS_A_COMMIT = 30
FIRST_PASSAGES, MAX_PASSAGES = 500, 20_000  # in one commit


def encode(store: SolrStore, encode: EncodeContext, encoder: EncoderIdentity) -> Iterator[int]:
    """Encode the passages without a vector of the second level; yield their number per commit."""
    stored = store.require_state().encoder
    if stored.context is None:
        raise ArchiveError(
            f"archive {store.client.address} has only the vectors of {stored.name}, and no passage"
            " lacks them: to use another encoder, run `python -m indexer reencode --encoder NAME`"
        )
    stored.require_same(encoder)
    size = FIRST_PASSAGES
    spans = _unencoded(store)
    while part := list(islice(spans, min(size, MAX_PASSAGES))):
        started = time.perf_counter()
        vectors = encode([span for _, span in part])
        passages_a_second = len(part) / (time.perf_counter() - started)
        size = max(FIRST_PASSAGES, int(SECONDS_A_COMMIT * passages_a_second))
        store.change_all(
            Kind.PASSAGES,
            (
                {"id": passage, **vector_fields("context", vector), "is_encoded": True}
                for (passage, _), vector in zip(part, vectors, strict=True)
            ),
        )
        store.commit(Kind.PASSAGES)
        store.next_state(stored)
        yield len(part)


def _unencoded(store: SolrStore) -> Iterator[tuple[str, DocumentSpan]]:
    """Yield the passages that lack a vector and whose document names them."""
    query: Parameters = {
        "q": "*:* -is_encoded:true",
        "fl": "id,document,edition,ordinal",
        "rows": FIRST_PASSAGES,
    }
    passages = store.scan(Kind.PASSAGES, query, sort="id asc")
    while page := list(islice(passages, FIRST_PASSAGES)):
        doc_ids = sorted({entry["document"] for entry in page})
        entries = store.get(Kind.DOCUMENTS, doc_ids, "id,edition,document")
        entry_by_id = {entry["id"]: entry for entry in entries}
        texts: dict[str, Any] = {}
        for passage in page:
            doc_id = passage["document"]
            entry = entry_by_id.get(doc_id)
            if entry is None or entry["edition"] != passage["edition"]:
                continue
            if doc_id not in texts:
                texts[doc_id] = read_entry_document(entry)
            document, spans = texts[doc_id]
            yield passage["id"], (document, spans[passage["ordinal"]])
