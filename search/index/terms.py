"""The terms under which an index holds a passage: those of its document's title and its own."""

from collections.abc import Iterable

from search.index import IndexedTerms
from search.language.analysis import terms
from search.records import Document


def index_terms(document: Document, spans: Iterable[tuple[int, int]]) -> list[IndexedTerms]:
    """Return the indexed terms of each passage. Pure: it runs wherever there is a core to spare.

    A headline's text is its title; its terms are stored once, so that they do not count twice.
    """
    title = " ".join(terms(document.title))
    texts = (document.text[start:stop] for start, stop in spans)
    return [
        IndexedTerms(title, "" if text == document.title else " ".join(terms(text)))
        for text in texts
    ]
