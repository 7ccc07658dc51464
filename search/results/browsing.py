"""Lists documents without a query: those of a day by newspaper, of a span by day, around one.

Exact at any depth: everything stands on what every index lists (`Index.list_matches`). How many
documents a day has is told by a `Calendar` of the same state.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

import numpy as np
import numpy.typing as npt

from search.index import FacetField, Index
from search.index.candidates import Candidates
from search.ranking.collapsing import collapse_copies
from search.records import Document, Filters, Kind, Sort
from search.results.calendar import Calendar, Integers, plan_listing


@dataclass(frozen=True, slots=True)
class Entry:
    """A document of a list, and the others of its text, wherever they were published."""

    document: Document
    copies: tuple[Document, ...]


@dataclass(frozen=True, slots=True)
class NewspaperPart:
    """What a page shows of one newspaper; `source` is None for documents without one.

    `total` counts its documents on all pages.
    """

    source: str | None
    total: int
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class NewspaperList:
    """One page of documents by newspaper, those with most documents first.

    `length` counts the entries of all pages: a text that a newspaper published twice is one entry.
    `totals` counts the documents of every newspaper, also of those on other pages.
    """

    parts: tuple[NewspaperPart, ...]
    totals: Mapping[str | None, int]
    length: int


def list_by_newspaper(
    index: Index, filters: Filters, total: int, *, start: int, count: int
) -> NewspaperList:
    """List the `total` documents within the filters by newspaper: articles, then headlines.

    All are listed and one page of them read: 1 µs each, and 2 ms a page of fifty.
    """
    listed = index.list_matches(plan_listing(index, filters), Sort.OLDEST, 0, total)
    if not len(listed):
        return NewspaperList((), {}, 0)
    names = listed.source_names
    counts = np.bincount(listed.source, minlength=len(names))
    codes = sorted(
        np.flatnonzero(counts).tolist(),
        key=lambda code: (names[code] is None, -counts[code], names[code] or ""),
    )
    ranks = np.zeros(len(names), np.int64)
    ranks[codes] = np.arange(len(codes))
    ordered = listed.take(np.lexsort((listed.kind, ranks[listed.source])))
    entries = ordered.take(_first_of_each_pair(ordered.source, ordered.group))
    totals = {names[code]: int(counts[code]) for code in codes}
    page = _read_entries(index, entries.take(slice(start, start + count)))
    parts = tuple(
        NewspaperPart(source, totals[source], tuple(of_source))
        for source, of_source in groupby(page, key=lambda entry: entry.document.source)
        if source in totals
    )
    return NewspaperList(parts, totals, len(entries))


def list_by_day(index: Index, filters: Filters, *, start: int, count: int) -> tuple[Entry, ...]:
    """List documents by day, the earliest first, from the place `start` on.

    Copies within a page are folded, as in a search by date.
    """
    plan = plan_listing(index, filters)
    return _read_entries(
        index, collapse_copies(index.list_matches(plan, Sort.OLDEST, start, count))
    )


def list_newest(index: Index, source: str, count: int) -> tuple[Document, ...]:
    """List the latest documents of a newspaper, one of each text."""
    plan = plan_listing(index, Filters(sources=(source,)))
    return _read(index, collapse_copies(index.list_matches(plan, Sort.NEWEST, 0, count)))


def count_newspapers(index: Index, filters: Filters) -> dict[str, int]:
    """Count the documents within the filters by newspaper, the largest first."""
    counts = index.match(plan_listing(index, filters)).counts[FacetField.SOURCE]
    return {str(name): n for name, n in sorted(counts.items(), key=lambda one: (-one[1], one[0]))}


def find_neighbours(
    index: Index, calendar: Calendar, document: Document
) -> tuple[Document | None, Document | None]:
    """Return the documents that its newspaper published before and after a document.

    By date, equal days by `doc_id`; `calendar` is that of the newspaper. The document's day is
    listed whole: 1 µs a document of that day.
    """
    day = document.date
    if day is None or document.source is None:
        return None, None
    since, until = calendar.before(day) or day, calendar.after(day) or day
    filters = Filters(sources=(document.source,), since=since, until=until)
    on_earlier_day = calendar.count(since, day) - calendar.count(day, day)
    start = max(0, on_earlier_day - 1)
    count = calendar.count(day, day) + 2
    plan = plan_listing(index, filters)
    doc_ids = index.list_matches(plan, Sort.OLDEST, start, count).doc_ids()
    if document.doc_id not in doc_ids:
        return None, None
    place = doc_ids.index(document.doc_id)
    documents = index.documents(doc_ids[max(0, place - 1) : place + 2])
    before = documents.get(doc_ids[place - 1]) if place else None
    after = documents.get(doc_ids[place + 1]) if place + 1 < len(doc_ids) else None
    return before, after


def find_anniversaries(
    index: Index, calendar: Calendar, today: date, count: int
) -> tuple[Document, ...]:
    """Return articles of this day in earlier years, from as many years as there are.

    The latest years come first, and a text stands once; `calendar` is that of the archive. One list
    a year, 1 ms each.
    """
    listed, rounds = Candidates.none(), list[int]()
    for day, _ in zip(calendar.earlier_years_of(today), range(count), strict=False):
        filters = Filters(kinds=(Kind.ARTICLE,), since=day, until=day)
        of_year = index.list_matches(plan_listing(index, filters), Sort.OLDEST, 0, count)
        listed = listed.joined(of_year)
        rounds += range(len(of_year))
    in_rounds = listed.take(np.argsort(np.array(rounds, np.int64), kind="stable"))
    documents = _read(index, collapse_copies(in_rounds).take(slice(count)))
    return tuple(sorted(documents, key=lambda one: one.date or today, reverse=True))


def _read(index: Index, candidates: Candidates) -> tuple[Document, ...]:
    doc_ids = candidates.doc_ids()
    documents = index.documents(doc_ids)
    return tuple(documents[doc_id] for doc_id in doc_ids if doc_id in documents)


def _read_entries(index: Index, candidates: Candidates) -> tuple[Entry, ...]:
    documents = _read(index, candidates)
    copy_ids = index.copies_of(document.doc_id for document in documents)
    copies = index.documents(_flatten(copy_ids.values()))
    return tuple(
        Entry(
            document,
            tuple(
                copies[copy_id]
                for copy_id in copy_ids.get(document.doc_id, ())
                if copy_id in copies
            ),
        )
        for document in documents
    )


def _flatten(lists: Iterable[Sequence[str]]) -> list[str]:
    return [one for listed in lists for one in listed]


def _first_of_each_pair(first: npt.NDArray[np.int32], second: Integers) -> Integers:
    """Return where each distinct pair of numbers comes first, ascending."""
    _, places = np.unique(np.stack([first, second]), axis=1, return_index=True)
    return np.sort(places)
