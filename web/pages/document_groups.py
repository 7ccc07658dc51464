"""Build lists of documents under headings: by newspaper, or by day."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from search.results.browsing import ListedDocument, NewspaperList
from search.results.calendar import Calendar
from web.localization import translate
from web.pages.calendar_spans import CalendarAddresses, CalendarSpan
from web.pages.document_metadata import DocumentMetadata, describe_document, note_copies
from web.pages.heat_calendar import format_weekday
from web.pages.navigation import Link
from web.pages.wording import format_number


@dataclass(frozen=True, slots=True)
class EntryView:
    """A document of a list, and the copies of its text."""

    metadata: DocumentMetadata
    copies_note: str
    copies: tuple[DocumentMetadata, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Documents under one heading: those of a newspaper, or of a day."""

    heading: Link
    entries: tuple[EntryView, ...]


def group_by_newspaper(newspapers: NewspaperList, span: CalendarSpan | None) -> tuple[Group, ...]:
    """Group the documents of a day by their newspapers; each heading leads to the newspaper."""
    return tuple(
        Group(
            _head_newspaper(part.source, part.total, span),
            tuple(map(build_entry_view, part.entries)),
        )
        for part in newspapers.parts
    )


def group_by_day(
    entries: Iterable[ListedDocument], calendar: Calendar, source: str | None
) -> tuple[Group, ...]:
    """Group the documents of a month by their days."""
    addresses = CalendarAddresses(source)
    return tuple(
        Group(
            Link(
                format_weekday(day),
                addresses.url(CalendarSpan.of_day(day)),
                format_number(calendar.count(day, day)),
            ),
            tuple(map(build_entry_view, day_entries)),
        )
        for day, day_entries in groupby(entries, key=lambda entry: entry.document.date)
        if day is not None
    )


def build_entry_view(entry: ListedDocument) -> EntryView:
    """Build what a list shows of a document and of the copies of its text."""
    return EntryView(
        describe_document(entry.document),
        note_copies(entry.document, entry.copies),
        tuple(map(describe_document, entry.copies)),
    )


def _head_newspaper(source: str | None, total: int, span: CalendarSpan | None) -> Link:
    count = format_number(total)
    if source is None:
        return Link(translate("بلا اسم صحيفة"), None, count)
    addresses = CalendarAddresses(source)
    return Link(source, addresses.url(span) if span else addresses.undated_url, count)
