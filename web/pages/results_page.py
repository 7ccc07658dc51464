"""Build the contents of the results page from the answer of the engine, without ranking."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask import url_for

from search.records import Query, SearchPage, Sort
from search.trends.series import Resolution, TrendsQuery
from web.localization import translate
from web.pages.clipping import build_saved_search
from web.pages.facets import FacetList, build_facet_lists
from web.pages.hits import HitView
from web.pages.navigation import (
    Link,
    Pagination,
    build_chips,
    build_pagination,
    build_results_url,
    build_sort_links,
    build_unfiltered_url,
    reorder,
)
from web.pages.notes import (
    PageNote,
    count_matches,
    link_hidden,
    link_near,
    link_suggestions,
    note_texts,
    write_notes,
    write_warning,
)
from web.pages.timeline import Timeline, build_timelines
from web.pages.ways_on import Way
from web.pages.wording import format_duration
from web.parameters import write_query
from web.trends_parameters import write_trends_query


@dataclass(frozen=True, slots=True)
class ResultsPage:
    """One page of hits and the links around it."""

    title: str
    hits: tuple[HitView, ...]
    total: str
    texts: str  # empty where each document has a text of its own
    near: Link | None
    duration: str
    is_past_last_page: bool  # there are hits, but none on this page
    has_related: bool  # some word is marked as related in meaning
    suggestions: tuple[Link, ...]  # other queries that the reader may have meant
    notes: tuple[PageNote, ...]  # on how the query was interpreted
    warning: str | None  # set where no hit matches, or all hits may be irrelevant
    hidden: Link | None  # matching documents without a date, where days are chosen
    first_page_url: str
    sorts: tuple[Link, ...]
    chips: tuple[Link, ...]
    unfiltered_url: str
    ways_on: tuple[Way, ...]  # other searches and browsing, where no document matches
    timelines: tuple[Timeline, ...]
    trends_url: str | None  # the query over time; None where the query has no word
    facets: tuple[FacetList, ...]
    pagination: Pagination | None
    has_matches: bool  # False where there is nothing to download
    query_string: str  # of this search, for its downloads
    feed_string: str  # of this search by date, for its feed
    saved_search: dict[str, str | int]


def build_results_page(
    page: SearchPage,
    hits: tuple[HitView, ...],
    readings: Sequence[str],
    ways_on: tuple[Way, ...],
) -> ResultsPage:
    """Build the page of one answer.

    `readings` are suggested as queries; `ways_on` lead on from a page without matches.
    """
    query = page.query
    first_page = replace(query, page=1)
    chips = build_chips(query)
    return ResultsPage(
        title=query.text.strip() or translate("، ").join(chip.label for chip in chips),
        hits=hits,
        total=count_matches(page),
        texts=note_texts(page),
        near=link_near(page),
        duration=format_duration(page.took_ms),
        is_past_last_page=page.is_past_last,
        has_related=any(hit.related for hit in page.hits if hit.document.body),
        suggestions=link_suggestions(page, readings),
        notes=write_notes(page),
        warning=write_warning(page),
        hidden=link_hidden(page),
        first_page_url=build_results_url(first_page),
        sorts=build_sort_links(page),
        chips=chips,
        unfiltered_url=build_unfiltered_url(query),
        ways_on=ways_on,
        timelines=build_timelines(page),
        trends_url=_build_trends_url(query) if query.text.strip() else None,
        facets=build_facet_lists(page),
        pagination=build_pagination(page),
        has_matches=page.total > 0,
        query_string=write_query(first_page),
        feed_string=write_query(reorder(query, Sort.NEWEST)),
        saved_search=build_saved_search(page, chips),
    )


def _build_trends_url(query: Query) -> str:
    """Build the address of the query over time, within all filters except days."""
    filters = replace(query.filters, since=None, until=None, undated=None)
    trends = TrendsQuery((query.text,), Resolution.MONTH, filters)
    return f"{url_for('pages.trends')}?{write_trends_query(trends, as_share=False)}"
