"""Build what a reader's browser keeps of a document or of a search, for the buttons of the pages.

The server stores none of it: `static/folder.js` keeps it in the browser.
"""

from dataclasses import replace

from search.records import Document, Query, SearchPage
from web.localization import translate
from web.pages.navigation import Link
from web.parameters import write_query
from web.references.reference import write_heading

_MAX_TITLE_LENGTH = 300  # characters; a title of a dump may have any length
_DEFAULT_K = Query(text="").k


def build_clipping(document: Document) -> dict[str, str]:
    """Return the fields that are kept of a document, named as in the API, without empty fields."""
    title = write_heading(document)
    if len(title) > _MAX_TITLE_LENGTH:
        title = f"{title[:_MAX_TITLE_LENGTH].rstrip()}…"
    fields = {
        "id": document.doc_id,
        "kind": document.kind.value,
        "title": title,
        "source": document.source,
        "date": document.date.isoformat() if document.date else None,
        "author": document.author,
        "language": document.language,
        "url": document.web_address,
    }
    return {name: value for name, value in fields.items() if value}


def build_saved_search(page: SearchPage, chips: tuple[Link, ...]) -> dict[str, str | int]:
    """Return the fields that are kept of a search: its parameters, a name, the number of matches.

    The name holds the words and the restrictions: «السيول، صوت الوادي، سنة 2019».
    """
    query = page.query
    names = [query.text.strip(), *(chip.label for chip in chips)]
    return {
        "query": write_query(replace(query, page=1, k=_DEFAULT_K)),
        "label": translate("، ").join(filter(None, names)),
        "total": page.total,
    }
