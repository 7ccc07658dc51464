"""The links around the hits: filters to drop, facets to narrow by, pages to turn; and the form."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import ceil

from flask import g, url_for

from search.index import Status
from search.query.validation import DEEPEST
from search.records import Facet, Filters, Kind, Mode, Query, SearchPage, Sort
from web.addresses import write_query
from web.pages.wording import (
    KIND_NAMES,
    MODE_NAMES,
    SORT_NAMES,
    day_name,
    language_name,
    month_name,
    number,
    say,
)

MOST_SOURCES = 60  # offered in the form; a facet narrows to any other
_AROUND = 2  # pages shown on either side of the current one


@dataclass(frozen=True, slots=True)
class Link:
    """One link of a list. Without an address it is where the reader already is."""

    label: str
    url: str | None
    count: str = ""


@dataclass(frozen=True, slots=True)
class FacetList:
    """The values of one field among the found documents; `name` is fit for an id."""

    name: str
    heading: str
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Pages:
    """The way through the pages: neighbours, and numbers with None where some are left out."""

    previous: str | None
    following: str | None
    numbers: tuple[Link | None, ...]


@dataclass(frozen=True, slots=True)
class Choices:
    """What the form offers."""

    sources: tuple[str, ...]
    kinds: dict[Kind, str]
    modes: dict[Mode, str]
    sorts: dict[Sort, str]


def address(query: Query) -> str:
    """Give the address of a results page."""
    path = g.get("results_path")
    if path is None:  # one page has dozens of these
        path = g.results_path = url_for("pages.search")
    return f"{path}?{write_query(query)}"


def choices(status: Status, query: Query) -> Choices:
    """Give what the form offers: the archive's largest sources, and those already chosen."""
    known = [name for name in status.sources if name is not None]
    chosen = query.filters.sources or ()
    sources = tuple(dict.fromkeys([*known[:MOST_SOURCES], *chosen]))
    return Choices(sources, KIND_NAMES, MODE_NAMES, SORT_NAMES)


def sort_links(query: Query) -> tuple[Link, ...]:
    """Give the other orders of the same hits."""
    return tuple(
        Link(str(name), None if sort is query.sort else address(replace(query, sort=sort, page=1)))
        for sort, name in SORT_NAMES.items()
    )


def chips(query: Query) -> tuple[Link, ...]:
    """Name what narrows the search now; each link drops one of them."""
    filters = query.filters
    sources = filters.sources or ()
    found = [
        _chip(name, query, replace(filters, sources=tuple(s for s in sources if s != name) or None))
        for name in sources
    ]
    found += [
        _chip(str(KIND_NAMES[kind]), query, replace(filters, kinds=None))
        for kind in filters.kinds or ()
    ]
    found += [
        _chip(language_name(code), query, replace(filters, languages=None))
        for code in filters.languages or ()
    ]
    if filters.since or filters.until:
        label = period(filters.since, filters.until)
        found.append(_chip(label, query, replace(filters, since=None, until=None)))
    if query.mode is not Mode.HYBRID:
        dropped = replace(query, mode=Mode.HYBRID, page=1)
        found.append(Link(str(MODE_NAMES[query.mode]), address(dropped)))
    return tuple(found)


def unnarrowed(query: Query) -> str:
    """Give the address of the same search over the whole archive."""
    return address(Query(text=query.text, sort=query.sort, k=query.k))


def period(since: date | None, until: date | None) -> str:
    """Name a stretch of days: «سنة 2020»، «ماي 2019»، «من 3 ماي 2019 إلى 2 يونيو 2019»."""
    if since and until and (since, until) == _year(since.year):
        return say("سنة %(year)s", year=since.year)
    if since and until and (since, until) == month_of(since):
        return month_name(since)
    if since and since == until:
        return say("يوم %(day)s", day=day_name(since))
    if since and until:
        return say("من %(since)s إلى %(until)s", since=day_name(since), until=day_name(until))
    if since:
        return say("من %(since)s", since=day_name(since))
    return say("إلى %(until)s", until=day_name(until)) if until else ""


def facet_lists(page: SearchPage) -> tuple[FacetList, ...]:
    """Give the facets that would narrow the search: one value alone divides nothing."""
    query, filters = page.query, page.query.filters
    sources, years, kinds, languages = (
        page.facets[name] for name in ("source", "year", "kind", "language")
    )
    lists = (
        FacetList(
            "source",
            say("المصدر"),
            tuple(
                _narrower(
                    query, facet, str(facet.value), replace(filters, sources=(str(facet.value),))
                )
                for facet in sources
            ),
        ),
        FacetList(
            "year",
            say("السنة"),
            tuple(
                _narrower(query, facet, str(facet.value), within(filters, *_year(int(facet.value))))
                for facet in years
            ),
        ),
        FacetList("kind", say("النوع"), tuple(_kind_link(query, facet) for facet in kinds)),
        FacetList(
            "language",
            say("اللغة"),
            tuple(_language_link(query, facet) for facet in languages),
        ),
    )
    return tuple(one for one in lists if len(one.links) > 1)


def page_links(page: SearchPage) -> Pages | None:
    """Give the way to the other pages; None where there is one page only."""
    query = page.query
    last = min(ceil(page.total / query.k), DEEPEST // query.k)
    if last <= 1:
        return None
    shown = {1, last, *range(max(1, query.page - _AROUND), min(last, query.page + _AROUND) + 1)}
    numbers: list[Link | None] = []
    for previous, wanted in zip([0, *sorted(shown)], sorted(shown), strict=False):
        if wanted - previous > 1:
            numbers.append(None)
        is_here = wanted == query.page
        numbers.append(Link(number(wanted), None if is_here else _turn(query, wanted)))
    return Pages(
        previous=_turn(query, query.page - 1) if 1 < query.page <= last else None,
        following=_turn(query, query.page + 1) if query.page < last else None,
        numbers=tuple(numbers),
    )


def _chip(label: str, query: Query, filters: Filters) -> Link:
    return Link(label, address(replace(query, filters=filters, page=1)))


def _narrower(query: Query, facet: Facet, label: str, filters: Filters) -> Link:
    return Link(label, address(replace(query, filters=filters, page=1)), number(facet.count))


def _kind_link(query: Query, facet: Facet) -> Link:
    kind = Kind(str(facet.value))
    return _narrower(query, facet, str(KIND_NAMES[kind]), replace(query.filters, kinds=(kind,)))


def _language_link(query: Query, facet: Facet) -> Link:
    code = str(facet.value)
    return _narrower(query, facet, language_name(code), replace(query.filters, languages=(code,)))


def within(filters: Filters, first: date, last: date) -> Filters:
    """Narrow to some days, and to the part of them that was asked for already."""
    since, until = max(first, filters.since or first), min(last, filters.until or last)
    return replace(filters, since=since, until=until)


def _year(year: int) -> tuple[date, date]:
    return date(year, 1, 1), date(year, 12, 31)


def month_of(day: date) -> tuple[date, date]:
    """Give the first and the last day of a day's month."""
    first = day.replace(day=1)
    if day.month == 12:  # not by adding days: no year follows 9999
        return first, day.replace(day=31)
    return first, day.replace(month=day.month + 1, day=1) - timedelta(days=1)


def _turn(query: Query, wanted: int) -> str:
    return address(replace(query, page=wanted))
