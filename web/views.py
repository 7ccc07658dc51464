"""The pages a reader sees: the front page, the results, and one document."""

from flask import Blueprint, abort, render_template, request

from search.records import Query
from web import present
from web.navigation import choices
from web.parameters import read_query
from web.served import Served

pages = Blueprint("pages", __name__)


@pages.get("/")
def home() -> str:
    """Show the search box and what the archive holds."""
    status = Served.here().status()
    query = Query(text="")
    return render_template(
        "home.html",
        query=query,
        choices=choices(status, query),
        holdings=present.holdings(status),
        examples=present.EXAMPLES,
    )


@pages.get("/search")
def search() -> str:
    """Show one page of hits."""
    query = read_query(request.query_string)
    served = Served.here()
    found = served.engine.search(query)
    return render_template(
        "results.html",
        query=query,
        choices=choices(served.status(), query),
        results=present.results(found),
    )


@pages.get("/document/<doc_id>")
def document(doc_id: str) -> str:
    """Show one document whole."""
    archive = Served.here().engine.archive
    found = archive.document(doc_id)
    if found is None:
        abort(404, "no document of this archive has this id")
    return render_template(
        "document.html",
        query=Query(text=""),
        article=present.article(found, archive.copies_of(doc_id)),
    )
