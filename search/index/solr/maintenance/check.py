"""Checks an archive on a cluster: every replica, every document, and its passages."""

from collections.abc import Iterator
from itertools import chain

from search.errors import ArchiveError
from search.index.catalogue.rows import read_document
from search.index.solr.configset import Kind
from search.index.solr.entries import STORED_FIELDS, read_rows
from search.index.solr.journal import journal_id
from search.index.solr.maintenance.texts import TextPassages, compare_texts
from search.index.solr.replicas import count_replicas, unequal_replicas
from search.index.solr.state import require_text_rules
from search.index.solr.store import SolrStore
from search.index.solr.writer import run_of, unfinished_runs
from search.records import digest_of

_FIRSTS_AT_ONCE = 1000


def check(store: SolrStore) -> list[str]:
    """Return a line for each fault."""
    state = store.require_state()
    try:
        require_text_rules(state, store.client.address)
    except ArchiveError as error:
        return [str(error)]
    return list(chain(_replicas(store), _journals(store), _texts(store)))


def _replicas(store: SolrStore) -> Iterator[str]:
    for count in count_replicas(store):
        if not count.is_active:
            yield f"{count.shard} of {count.collection}: {count.place} does not answer"
    yield from unequal_replicas(store)


def _journals(store: SolrStore) -> Iterator[str]:
    for marker in unfinished_runs(store):
        if store.get(Kind.ARCHIVE, [journal_id(run_of(marker))], "id"):
            yield f"a commit of {marker} is not finished: the next `indexer add` finishes it"


def _texts(store: SolrStore) -> Iterator[str]:
    orphans = 0
    firsts: set[str] = set()
    for text in compare_texts(store, f"{STORED_FIELDS},edition,passages"):
        orphans += len(text.orphans)
        if text.document is not None:
            yield from _faults(text, firsts)
        if len(firsts) >= _FIRSTS_AT_ONCE:
            yield from _missing_firsts(store, firsts)
    yield from _missing_firsts(store, firsts)
    if orphans:
        yield f"{orphans} passages belong to no document: `indexer compact` removes them"


def _faults(text: TextPassages, firsts: set[str]) -> Iterator[str]:
    assert text.document is not None, "the caller knows that there is one"
    if text.missing or not text.named:
        yield f"document {text.doc_id} lacks {text.missing or 'all'} of its passages"
    try:
        rows = read_rows(text.document)
        document = read_document(rows.document)
    except ArchiveError as error:
        yield str(error)
        return
    if rows.digest != digest_of(document):
        yield f"document {text.doc_id} differs from its digest"
    if rows.first_id != text.doc_id:
        firsts.add(rows.first_id)


def _missing_firsts(store: SolrStore, firsts: set[str]) -> Iterator[str]:
    there = {entry["id"] for entry in store.get(Kind.DOCUMENTS, sorted(firsts), "id")}
    for doc_id in sorted(firsts - there):
        yield f"a document is linked to {doc_id}, which is not in the archive"
    firsts.clear()
