"""Find the story of a document: the reports of its event across newspapers, in the order of time.

The story grows from the document. The documents of the days around it that are nearest in meaning
are compared with one another, and those that report the same event belong to the story
(`search.ranking.agreement`). The search is repeated with the mean of all members, which finds the
reports of later days. The number of searches is bounded, however long the story is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import chain, compress

import numpy as np

from search.encoders.identity import Encoder
from search.index import Index
from search.index.candidates import NO_DAY, Candidates, Codes, Mask, Scores
from search.meaning import DocumentVectors, find_nearest, mean_vectors, rank_by_meaning
from search.ranking.agreement import Names, agree, grow, names_of
from search.ranking.collapsing import collapse_copies
from search.records import Document, Filters
from search.results.browsing import ListedDocument
from search.results.calendar import Integers

_ROUNDS = 3  # searches: with the document itself, then with the mean of the members
_COMPARED = 80  # texts of a round
_REACH = timedelta(days=7)  # before the earliest and after the latest member
_THRESHOLD = 0.0  # log-odds


@dataclass(frozen=True, slots=True)
class Story:
    """The reports of one event; each text is one report, with its copies.

    `dated` begins with the earliest. `first` is the document that was published first, or None
    where another document of its day may have been earlier.
    """

    dated: tuple[ListedDocument, ...]
    undated: tuple[ListedDocument, ...]
    first: Document | None

    @property
    def reports(self) -> tuple[ListedDocument, ...]:
        return (*self.dated, *self.undated)


def find_story(
    index: Index, doc_id: str, encoder: Encoder, *, threshold: float = _THRESHOLD
) -> Story | None:
    """Return the story of a document, which is at least the document itself.

    None for a document that is unknown or has no text.
    """
    with index.read_session():
        pool = _read_pool(index, encoder, index.passages_of(doc_id).take(slice(1)))
        if pool is None:
            return None
        members = np.ones(1, bool)
        for _ in range(_ROUNDS):
            near = _find_near(index, encoder, pool, members)
            added = _read_pool(index, encoder, near.take(~np.isin(near.group, pool.groups)))
            if added is None:
                break
            pool, before = pool.joined(added), np.count_nonzero(members)
            members = grow(pool.agreement(encoder), threshold=threshold)
            if np.count_nonzero(members) == before:
                break
        return _arrange(index, list(compress(pool.documents, members)))


@dataclass(frozen=True, slots=True)
class _Pool:
    """The documents that are compared, one for each text; the document of the story comes first."""

    documents: tuple[Document, ...]
    groups: Integers
    days: Codes
    vectors: DocumentVectors
    names: tuple[Names, ...]

    def joined(self, other: "_Pool") -> "_Pool":
        return _Pool(
            (*self.documents, *other.documents),
            np.concatenate([self.groups, other.groups]),
            np.concatenate([self.days, other.days]),
            self.vectors.joined(other.vectors),
            (*self.names, *other.names),
        )

    def agreement(self, encoder: Encoder) -> Scores:
        return agree(self.vectors.base, self.vectors.context, self.names, self.days, encoder)


def _read_pool(index: Index, encoder: Encoder, candidates: Candidates) -> _Pool | None:
    """Read what is compared of the candidates' documents; None if there are none."""
    stored = index.documents(candidates.doc_ids())
    candidates = candidates.take(np.array([name in stored for name in candidates.doc_ids()], bool))
    if not len(candidates):
        return None
    documents = tuple(stored[doc_id] for doc_id in candidates.doc_ids())
    return _Pool(
        documents,
        candidates.group,
        candidates.day,
        mean_vectors(index, candidates.doc_ids(), encoder),
        tuple(names_of(document, index.terms) for document in documents),
    )


def _find_near(index: Index, encoder: Encoder, pool: _Pool, members: Mask) -> Candidates:
    """Return a passage of each of the texts nearest to the members, of the days around them.

    Undated texts are searched apart, because no day leads to them.
    """
    days = pool.days[members & (pool.days != NO_DAY)]
    scopes = [Filters()]
    if len(days):
        since, until = (date.fromordinal(int(day)) for day in (days.min(), days.max()))
        scopes = [Filters(since=since - _REACH, until=until + _REACH), Filters(undated=True)]
    vectors = pool.vectors.mean_of(members)
    near = Candidates.none()
    for filters in scopes:
        nearest = find_nearest(vectors, encoder, index, index.scope(filters))
        ranked = rank_by_meaning(index, nearest, Candidates.none()).candidates
        near = near.joined(collapse_copies(ranked).take(slice(_COMPARED)))
    return collapse_copies(near)


def _arrange(index: Index, documents: Sequence[Document]) -> Story:
    """Order the documents by time, and fold the copies of their texts."""
    days = [document.date for document in documents if document.date]
    copy_ids = index.copies_of(document.doc_id for document in documents)
    copies = index.documents(chain.from_iterable(copy_ids.values()))
    reports = []
    for document in documents:
        ids = copy_ids.get(document.doc_id, ())
        texts = sorted([document, *(copies[name] for name in ids if name in copies)], key=_time_of)
        # A text may have been published in another year too: its report is that of these days.
        of_story = (text for text in texts if text.date and days and _is_near(text.date, days))
        report = next(of_story, document)
        reports.append(ListedDocument(report, tuple(text for text in texts if text is not report)))
    reports.sort(key=lambda report: _time_of(report.document))
    return Story(
        dated=tuple(report for report in reports if report.document.date),
        undated=tuple(report for report in reports if not report.document.date),
        first=_find_first(reports),
    )


def _is_near(day: date, days: Sequence[date]) -> bool:
    return min(days) - _REACH <= day <= max(days) + _REACH


def _find_first(reports: Sequence[ListedDocument]) -> Document | None:
    """Return the document that was published first, by its day or by its time of day."""
    day = reports[0].document.date
    documents = chain.from_iterable((report.document, *report.copies) for report in reports)
    of_day = [document for document in documents if day and document.date == day]
    of_day.sort(key=_time_of)
    if len(of_day) > 1:
        times = [document.published_at and _time_of(document) for document in of_day]
        if not all(times) or _time_of(of_day[0])[:2] == _time_of(of_day[1])[:2]:
            return None
    return of_day[0] if of_day else None


def _time_of(document: Document) -> tuple[date, datetime, str]:
    """Return a key that orders documents by time; documents of one time are ordered by their id.

    A time of day without a time zone counts as UTC. Documents without one come last in their day,
    documents without a date last of all.
    """
    time = document.published_at or datetime.max
    return (
        document.date or date.max,
        time if time.tzinfo else time.replace(tzinfo=UTC),
        document.doc_id,
    )
