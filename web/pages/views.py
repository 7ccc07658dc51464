"""Serve the pages for readers: the front page, the results, one document, and trends."""

from flask import Blueprint, Response, abort, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as Redirect

from search.query.form import write_query
from search.query.validation import MAX_QUERY_LENGTH
from search.records import Query
from search.results.browsing import find_neighbours, read_copies
from search.trends.series import TooManyPeriods, TrendsQuery
from web.app_state import AppState
from web.form_parameters import read_form
from web.localization import page_language
from web.pages.document_page import build_document_page, read_title_words
from web.pages.front_page import build_front_page
from web.pages.highlighting import HighlightTerms
from web.pages.hits import build_hit_views
from web.pages.line_chart import build_line_chart
from web.pages.navigation import Link, build_form_options, build_results_url
from web.pages.results_page import build_results_page
from web.pages.trends_page import build_coarser_link, build_trends_form, build_trends_page
from web.pages.ways_on import find_ways_on
from web.pages.wording import format_number, format_percent
from web.parameters import names_search, read_query
from web.trends_parameters import read_trends_query
from web.xml import drop_forbidden

_SIMILAR_COUNT = 5
_COMPARED_COUNT = 10  # similar documents among which a story is looked for

pages = Blueprint("pages", __name__)


@pages.app_context_processor
def _archive_facts() -> dict[str, str | None]:
    share = AppState.current().share_encoded
    if share is None or share >= 1:
        return {"percent_encoded": None}
    return {"percent_encoded": format_percent(str(int(100 * share)))}


@pages.get("/")
def home() -> str:
    """Show the search box and the contents of the archive."""
    state = AppState.current()
    status = state.engine.live.status()
    query = Query(text="")
    return render_template(
        "home.html",
        query=query,
        form_options=build_form_options(status, query),
        front_page=build_front_page(
            status, state.newest(), state.anniversaries(), state.examples(page_language())
        ),
    )


@pages.get("/search")
def search() -> str:
    """Show one page of hits."""
    state = AppState.current()
    page, index = state.search(read_query(request.query_string)), state.engine.index
    query = page.query
    documents = [hit.document for hit in page.hits]
    hits = build_hit_views(
        page,
        index.documents(doc_id for hit in page.hits for doc_id in hit.copies),
        index.terms,
        with_story=state.engine.have_stories(
            [document.doc_id for document in documents], among=documents
        ),
    )
    return render_template(
        "results.html",
        query=query,
        form_options=build_form_options(state.engine.live.status(), query),
        results=build_results_page(
            page,
            hits,
            state.keyboard_readings(query.text),
            find_ways_on(page, state),
        ),
    )


@pages.get("/advanced")
def advanced() -> str | Redirect:
    """Show the form that needs no operators, or redirect to the search that its fields define."""
    if text := write_query(read_form(request.args)):
        return redirect(build_results_url(Query(text)))
    return render_template("advanced.html", query=Query(request.args.get("q", "")))


@pages.get("/document/<doc_id>")
def document(doc_id: str) -> ResponseReturnValue:
    """Show one document in full; the address may carry the search that led to it."""
    state = AppState.current()
    engine, index = state.engine, state.engine.index
    document = index.find(doc_id)
    if document is None:
        return _show_missing(doc_id)
    doc_id = document.doc_id  # the address may hold the id of a headline that it replaced
    query = read_query(request.query_string) if names_search(request.args) else None
    plan = engine.plan(query) if query else None
    similar = engine.similar(doc_id, _COMPARED_COUNT)
    return render_template(
        "document.html",
        query=query or Query(text=""),
        document_page=build_document_page(
            document,
            versions=index.versions_of(doc_id),
            copies=read_copies(index, doc_id),
            similar=similar[:_SIMILAR_COUNT],
            has_story=bool(engine.have_stories([doc_id], among=(document, *similar))),
            neighbours=find_neighbours(
                index, state.calendars.get(index, document.source), document
            ),
            query=query,
            terms=HighlightTerms.of(plan, index.terms) if plan else None,
            nearest_sentence=engine.nearest_sentence(document, plan) if plan else None,
            today=state.today(),
        ),
    )


def _show_missing(doc_id: str) -> ResponseReturnValue:
    """Offer a search in place of a document: for the words of its address, or any other."""
    engine = AppState.current().engine
    words = read_title_words(doc_id)
    query = Query(words or request.args.get("q", "")[:MAX_QUERY_LENGTH])
    total = engine.index.count_matches(engine.plan(query)) if words else 0
    search = Link(words, build_results_url(query), format_number(total)) if total else None
    return render_template("document_missing.html", query=query, search=search), 404


@pages.get("/trends")
def trends() -> tuple[str, int]:
    """Show the counts of up to five terms over time; without a term, show only the form."""
    query, as_share = TrendsQuery(()), False
    page = coarser = None
    if any(term.strip() for term in request.args.getlist("q")):
        query, as_share = read_trends_query(request.query_string)
        try:
            page = build_trends_page(AppState.current().trends(query), as_share=as_share)
        except TooManyPeriods:
            coarser = build_coarser_link(query, as_share=as_share)
    status = AppState.current().engine.live.status()
    text = render_template(
        "trends.html",
        query=Query(text=""),
        form_options=build_form_options(status, Query(text="", filters=query.filters)),
        form=build_trends_form(query, status, as_share=as_share),
        trends_page=page,
        coarser=coarser,
    )
    return text, 400 if coarser else 200


@pages.get("/trends.svg")
def trends_drawing() -> Response:
    """Return the chart of trends as a self-contained SVG file."""
    query, as_share = read_trends_query(request.query_string)
    series = AppState.current().trends(query)
    if not series.periods:
        abort(404, "no document within these filters has a date: there is nothing to draw")
    chart = build_line_chart(series, as_share=as_share)
    drawing = drop_forbidden(render_template("trends.svg", chart=chart, is_file=True))
    response = Response(drawing, mimetype="image/svg+xml")
    response.headers["Content-Disposition"] = 'attachment; filename="arshif-trends.svg"'
    return response
