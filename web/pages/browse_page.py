"""Build the pages for browsing without a query: a newspaper, a year, a month, a day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil

from search.records import Document, Kind
from search.results.calendar import Calendar
from web.localization import translate
from web.pages.calendar_spans import CalendarAddresses, CalendarSpan
from web.pages.document_groups import Group
from web.pages.document_metadata import DocumentMetadata, describe_document
from web.pages.heat_calendar import (
    MonthGrid,
    YearRow,
    build_month_grids,
    build_year_rows,
    format_weekday,
    name_months,
    name_weekdays,
)
from web.pages.navigation import Link, Pagination
from web.pages.wording import (
    ARTICLES,
    DOCUMENTS,
    HEADLINES,
    format_count,
    format_day,
    format_number,
    name_language,
)

ENTRIES_PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class BrowsePage:
    """One page for browsing; a field that the page does not show is empty or None."""

    title: str
    heading: str
    crumbs: tuple[Link, ...]  # the path down to the page
    facts: tuple[str, ...]
    previous: Link | None  # the last span of this length before it that has documents
    following: Link | None
    source: str | None = None
    everywhere: Link | None = None  # the same span of all newspapers
    other_names: tuple[str, ...] = ()
    undated: Link | None = None
    months: tuple[str, ...] = ()  # the columns of the rows
    rows: tuple[YearRow, ...] = ()
    weekdays: tuple[tuple[str, str], ...] = ()  # the columns of the grids
    grids: tuple[MonthGrid, ...] = ()
    newspapers: tuple[Link, ...] = ()
    newest: tuple[DocumentMetadata, ...] = ()
    groups: tuple[Group, ...] = ()
    pagination: Pagination | None = None
    is_empty: bool = False


def build_source_page(
    source: str, calendar: Calendar, other_names: Sequence[str], newest: Iterable[Document]
) -> BrowsePage:
    """Build the page of a newspaper: its facts, its years, and its latest documents."""
    addresses = CalendarAddresses(source)
    return BrowsePage(
        title=source,
        heading=source,
        crumbs=(),
        facts=tuple(_write_facts(calendar)),
        previous=None,
        following=None,
        source=source,
        other_names=tuple(other_names),
        undated=_link_undated(calendar, addresses),
        months=name_months(),
        rows=build_year_rows(calendar, addresses),
        newest=tuple(map(describe_document, newest)),
    )


def build_span_page(
    span: CalendarSpan,
    calendar: Calendar,
    source: str | None,
    *,
    newspapers: Iterable[tuple[str, int]] = (),
    groups: tuple[Group, ...] = (),
    pagination: Pagination | None = None,
) -> BrowsePage:
    """Build the page of a year, a month or a day, of a newspaper or of the archive."""
    addresses = CalendarAddresses(source)
    name = format_weekday(span.first) if span.is_day else span.name
    count = calendar.count(span.first, span.last)
    has_grids = not span.is_day and count > 0
    return BrowsePage(
        title=f"{source} · {name}" if source else name,
        heading=name,
        crumbs=_build_crumbs(span, addresses),
        facts=(format_count(count, DOCUMENTS),),
        previous=_link_span(span, calendar.before(span.first), addresses),
        following=_link_span(span, calendar.after(span.last), addresses),
        source=source,
        everywhere=Link(translate("في الصحف كلها"), CalendarAddresses(None).url(span))
        if source
        else None,
        weekdays=name_weekdays() if has_grids else (),
        grids=build_month_grids(span, calendar, addresses) if has_grids else (),
        newspapers=tuple(
            Link(name, CalendarAddresses(name).url(span), format_number(total))
            for name, total in newspapers
        ),
        groups=groups,
        pagination=pagination,
        is_empty=not count,
    )


def build_undated_page(
    source: str, calendar: Calendar, groups: tuple[Group, ...], pagination: Pagination | None
) -> BrowsePage:
    """Build the page of a newspaper's documents whose day is not known."""
    addresses, heading = CalendarAddresses(source), translate("بلا تاريخ")
    return BrowsePage(
        title=f"{source} · {heading}",
        heading=heading,
        crumbs=(Link(source, addresses.source_url),),
        facts=(format_count(calendar.undated, DOCUMENTS),),
        previous=None,
        following=None,
        source=source,
        groups=groups,
        pagination=pagination,
        is_empty=not calendar.undated,
    )


def count_pages(entries: int) -> int:
    return max(1, ceil(entries / ENTRIES_PER_PAGE))


def _write_facts(calendar: Calendar) -> Iterable[str]:
    for kind, noun in ((Kind.ARTICLE, ARTICLES), (Kind.HEADLINE, HEADLINES)):
        if count := calendar.kinds.get(kind, 0):
            yield format_count(count, noun)
    if calendar.first and calendar.last:
        yield translate(
            "من %(since)s إلى %(until)s",
            since=format_day(calendar.first),
            until=format_day(calendar.last),
        )
    languages = sorted(calendar.languages, key=lambda code: -calendar.languages[code])
    yield translate("، ").join(map(name_language, languages))


def _link_undated(calendar: Calendar, addresses: CalendarAddresses) -> Link | None:
    if not calendar.undated:
        return None
    return Link(translate("بلا تاريخ"), addresses.undated_url, format_number(calendar.undated))


def _build_crumbs(span: CalendarSpan, addresses: CalendarAddresses) -> tuple[Link, ...]:
    crumbs = []
    if addresses.source:
        crumbs.append(Link(addresses.source, addresses.source_url))
    wider_spans = (CalendarSpan.of_year(span.first), CalendarSpan.of_month(span.first))
    crumbs += [
        Link(wider.name, addresses.url(wider)) for wider in wider_spans[: len(span.parts) - 1]
    ]
    return tuple(crumbs)


def _link_span(span: CalendarSpan, day: date | None, addresses: CalendarAddresses) -> Link | None:
    if day is None:
        return None
    neighbour = span.around(day)
    return Link(neighbour.name, addresses.url(neighbour))
