"""List documents without a query: by newspaper, by day, and around a given document.

The lists are exact at any depth, since they are built on `Index.list_matches`. A `Calendar` of the
same state holds the number of documents of each day.
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
class ListedDocument:
    """A document of a list, and all other documents with the same text."""

    document: Document
    copies: tuple[Document, ...]


@dataclass(frozen=True, slots=True)
class NewspaperPart:
    """The part of one newspaper on a page; `source` is None for documents without a newspaper.

    `total` counts its documents on all pages.
    """

    source: str | None
    total: int
    entries: tuple[ListedDocument, ...]


@dataclass(frozen=True, slots=True)
class NewspaperList:
    """One page of documents by newspaper; the newspaper with most documents comes first.

    `length` counts the entries of all pages: a text that a newspaper published twice is one entry.
    `totals` counts the documents of every newspaper, including newspapers on other pages.
    """

    parts: tuple[NewspaperPart, ...]
    totals: Mapping[str | None, int]
    length: int


def list_by_newspaper(
    index: Index, filters: Filters, total: int, *, start: int, count: int
) -> NewspaperList:
    """List the `total` documents within the filters by newspaper: articles, then headlines.

    All documents are listed, 1 µs each, and one page of them is read, 2 ms for fifty.
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
        NewspaperPart(source, totals[source], tuple(entries_of_source))
        for source, entries_of_source in groupby(page, key=lambda entry: entry.document.source)
        if source in totals
    )
    return NewspaperList(parts, totals, len(entries))


def list_by_day(
    index: Index, filters: Filters, *, start: int, count: int
) -> tuple[ListedDocument, ...]:
    """List documents by day, the earliest first, from position `start` on.

    Copies on the same page are folded, as in a search by date.
    """
    plan = plan_listing(index, filters)
    return _read_entries(
        index, collapse_copies(index.list_matches(plan, Sort.OLDEST, start, count))
    )


def list_newest(index: Index, source: str, count: int) -> tuple[Document, ...]:
    """List the latest documents of a newspaper, one document for each text."""
    plan = plan_listing(index, Filters(sources=(source,)))
    newest = collapse_copies(index.list_matches(plan, Sort.NEWEST, 0, count))
    return read_documents(index, newest.doc_ids())


def count_newspapers(index: Index, filters: Filters) -> dict[str, int]:
    """Count the documents within the filters by newspaper, the largest first."""
    counts = index.match(plan_listing(index, filters)).counts[FacetField.SOURCE]
    by_count = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return {str(name): count for name, count in by_count}


def find_neighbours(
    index: Index, calendar: Calendar, document: Document
) -> tuple[Document | None, Document | None]:
    """Return the documents that its newspaper published before and after a document.

    Documents are ordered by date, and those of the same day by `doc_id`. `calendar` is that of the
    newspaper. All documents of the day are listed, at 1 µs each.
    """
    day = document.date
    if day is None or document.source is None:
        return None, None
    since, until = calendar.before(day) or day, calendar.after(day) or day
    filters = Filters(sources=(document.source,), since=since, until=until)
    count_before = calendar.count(since, day) - calendar.count(day, day)
    start = max(0, count_before - 1)
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
    """Return articles of this day in earlier years, from as many different years as possible.

    The latest years come first, and each text is returned once. `calendar` is that of the archive.
    One list is made for each year, in 1 ms.
    """
    listed, rounds = Candidates.none(), list[int]()
    for day, _ in zip(calendar.earlier_years_of(today), range(count), strict=False):
        filters = Filters(kinds=(Kind.ARTICLE,), since=day, until=day)
        of_year = index.list_matches(plan_listing(index, filters), Sort.OLDEST, 0, count)
        listed = listed.joined(of_year)
        rounds += range(len(of_year))
    in_rounds = listed.take(np.argsort(np.array(rounds, np.int64), kind="stable"))
    doc_ids = collapse_copies(in_rounds).take(slice(count)).doc_ids()
    documents = read_documents(index, doc_ids)
    return tuple(sorted(documents, key=lambda document: document.date or today, reverse=True))


def read_documents(index: Index, doc_ids: Sequence[str]) -> tuple[Document, ...]:
    """Return the documents of these ids in their order; removed documents are left out."""
    documents = index.documents(doc_ids)
    return tuple(documents[doc_id] for doc_id in doc_ids if doc_id in documents)


def read_copies(index: Index, doc_id: str) -> tuple[Document, ...]:
    """Return the other documents with the text of this one, the first published in front."""
    return read_documents(index, index.copies_of([doc_id]).get(doc_id, ()))


def _read_entries(index: Index, candidates: Candidates) -> tuple[ListedDocument, ...]:
    documents = read_documents(index, candidates.doc_ids())
    copy_ids = index.copies_of(document.doc_id for document in documents)
    copies = index.documents(_flatten(copy_ids.values()))
    return tuple(
        ListedDocument(
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
    return [doc_id for doc_ids in lists for doc_id in doc_ids]


def _first_of_each_pair(first: npt.NDArray[np.int32], second: Integers) -> Integers:
    """Return the position of the first occurrence of each distinct pair, ascending."""
    _, places = np.unique(np.stack([first, second]), axis=1, return_index=True)
    return np.sort(places)
