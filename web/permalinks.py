"""Write the addresses of documents' pages: within the site, and in full, as citations name them."""

from collections.abc import Callable
from urllib.parse import quote

from flask import g, url_for


def write_document_path(doc_id: str) -> str:
    """Return the address of a document's page within the site."""
    start = g.get("document_path")
    if start is None:  # one page has dozens of these addresses
        start = g.document_path = _start_of_documents()
    return f"{start}{quote(doc_id, safe='')}"


def write_permalinks() -> Callable[[str], str]:
    """Return a function from the id of a document to the address of its page.

    The function may be called after the request, while an answer is streamed.
    """
    start = _start_of_documents(is_external=True)
    return lambda doc_id: start + quote(doc_id, safe="")


def _start_of_documents(*, is_external: bool = False) -> str:
    return url_for("pages.document", doc_id="ID", _external=is_external).removesuffix("ID")
