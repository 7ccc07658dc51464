"""Reads the passages of documents with their vectors and word pieces, to be written elsewhere."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from search.encoders.identity import Vectors
from search.errors import ArchiveError
from search.index.catalogue.stored import PassageRows, StoredRows
from search.index.solr.configset import Kind
from search.index.solr.entries import passage_ids, read_pieces, read_vector
from search.index.solr.store import SolrStore


def read_passages(store: SolrStore, documents: Sequence[StoredRows]) -> Iterator[PassageRows]:
    """Yield the passages of each of these documents, read together.

    Raises:
        ArchiveError: a passage is missing.
    """
    ids = [passage for rows in documents for passage in passage_ids(rows)]
    fields = "id,base_row,context_row,pieces"
    entry_by_id = {entry["id"]: entry for entry in store.get(Kind.PASSAGES, ids, fields)}
    for rows in documents:
        entries = [entry_by_id.get(passage) for passage in passage_ids(rows)]
        there = [entry for entry in entries if entry is not None]
        if len(there) < len(entries):
            raise ArchiveError(
                f"document {rows.doc_id} lacks {len(entries) - len(there)} of its {len(entries)}"
                " passages: `indexer check` lists all damage; remove the document and index its"
                " dump"
            )
        yield _passages_of(there)


def _passages_of(entries: Sequence[dict[str, Any]]) -> PassageRows:
    pieces = None
    if any("pieces" in entry for entry in entries):
        pieces = [read_pieces(entry.get("pieces")) for entry in entries]
    vectors = np.stack([read_vector(entry["base_row"]) for entry in entries])
    return PassageRows(vectors, pieces, _context_of(entries))


def _context_of(entries: Sequence[dict[str, Any]]) -> Vectors | None:
    vectors = [read_vector(entry.get("context_row", "")) for entry in entries]
    dimension = max(len(vector) for vector in vectors)
    if not dimension:
        return None
    missing = np.full(dimension, np.nan, np.float32)
    return np.stack([vector if len(vector) else missing for vector in vectors])
