"""Find the story of a document: the reports of its event across newspapers, in the order of time.

The story grows from the document. The documents of the days around it that are nearest in meaning
are compared with one another, and those that report the same event belong to the story
(`search.ranking.agreement`). The search is repeated with the mean of all members, which finds the
reports of later days. The number of searches is bounded, however long the story is.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain, compress

import numpy as np

from search.encoders.identity import Encoder
from search.index import Index
from search.index.candidates import NO_DAY, Candidates, Codes, Mask
from search.meaning import DocumentVectors, find_nearest, mean_vectors, rank_by_meaning
from search.ranking.agreement import (
    Names,
    Signs,
    agree,
    agree_in_pairs,
    build_names_matrix,
    grow_story,
    names_of,
)
from search.ranking.collapsing import collapse_copies
from search.records import Document, Filters
from search.results.browsing import ListedDocument, read_documents
from search.results.calendar import Integers
from search.results.chronology import Precedence, order_by_publication, publication_key

OFFERED_FROM = 5  # reports of a story that a page offers

_ROUNDS = 3  # searches: with the document itself, then with the mean of the members
_MOST_COMPARED = 40  # texts of a round, or of a page
_REACH = timedelta(days=7)  # before the earliest and after the latest member
_THRESHOLD = 0.0  # log-odds
_SEED = 0  # the place of the document whose story is found


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

    None for a document that is unknown, was removed, or has no text.
    """
    with index.read_session():
        texts = _compare(index, encoder, [doc_id])
        if not len(texts):
            return None
        names, members = _read_names(index, texts), np.ones(1, bool)
        for _ in range(_ROUNDS):
            near_ids = _find_near(index, encoder, texts, members)
            if not near_ids:
                break
            near = _compare(index, encoder, near_ids)
            # Only texts are read that would belong if they shared enough names with the story.
            of_story = np.append(members, np.zeros(len(near), bool))
            likeliest = agree(texts.joined(near).signs(None), of_story, _SEED, encoder)
            near = near.take(likeliest[len(texts) :] >= threshold)
            texts, names = texts.joined(near), names + _read_names(index, near)
            before = np.count_nonzero(members)
            members = grow_story(texts.signs(names), _SEED, encoder, threshold=threshold)
            if np.count_nonzero(members) == before:
                break
        documents = read_documents(index, texts.take(members).doc_ids)
        return _arrange(index, documents) if documents else None


def find_offered(
    index: Index,
    documents: Sequence[Document],
    encoder: Encoder,
    *,
    seeds: Collection[str],
    threshold: float = _THRESHOLD,
) -> frozenset[str]:
    """Return those of the seeds whose story has `OFFERED_FROM` reports among the documents.

    The documents hold those of the seeds. No other document is read, searched or compared, so that
    a page can offer a story at little cost.
    """
    by_id = {document.doc_id: document for document in documents[:_MOST_COMPARED]}
    texts = _compare(index, encoder, list(by_id))
    # Most lists hold no story: the names in their texts are not even looked up.
    agreeing = np.count_nonzero(agree_in_pairs(texts.signs(None), encoder) >= threshold, axis=1)
    places = [
        place
        for place, doc_id in enumerate(texts.doc_ids)
        if doc_id in seeds and agreeing[place] >= OFFERED_FROM
    ]
    if not places:
        return frozenset()
    signs = texts.signs([names_of(by_id[doc_id], index.terms) for doc_id in texts.doc_ids])
    stories = {place: grow_story(signs, place, encoder, threshold=threshold) for place in places}
    return frozenset(
        texts.doc_ids[place]
        for place, members in stories.items()
        if np.count_nonzero(members) >= OFFERED_FROM
    )


