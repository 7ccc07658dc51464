"""Find the document or the story of the id in an address, for pages and for programs.

The view of one document does its own look-up: it offers a search in place of a missing document.
"""

from flask import abort

from search.records import Document
from search.stories import Story
from web.app_state import AppState

_MISSING = "no document of this archive has this id"


def find_document(doc_id: str) -> Document:
    """Return the document of this id, or the article that replaced the headline of this id.

    A request for an unknown id is answered with 404.
    """
    document = AppState.current().engine.index.find(doc_id)
    if document is None:
        abort(404, _MISSING)
    return document


def find_story(doc_id: str) -> tuple[Document, Story]:
    """Return a document and its story; a request for an unknown id is answered with 404."""
    document = find_document(doc_id)
    story = AppState.current().engine.story(document.doc_id)
    if story is None:  # the document was removed meanwhile
        abort(404, _MISSING)
    return document, story
