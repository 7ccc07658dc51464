"""The pages a reader sees: the front page, the results, and one document."""

from flask import Blueprint, abort, redirect, render_template, request
from werkzeug.wrappers import Response

from search.query.form import write_query
from search.records import Query
from web.app_state import AppState
from web.pages.document_page import build_document_page
from web.pages.front_page import build_front_page
from web.pages.navigation import build_form_options, build_results_url
from web.pages.results_page import build_results_page
from web.parameters import names_search, read_form, read_query

_SIMILAR_COUNT = 5

pages = Blueprint("pages", __name__)


@pages.get("/")
def home() -> str:
    """Show the search box and what the archive holds."""
    state = AppState.current()
    status = state.status()
    query = Query(text="")
    return render_template(
        "home.html",
        query=query,
        form_options=build_form_options(status, query),
        front_page=build_front_page(status, state.newest(), state.examples()),
    )


@pages.get("/search")
def search() -> str:
    """Show one page of hits."""
    state = AppState.current()
    page = state.search(read_query(request.query_string))
    query = page.query
    copies_by_id = state.documents_by_id(doc_id for hit in page.hits for doc_id in hit.copies)
    return render_template(
        "results.html",
        query=query,
        form_options=build_form_options(state.status(), query),
        results=build_results_page(page, copies_by_id, state.keyboard_readings(query.text)),
    )


@pages.get("/advanced")
def advanced() -> str | Response:
    """Show the form that needs no operators, or go to the search that it asks for."""
    if text := write_query(read_form(request.args)):
        return redirect(build_results_url(Query(text)))
    return render_template("advanced.html", query=Query(request.args.get("q", "")))


@pages.get("/document/<doc_id>")
def document(doc_id: str) -> str:
    """Show one document in full; the address may carry the search that led to it."""
    state = AppState.current()
    document = state.document(doc_id)
    if document is None:
        abort(404, "no document of this archive has this id")
    query = read_query(request.query_string) if names_search(request.args) else None
    return render_template(
        "document.html",
        query=query or Query(text=""),
        document_page=build_document_page(
            document,
            versions=state.versions_of(document.doc_id),
            copies=state.copies_of(doc_id),
            similar=state.similar(doc_id, _SIMILAR_COUNT),
            query=query,
            terms=state.highlight_terms(query) if query else None,
            nearest_passage=state.nearest_passage(doc_id, query) if query else None,
        ),
    )
