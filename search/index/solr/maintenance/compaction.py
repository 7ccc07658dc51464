"""Removes the passages that no document names, and lets Solr merge its segments.

No other writer may be at work: the passages that it has written, and not yet named, would be
removed.
"""

from itertools import islice

from search.index.solr.configset import Kind
from search.index.solr.maintenance.texts import compare_texts
from search.index.solr.store import SolrStore

_PASSAGES_AT_ONCE = 1000


def compact(store: SolrStore) -> None:
    """Remove orphans and drop removed entries from the segments, while searches go on."""
    state = store.require_state()
    orphans = (passage for text in compare_texts(store) for passage in text.orphans)
    has_removed = False
    while part := list(islice(orphans, _PASSAGES_AT_ONCE)):
        store.remove(Kind.PASSAGES, part)
        has_removed = True
    for kind in Kind:
        store.merge(kind)
    if has_removed:
        store.next_state(state.encoder)
