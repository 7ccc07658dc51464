"""Serve the page that compares two documents, above all two copies of one text."""

from flask import Blueprint, abort, redirect, render_template
from flask.typing import ResponseReturnValue

from search.records import Query
from search.results.browsing import read_documents
from search.results.chronology import order_by_publication
from web.app_state import AppState
from web.pages.comparison_page import build_comparison_page
from web.pages.document_metadata import describe_document

comparison = Blueprint("comparison", __name__)


@comparison.get("/compare/<doc_id>/<other_id>")
def show(doc_id: str, other_id: str) -> ResponseReturnValue:
    """Show two documents side by side, the one published first in front."""
    index = AppState.current().engine.index
    one, other = index.find(doc_id), index.find(other_id)
    if one is None or other is None:
        abort(404, "no document of this archive has one of these ids")
    if one.doc_id == other.doc_id:
        return redirect(describe_document(one).url)
    first, second, precedence = order_by_publication(one, other)
    copies = read_documents(index, index.copies_of([first.doc_id]).get(first.doc_id, ()))
    return render_template(
        "comparison.html",
        query=Query(text=""),
        page=build_comparison_page(first, second, precedence, copies),
    )
