"""Writes all vectors of an archive anew, into a collection that takes the place of the other.

Texts, terms and ids are unchanged. If the run is interrupted before the swap, the archive is
unchanged, and the next run starts again. Documents that others change meanwhile are encoded in a
further pass, before the swap and after it.
"""

from collections.abc import Iterator
from itertools import islice

from search.encoders.identity import EncoderIdentity
from search.index.archive import DocumentSpan, EncodePassages
from search.index.catalogue.rows import read_document
from search.index.catalogue.stored import PassageRows
from search.index.solr.client import Parameters
from search.index.solr.configset import Kind
from search.index.solr.entries import STORED_FIELDS, passage_entries, read_rows
from search.index.solr.scratch import Loaded
from search.index.solr.store import SolrStore
from search.index.terms import index_terms

_DOCUMENTS_AT_ONCE = 500
_ALMOST_ALL = 100  # documents that are left for the pass after the swap


def reencode(store: SolrStore, encode: EncodePassages, encoder: EncoderIdentity) -> Iterator[int]:
    """Encode every passage with `encode` and swap the vectors, after the last part."""
    store.require_state()
    old, new = store.collections.create_next(Kind.PASSAGES, encoder)
    target = store.with_passages(new)
    latest = 0  # version of the documents that were encoded
    documents = _ALMOST_ALL
    while documents >= _ALMOST_ALL:
        documents = 0
        for part in _changed_since(store, latest):
            latest = max(latest, *(loaded.version for loaded in part))
            documents += len(part)
            yield _encode_part(target, part, encode)
        store.commit(Kind.DOCUMENTS)
    target.commit(Kind.PASSAGES)
    store.collections.point_alias(Kind.PASSAGES, new)
    store.next_state(encoder)
    store.commit(Kind.DOCUMENTS)
    for part in _changed_since(store, latest):
        yield _encode_part(store, part, encode)
    store.commit(Kind.PASSAGES)
    store.collections.remove(old)


def _changed_since(store: SolrStore, version: int) -> Iterator[list[Loaded]]:
    query: Parameters = {
        "q": f"_version_:{{{version} TO *]",
        "fl": STORED_FIELDS,
        "rows": _DOCUMENTS_AT_ONCE,
    }
    documents = store.scan(Kind.DOCUMENTS, query, sort="id asc")
    while part := list(islice(documents, _DOCUMENTS_AT_ONCE)):
        yield [Loaded(read_rows(entry), entry["_version_"], entry["number"]) for entry in part]


def _encode_part(store: SolrStore, part: list[Loaded], encode: EncodePassages) -> int:
    """Write the passages of some documents; return their number."""
    documents = [read_document(loaded.rows.document) for loaded in part]
    spans: list[DocumentSpan] = [
        (document, span)
        for document, loaded in zip(documents, part, strict=True)
        for span in loaded.rows.spans
    ]
    encoded = encode(spans)
    entries = []
    first = 0
    for document, loaded in zip(documents, part, strict=True):
        own = slice(first, first + len(loaded.rows.spans))
        passages = PassageRows(
            encoded.base[own],
            None if encoded.pieces is None else encoded.pieces[own],
            None if encoded.context is None else encoded.context[own],
        )
        terms = index_terms(document, loaded.rows.spans)
        entries += passage_entries(loaded.rows, passages, terms, number=loaded.number)
        first = own.stop
    store.write_all(Kind.PASSAGES, entries)
    return len(spans)
