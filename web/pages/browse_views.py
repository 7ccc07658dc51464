"""Serve the pages for browsing without a query: newspapers, and the calendars of documents."""

from urllib.parse import quote

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from search.lexicon.newspapers import nearest_sources, other_names
from search.records import Filters, Query
from search.results.browsing import count_newspapers, list_by_day, list_by_newspaper, list_newest
from web.app_state import AppState
from web.pages.browse_page import (
    ENTRIES_PER_PAGE,
    BrowsePage,
    build_source_page,
    build_span_page,
    build_undated_page,
    count_pages,
)
from web.pages.calendar_spans import UNDATED, CalendarAddresses, CalendarSpan, build_source_url
from web.pages.document_groups import group_by_day, group_by_newspaper
from web.pages.navigation import Link, Pagination, build_page_numbers
from web.pages.source_paths import read_source_paths
from web.parameter_errors import NO_SUCH_PAGE
from web.parameters import RequestError

_NEWEST_COUNT = 8
_SUGGESTED_COUNT = 6  # newspapers, for a name that no newspaper has
_LONGEST_NAME = 200  # characters of an unknown name that are shown
_LONGEST_PAGE = 9  # digits

browsing = Blueprint("browsing", __name__)


# Slashes are not merged: the name of a newspaper may be an address, with two slashes.
@browsing.get("/source/<path:path>", merge_slashes=False)
def show_source(path: str) -> ResponseReturnValue:
    """Show a newspaper, or a year, a month or a day of it."""
    state = AppState.current()
    index = state.engine.index
    for source, parts, is_canonical in read_source_paths(path, index):
        if state.calendars.get(index, source).total:  # a removed newspaper has no documents
            return _show_newspaper(source, parts, is_canonical=is_canonical)
    name = path.partition("/")[0][:_LONGEST_NAME]
    suggestions = nearest_sources(name, [source for source, _ in index.sources()], _SUGGESTED_COUNT)
    return _show_missing(name, [Link(source, build_source_url(source)) for source in suggestions])


@browsing.get("/day/<period>")
def show_day(period: str) -> ResponseReturnValue:
    """Show a day of all newspapers, or a month or a year."""
    parts = period.split("-")
    try:
        span = CalendarSpan.parse(parts)
    except ValueError:
        return _show_missing_day(period, None)
    if tuple(parts) != span.parts:
        return _redirect(CalendarAddresses(None).url(span))
    return _render(_build_span(span, None))


def _show_newspaper(source: str, parts: list[str], *, is_canonical: bool) -> ResponseReturnValue:
    addresses = CalendarAddresses(source)
    if not parts:
        return _render(_build_source(source)) if is_canonical else _redirect(addresses.source_url)
    if parts == [UNDATED]:
        if not is_canonical:
            return _redirect(addresses.undated_url)
        return _render(_build_undated(source))
    try:
        span = CalendarSpan.parse(parts)
    except ValueError:
        return _show_missing_day("/".join(parts), source)
    if not is_canonical or tuple(parts) != span.parts:
        return _redirect(addresses.url(span))
    return _render(_build_span(span, source))


def _build_source(source: str) -> BrowsePage:
    state = AppState.current()
    index = state.engine.index
    return build_source_page(
        source,
        state.calendars.get(index, source),
        other_names(source, index.newspapers),
        list_newest(index, source, _NEWEST_COUNT),
    )


def _build_span(span: CalendarSpan, source: str | None) -> BrowsePage:
    state = AppState.current()
    index = state.engine.index
    calendar = state.calendars.get(index, source)
    filters = Filters(sources=(source,) if source else None, since=span.first, until=span.last)
    count = calendar.count(span.first, span.last)
    if span.is_day:
        start = (_read_page() - 1) * ENTRIES_PER_PAGE
        listing = list_by_newspaper(index, filters, count, start=start, count=ENTRIES_PER_PAGE)
        newspapers = [] if source else [(name, n) for name, n in listing.totals.items() if name]
        groups = group_by_newspaper(listing, span)
        return build_span_page(
            span, calendar, source, newspapers=newspapers, groups=groups,
            pagination=_turn_pages(listing.length),
        )  # fmt: skip
    newspapers = [] if source else list(count_newspapers(index, filters).items())
    if span.is_year:
        return build_span_page(span, calendar, source, newspapers=newspapers)
    pagination = _turn_pages(count)  # refuses too high a page before the documents are listed
    start = (_read_page() - 1) * ENTRIES_PER_PAGE
    entries = list_by_day(index, filters, start=start, count=ENTRIES_PER_PAGE)
    groups = group_by_day(entries, calendar, source)
    return build_span_page(
        span, calendar, source, newspapers=newspapers, groups=groups, pagination=pagination
    )


def _build_undated(source: str) -> BrowsePage:
    state = AppState.current()
    index = state.engine.index
    calendar = state.calendars.get(index, source)
    listing = list_by_newspaper(
        index,
        Filters(sources=(source,), undated=True),
        calendar.undated,
        start=(_read_page() - 1) * ENTRIES_PER_PAGE,
        count=ENTRIES_PER_PAGE,
    )
    groups = group_by_newspaper(listing, None)
    return build_undated_page(source, calendar, groups, _turn_pages(listing.length))


def _read_page() -> int:
    """Read the number of the requested page of a long list.

    Raises:
        RequestError: it is not a whole number from 1 on.
    """
    text = request.args.get("page", "1")
    if not (text.isascii() and text.isdecimal() and len(text) <= _LONGEST_PAGE and int(text)):
        raise RequestError(
            f"page is {text[:50]!r}: expected a whole number from 1 on", NO_SUCH_PAGE
        )
    return int(text)


def _turn_pages(entries: int) -> Pagination | None:
    page, last = _read_page(), count_pages(entries)
    if page > last:
        abort(404, f"page {page} is after the last page, {last}")
    address = f"{quote(request.script_root)}{quote(request.path)}"
    return build_page_numbers(page, last, lambda number: f"{address}?page={number}")


def _render(page: BrowsePage) -> str:
    canonical_url = url_for(str(request.endpoint), **(request.view_args or {}), _external=True)
    if page.pagination and _read_page() > 1:
        canonical_url = f"{canonical_url}?page={_read_page()}"
    return render_template(
        "browse.html", query=Query(text=""), page=page, canonical_url=canonical_url
    )


def _redirect(address: str) -> ResponseReturnValue:
    """Redirect to the canonical address of a page; the preferences in the query string stay."""
    query_string = request.query_string.decode(errors="replace")
    return redirect(f"{address}?{query_string}" if query_string else address, 301)


def _show_missing_day(text: str, source: str | None) -> ResponseReturnValue:
    links = [Link(source, build_source_url(source))] if source else []
    return _show_missing(text, links, is_day=True)


def _show_missing(text: str, links: list[Link], *, is_day: bool = False) -> ResponseReturnValue:
    page = render_template(
        "browse_missing.html",
        query=Query(text=""),
        text=text[:_LONGEST_NAME],
        is_day=is_day,
        links=links,
    )
    return page, 404
