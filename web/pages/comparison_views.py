"""Serve the page that compares two documents, above all two copies of one text."""

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue

from search.records import Query
from search.results.browsing import read_copies
from search.results.chronology import order_by_publication
from web.app_state import AppState
from web.lookup import find_document
from web.pages.comparison_page import build_comparison_page
from web.pages.document_metadata import describe_document

comparison = Blueprint("comparison", __name__)


@comparison.get("/compare/<doc_id>/<other_id>")
def show(doc_id: str, other_id: str) -> ResponseReturnValue:
    """Show two documents side by side, the one published first in front."""
    one, other = find_document(doc_id), find_document(other_id)
    if one.doc_id == other.doc_id:
        return redirect(describe_document(one).url)
    first, second, precedence = order_by_publication(one, other)
    copies = read_copies(AppState.current().engine.index, first.doc_id)
    return render_template(
        "comparison.html",
        query=Query(text=""),
        page=build_comparison_page(first, second, precedence, copies),
    )
