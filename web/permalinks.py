"""Write the full addresses of documents' pages, as files and citations name them."""

from collections.abc import Callable
from urllib.parse import quote

from flask import url_for


def write_permalinks() -> Callable[[str], str]:
    """Return a function from the id of a document to the address of its page.

    The function may be called after the request, while an answer is streamed.
    """
    start = url_for("pages.document", doc_id="ID", _external=True).removesuffix("ID")
    return lambda doc_id: start + quote(doc_id, safe="")
