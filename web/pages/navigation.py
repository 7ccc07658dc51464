"""Build the links around the hits (filters, facets, orders, pages) and the options of the form."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import ceil

from flask import g, url_for

from search.index.archive import Status
from search.query.validation import MAX_HIT_RANK
from search.records import Filters, Kind, Mode, Query, SearchPage, Sort, Within
from web.localization import translate
from web.pages.wording import (
    KIND_NAMES,
    MODE_NAMES,
    PART_NAMES,
    SORT_NAMES,
    format_day,
    format_month,
    format_number,
    name_language,
)
from web.parameters import write_query

MAX_SOURCES = 60  # offered in the form; a facet narrows to any other
_NEIGHBOURS = 2  # pages shown on either side of the current one


@dataclass(frozen=True, slots=True)
class Link:
    """One link of a list; a link without an address names the place where the reader is.

    Following a link that `is_chosen` removes a restriction.
    """

    label: str
    url: str | None
    count: str = ""
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class Pagination:
    """Links to the other pages: neighbours, and numbers with None in place of omitted pages."""

    previous: str | None
    following: str | None
    numbers: tuple[Link | None, ...]


@dataclass(frozen=True, slots=True)
class FormOptions:
    """The options that the search form offers."""

    sources: tuple[str, ...]
    kinds: dict[Kind, str]
    modes: dict[Mode, str]
    sorts: dict[Sort, str]
    parts: dict[Within, str]


def build_results_url(query: Query) -> str:
    """Build the address of a results page."""
    path = g.get("results_path")
    if path is None:  # one page has dozens of these addresses
        path = g.results_path = url_for("pages.search")
    return f"{path}?{write_query(query)}"


def build_form_options(status: Status, query: Query) -> FormOptions:
    """Build the options of the form; its sources are the largest and those already selected."""
    sources_by_size = [name for name in status.sources if name is not None]
    selected = query.filters.sources or ()
    sources = tuple(dict.fromkeys([*sources_by_size[:MAX_SOURCES], *selected]))
    return FormOptions(sources, KIND_NAMES, MODE_NAMES, SORT_NAMES, PART_NAMES)


def build_sort_links(page: SearchPage) -> tuple[Link, ...]:
    """Build the links to the other orders; without query words, relevance is left out."""
    query = page.query
    return tuple(
        Link(str(name), None if sort is query.sort else build_results_url(reorder(query, sort)))
        for sort, name in SORT_NAMES.items()
        if sort is not Sort.RELEVANCE or not page.lists_all
    )


def reorder(query: Query, sort: Sort) -> Query:
    """Return a query in another order; from relevance to dates, restrict it to the lead.

    In the order of relevance, documents that mention the words in passing stand last; in the order
    of dates, they may stand first.
    """
    within = query.within
    if sort is Sort.RELEVANCE:
        within = Within.TEXT
    elif query.sort is Sort.RELEVANCE and query.text.strip():
        within = Within.LEAD
    return replace(query, sort=sort, within=within, page=1)


def build_chips(query: Query) -> tuple[Link, ...]:
    """Build one link for each active restriction; following it drops the restriction."""
    filters = query.filters
    sources = filters.sources or ()
    chips = [
        _chip(name, query, replace(filters, sources=toggled(name, sources))) for name in sources
    ]
    chips += [
        _chip(str(KIND_NAMES[kind]), query, replace(filters, kinds=None))
        for kind in filters.kinds or ()
    ]
    languages = filters.languages or ()
    chips += [
        _chip(name_language(code), query, replace(filters, languages=toggled(code, languages)))
        for code in languages
    ]
    if filters.undated:
        chips.append(_chip(translate("بلا تاريخ"), query, replace(filters, undated=None)))
    if filters.since or filters.until:
        label = name_period(filters.since, filters.until)
        chips.append(_chip(label, query, replace(filters, since=None, until=None)))
    if query.mode is not Mode.HYBRID:
        hybrid = replace(query, mode=Mode.HYBRID, page=1)
        chips.append(Link(str(MODE_NAMES[query.mode]), build_results_url(hybrid)))
    return tuple(chips)


def build_unfiltered_url(query: Query) -> str:
    """Build the address of the same search over the whole archive."""
    if not query.text.strip():
        return url_for("pages.home")
    return build_results_url(Query(text=query.text, sort=query.sort, k=query.k))


def name_period(since: date | None, until: date | None) -> str:
    """Write a range of days: «سنة 2020»، «ماي 2019»، «من 3 ماي 2019 إلى 2 يونيو 2019»."""
    if since and until and (since, until) == year_bounds(since.year):
        return translate("سنة %(year)s", year=since.year)
    if since and until and (since, until) == month_bounds(since):
        return format_month(since)
    if since and since == until:
        return translate("يوم %(day)s", day=format_day(since))
    if since and until:
        return translate(
            "من %(since)s إلى %(until)s", since=format_day(since), until=format_day(until)
        )
    if since:
        return translate("من %(since)s", since=format_day(since))
    return translate("إلى %(until)s", until=format_day(until)) if until else ""


def build_pagination(page: SearchPage) -> Pagination | None:
    """Build the links to the other pages; None where there is one page only."""
    query = page.query
    last = min(ceil(page.listed / query.k), MAX_HIT_RANK // query.k)
    return build_page_numbers(query.page, last, lambda number: _turn(query, number))


def build_page_numbers(
    current: int, last: int, build_url: Callable[[int], str]
) -> Pagination | None:
    """Build the links to the pages of any list; None where it has one page only."""
    if last <= 1:
        return None
    nearby = range(max(1, current - _NEIGHBOURS), min(last, current + _NEIGHBOURS) + 1)
    page_numbers = sorted({1, last, *nearby})
    numbers: list[Link | None] = []
    for previous, number in zip([0, *page_numbers], page_numbers, strict=False):
        if number - previous > 1:
            numbers.append(None)
        is_current = number == current
        numbers.append(Link(format_number(number), None if is_current else build_url(number)))
    return Pagination(
        previous=build_url(current - 1) if 1 < current <= last else None,
        following=build_url(current + 1) if current < last else None,
        numbers=tuple(numbers),
    )


def build_filtered_url(query: Query, filters: Filters) -> str | None:
    """Build the address of a search within other filters; None where the search would be empty."""
    if filters.is_unrestricted and not query.text.strip():
        return None
    return build_results_url(replace(query, filters=filters, page=1))


def _chip(label: str, query: Query, filters: Filters) -> Link:
    return Link(label, build_filtered_url(query, filters) or url_for("pages.home"))


def toggled(value: str, chosen: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return the chosen values with `value` added, or removed; None where no value is left."""
    if value in chosen:
        return tuple(other for other in chosen if other != value) or None
    return (*chosen, value)


def narrow_dates(filters: Filters, first: date, last: date) -> Filters:
    """Return the filters restricted to a range of days, within the range that they have already."""
    since, until = max(first, filters.since or first), min(last, filters.until or last)
    return replace(filters, since=since, until=until)


def year_bounds(year: int) -> tuple[date, date]:
    return date(year, 1, 1), date(year, 12, 31)


def month_bounds(day: date) -> tuple[date, date]:
    """Return the first and the last day of a day's month."""
    first = day.replace(day=1)
    if day.month == 12:  # not by adding days: no year follows 9999
        return first, day.replace(day=31)
    return first, day.replace(month=day.month + 1, day=1) - timedelta(days=1)


def _turn(query: Query, page: int) -> str:
    return build_results_url(replace(query, page=page))
