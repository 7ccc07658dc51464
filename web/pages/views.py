"""The pages a reader sees: the front page, the results, and one document."""

from flask import Blueprint, abort, render_template, request

from search.index import Index
from search.records import Document, Query
from web.app_state import Served
from web.pages import results_page
from web.pages.document_page import article
from web.pages.front_page import front
from web.pages.navigation import choices
from web.parameters import read_query

_MOST_SIMILAR = 5

pages = Blueprint("pages", __name__)


@pages.get("/")
def home() -> str:
    """Show the search box and what the archive holds."""
    served = Served.here()
    status = served.status()
    query = Query(text="")
    return render_template(
        "home.html",
        query=query,
        choices=choices(status, query),
        front=front(status, served.newest(), served.examples()),
    )


@pages.get("/search")
def search() -> str:
    """Show one page of hits."""
    query = read_query(request.query_string)
    served = Served.here()
    found = served.search(query)
    copies = served.engine.index.documents(doc_id for hit in found.hits for doc_id in hit.copies)
    return render_template(
        "results.html",
        query=query,
        choices=choices(served.status(), query),
        results=results_page.results(found, copies, served.completer.meant(query.text)),
    )


@pages.get("/document/<doc_id>")
def document(doc_id: str) -> str:
    """Show one document whole; behind the address may stand the search that found it."""
    engine = Served.here().engine
    found = engine.index.find(doc_id)
    if found is None:
        abort(404, "no document of this archive has this id")
    query = read_query(request.query_string) if request.args.get("q") else None
    return render_template(
        "document.html",
        query=query or Query(text=""),
        article=article(
            found,
            versions=engine.index.versions_of(found.doc_id),
            copies=tuple(
                engine.index.documents(engine.index.copies_of([doc_id]).get(doc_id, ())).values()
            ),
            similar=engine.similar(doc_id, _MOST_SIMILAR),
            query=query,
            asked=engine.plan(query) if query else None,
            near=engine.nearest_passage(doc_id, query.text) if query else None,
        ),
    )


def _copies(index: Index, doc_id: str) -> tuple[Document, ...]:
    return tuple(index.documents(index.copies_of([doc_id]).get(doc_id, ())).values())
