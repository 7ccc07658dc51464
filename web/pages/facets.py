"""Build the lists of values that narrow a search: newspapers, years, kinds, languages.

Each list counts the matching documents regardless of its own choice, so that the values beside a
chosen value stay. Several newspapers and languages can be chosen; a year or a kind replaces the
chosen year or kind.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from search.records import Facet, Filters, Kind, SearchPage
from search.understood import UnknownSource
from web.localization import translate
from web.pages.navigation import Link, build_filtered_url, toggled, year_bounds
from web.pages.wording import KIND_NAMES, format_number, name_language

_MAX_VALUES = 60  # shown per field


@dataclass(frozen=True, slots=True)
class FacetList:
    """The values of one field among the matching documents, the chosen values first."""

    heading: str
    links: tuple[Link, ...]


def build_facet_lists(page: SearchPage) -> tuple[FacetList, ...]:
    """Build the facets that narrow the search or remove a choice.

    A list is left out if it has a single value that all matching documents have.
    """
    lists = (
        FacetList(translate("الصحيفة"), tuple(_source_links(page))),
        FacetList(translate("السنة"), tuple(_year_links(page))),
        FacetList(translate("النوع"), tuple(_kind_links(page))),
        FacetList(translate("اللغة"), tuple(_language_links(page))),
    )
    total = format_number(page.total)
    return tuple(
        facet_list
        for facet_list in lists
        if len(facet_list.links) > 1
        or any(link.is_chosen or link.count != total for link in facet_list.links)
    )


def _source_links(page: SearchPage) -> Iterator[Link]:
    filters = page.query.filters
    chosen = filters.sources or ()
    # No link can remove what the query's own words demand.
    unknown = {entry.name for entry in page.understood if isinstance(entry, UnknownSource)}
    is_demanded = set(page.filters.sources or ()) != set(chosen) - unknown
    for facet in _list_chosen_first(page.facets["source"], chosen):
        name = str(facet.value)
        if not is_demanded or name in (page.filters.sources or ()):
            new_filters = replace(filters, sources=toggled(name, chosen))
            yield _link(page, facet, name, new_filters, is_chosen=name in chosen)


def _year_links(page: SearchPage) -> Iterator[Link]:
    filters, demanded = page.query.filters, page.filters
    open_days = replace(filters, since=None, until=None, undated=None)
    is_demanded = (demanded.since, demanded.until) != (filters.since, filters.until)
    for facet in page.facets["year"]:
        first, last = year_bounds(int(facet.value))
        is_chosen = (filters.since, filters.until) == (first, last)
        is_within = (demanded.since or first) <= last and first <= (demanded.until or last)
        if is_within or not is_demanded:
            new_filters = open_days if is_chosen else replace(open_days, since=first, until=last)
            yield _link(page, facet, str(facet.value), new_filters, is_chosen=is_chosen)
    if page.undated and not is_demanded:
        facet = Facet("undated", page.undated)
        new_filters = open_days if filters.undated else replace(open_days, undated=True)
        label = translate("بلا تاريخ")
        yield _link(page, facet, label, new_filters, is_chosen=bool(filters.undated))


def _kind_links(page: SearchPage) -> Iterator[Link]:
    filters = page.query.filters
    for facet in page.facets["kind"]:
        kind = Kind(str(facet.value))
        is_chosen = filters.kinds == (kind,)
        new_filters = replace(filters, kinds=None if is_chosen else (kind,))
        yield _link(page, facet, str(KIND_NAMES[kind]), new_filters, is_chosen=is_chosen)


def _language_links(page: SearchPage) -> Iterator[Link]:
    filters = page.query.filters
    chosen = filters.languages or ()
    for facet in _list_chosen_first(page.facets["language"], chosen):
        code = str(facet.value)
        new_filters = replace(filters, languages=toggled(code, chosen))
        yield _link(page, facet, name_language(code), new_filters, is_chosen=code in chosen)


def _list_chosen_first(facets: tuple[Facet, ...], chosen: tuple[str, ...]) -> list[Facet]:
    """Return the chosen values, with or without matching documents, then the most frequent."""
    count_by_value = {facet.value: facet.count for facet in facets}
    in_front = [Facet(value, count_by_value.get(value, 0)) for value in chosen]
    return [*in_front, *(facet for facet in facets if facet.value not in chosen)][:_MAX_VALUES]


def _link(page: SearchPage, facet: Facet, label: str, filters: Filters, *, is_chosen: bool) -> Link:
    url = build_filtered_url(page.query, filters)
    return Link(label, url, format_number(facet.count), is_chosen)