@dataclass(frozen=True, slots=True)
class _Texts:
    """Documents of different texts, with what is compared of them besides their names."""

    doc_ids: list[str]
    groups: Integers
    days: Codes
    vectors: DocumentVectors

    def __len__(self) -> int:
        return len(self.doc_ids)

    def take(self, places: Mask) -> "_Texts":
        return _Texts(
            list(compress(self.doc_ids, places)),
            self.groups[places],
            self.days[places],
            self.vectors.take(places),
        )

    def joined(self, other: "_Texts") -> "_Texts":
        return _Texts(
            self.doc_ids + other.doc_ids,
            np.concatenate([self.groups, other.groups]),
            np.concatenate([self.days, other.days]),
            self.vectors.joined(other.vectors),
        )

    def signs(self, names: Sequence[Names] | None) -> Signs:
        matrix = None if names is None else build_names_matrix(names)
        return Signs(*self.vectors, self.days, matrix)


def _compare(index: Index, encoder: Encoder, doc_ids: Sequence[str]) -> _Texts:
    """Read what is compared of documents; documents without text are left out."""
    runs = index.passages_of_each(doc_ids)
    return _Texts(
        list(runs),
        np.array([run.group[0] for run in runs.values()], np.int64),
        np.array([run.day[0] for run in runs.values()], np.int32),
        mean_vectors(index, list(runs.values()), encoder),
    )


def _read_names(index: Index, texts: _Texts) -> list[Names]:
    documents = index.documents(texts.doc_ids)
    return [
        names_of(documents[doc_id], index.terms) if doc_id in documents else {}
        for doc_id in texts.doc_ids
    ]


def _find_near(index: Index, encoder: Encoder, texts: _Texts, members: Mask) -> list[str]:
    """Return the further texts nearest to the members, of the days around them.

    Undated texts are searched apart, because no day leads to them.
    """
    days = texts.days[members & (texts.days != NO_DAY)]
    scopes = [Filters()]
    if len(days):
        since, until = (date.fromordinal(int(day)) for day in (days.min(), days.max()))
        scopes = [Filters(since=since - _REACH, until=until + _REACH), Filters(undated=True)]
    mean = texts.vectors.take(members).mean()
    near = Candidates.none()
    for filters in scopes:
        nearest = find_nearest(mean, encoder, index, index.scope(filters))
        ranked = rank_by_meaning(index, nearest, Candidates.none()).candidates
        further = ranked.take(~np.isin(ranked.group, texts.groups))
        near = near.joined(collapse_copies(further).take(slice(_MOST_COMPARED)))
    return collapse_copies(near).doc_ids()


def _arrange(index: Index, documents: Sequence[Document]) -> Story:
    """Order the documents by time, and fold the copies of their texts."""
    days = [document.date for document in documents if document.date]
    copy_ids = index.copies_of(document.doc_id for document in documents)
    copies = index.documents(chain.from_iterable(copy_ids.values()))
    reports = []
    for document in documents:
        ids = copy_ids.get(document.doc_id, ())
        texts = sorted(
            [document, *(copies[name] for name in ids if name in copies)], key=publication_key
        )
        # The same text may also have been published in another year.
        of_story = (text for text in texts if text.date and days and _is_near(text.date, days))
        report = next(of_story, document)
        reports.append(ListedDocument(report, tuple(text for text in texts if text is not report)))
    reports.sort(key=lambda report: publication_key(report.document))
    return Story(
        dated=tuple(report for report in reports if report.document.date),
        undated=tuple(report for report in reports if not report.document.date),
        first=_find_first(reports),
    )


def _is_near(day: date, days: Sequence[date]) -> bool:
    return min(days) - _REACH <= day <= max(days) + _REACH


def _find_first(reports: Sequence[ListedDocument]) -> Document | None:
    """Return the earliest report, unless another document of its day may have been earlier."""
    first = reports[0].document
    if first.date is None:
        return None
    documents = chain.from_iterable((report.document, *report.copies) for report in reports)
    of_day = [other for other in documents if other.date == first.date and other is not first]
    is_known = all(order_by_publication(first, other)[2] is Precedence.KNOWN for other in of_day)
    return first if is_known else None
