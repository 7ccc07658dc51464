"""Build the links that lead on from a search without matches: other queries, modes, browsing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice

from search.index.archive import Status
from search.language.analysis import words
from search.query.suggestions import Offers, Suggestion
from search.records import Filters, Mode, Query, SearchPage
from search.results.calendar import Calendar
from web.app_state import AppState
from web.localization import lazy_translate, translate
from web.pages.calendar_spans import build_day_url, build_source_url
from web.pages.navigation import Link, build_results_url
from web.pages.wording import format_day, format_number

_MAX_SOURCES = 5
_MAX_DAYS = 3
_OTHER_MODES = {  # searches by words alone find nothing where no document matches
    Mode.HYBRID: lazy_translate("بالمعنى وبالكلمات"),
    Mode.SEMANTIC: lazy_translate("أقرب ما في الأرشيف معنى، وإن بدا بعيدا"),
}


@dataclass(frozen=True, slots=True)
class Way:
    """The links of one kind, and their name."""

    name: str
    links: tuple[Link, ...]


def find_ways_on(page: SearchPage, state: AppState) -> tuple[Way, ...]:
    """Return the links that lead on from a search without matches; none from other searches."""
    query, engine = page.query, state.engine
    if page.total or page.is_past_last:
        return ()
    ways: tuple[Way, ...] = ()
    if query.text.strip():
        offers = engine.offer_others(Query(query.text, filters=query.filters))
        ways = _build_query_ways(page, offers)
    if page.hits:
        return ways
    calendar = state.calendars.get(engine.index, None)
    return (*ways, *_build_browsing_ways(query.filters, engine.live.status(), calendar))


def _build_query_ways(page: SearchPage, offers: Offers) -> tuple[Way, ...]:
    """Build the links to other queries, except those that the page suggests already."""
    query = page.query
    return _drop_empty(
        Way(translate("بكتابة أخرى:"), _link_queries(offers.neighbours, page)),
        Way(translate("بكلمات أقل:"), _link_queries(offers.shorter, page)),
        Way(translate("بطريقة أخرى:"), () if page.hits else tuple(_link_modes(query))),
    )


def _build_browsing_ways(filters: Filters, status: Status, calendar: Calendar) -> tuple[Way, ...]:
    """Build the links to newspapers and days: those that the filters name, and the usual ones."""
    chosen = [name for name in filters.sources or () if name in status.sources]
    names = dict.fromkeys([*chosen, *(name for name in status.sources if name is not None)])
    sources = [
        Link(name, build_source_url(name), format_number(status.sources[name]))
        for name in list(names)[:_MAX_SOURCES]
    ]
    days = [
        Link(format_day(day), build_day_url(day), format_number(calendar.count(day, day)))
        for day in _list_days(filters, calendar)
    ]
    return _drop_empty(
        Way(translate("تصفّح صحيفة:"), tuple(sources)), Way(translate("تصفّح يوما:"), tuple(days))
    )


def _list_days(filters: Filters, calendar: Calendar) -> list[date]:
    """Return the last days with documents, or those around the days that the filters name."""
    near = [day for day in (filters.since, filters.until) if day is not None]
    if not near or calendar.last is None:
        return list(islice(_count_back(calendar, calendar.last), _MAX_DAYS))
    found = {
        day
        for bound in near
        for day in (
            bound if calendar.count(bound, bound) else None,
            calendar.before(bound),
            calendar.after(bound),
        )
        if day is not None
    }
    return sorted(found)[:_MAX_DAYS]


def _count_back(calendar: Calendar, day: date | None) -> Iterator[date]:
    while day is not None:
        yield day
        day = calendar.before(day)


def _link_queries(suggestions: Iterable[Suggestion], page: SearchPage) -> tuple[Link, ...]:
    return tuple(
        Link(
            suggestion.text,
            build_results_url(Query(suggestion.text, filters=page.query.filters)),
            format_number(suggestion.total),
        )
        for suggestion in suggestions
        if suggestion.text != page.suggestion
    )


def _link_modes(query: Query) -> Iterator[Link]:
    """Link to the other modes; nothing is near to marks, and filters may leave nothing to find."""
    if query.filters != Filters() or not any(words(query.text)):
        return
    for mode, name in _OTHER_MODES.items():
        if mode is not query.mode:
            yield Link(str(name), build_results_url(replace(query, mode=mode, page=1)))


def _drop_empty(*ways: Way) -> tuple[Way, ...]:
    return tuple(way for way in ways if way.links)
