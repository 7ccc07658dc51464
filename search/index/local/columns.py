"""The fields of all documents and passages of one state that a search needs, as arrays.

Memory: 65 bytes for each document with an id of 20 characters, 8 for each text that several
documents share, 16 for each passage, 4 for each passage id from the least to the highest, and the
names of newspapers and languages.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NewType

import numpy as np
import numpy.typing as npt

from search.index.candidates import KINDS, NO_DAY, Codes, DocIds, Mask
from search.records import Filters

Integers = npt.NDArray[np.int64]
# The integers that name things inside a folder archive. A document's DocOrd is its position among
# the ascending rows of the database, a passage's PassageOrd its position among the ascending ids.
DocOrds = NewType("DocOrds", Integers)
PassageOrds = NewType("PassageOrds", Integers)
PassageIds = NewType("PassageIds", Integers)


@dataclass(frozen=True, slots=True)
class ArchiveColumns:
    """Documents by DocOrd, passages by PassageOrd."""

    rows: Integers  # documents.row of each document
    doc_ids: DocIds
    by_doc_id: Codes  # the documents in the order of their ids
    groups: Integers  # row of the copy seen first, or the document's own
    kinds: Codes  # place in KINDS
    sources: Codes  # place in `source_names`
    days: Codes  # date.toordinal(), or NO_DAY
    languages: Codes  # place in `language_names`
    source_names: tuple[str | None, ...]
    language_names: tuple[str, ...]
    passage_ids: PassageIds
    documents: DocOrds  # of each passage: 8 bytes are looked up in half the time of 4
    is_copy: Mask = field(init=False, repr=False)  # another document had the same text first
    tie_rank: Codes = field(init=False, repr=False)  # of each document: by `is_copy`, then by id
    _position_by_id: Codes = field(init=False, repr=False)  # from the least id on
    _shared: Integers = field(init=False, repr=False)  # groups of several documents, ascending
    _bounds: Codes = field(init=False, repr=False)  # where each document's passages begin
    _members: Integers = field(init=False, repr=False)  # documents of shared groups, by group
    _run_of: Codes = field(init=False, repr=False)  # of each document, the place in `_bounds`

    def __post_init__(self) -> None:
        is_copy = self.groups != self.rows
        ids = self.passage_ids
        table = np.full(int(ids[-1] - ids[0]) + 1 if len(ids) else 0, -1, dtype=np.int32)
        table[ids - ids[:1]] = np.arange(len(ids), dtype=np.int32)
        object.__setattr__(self, "_position_by_id", table)
        order = self.by_doc_id[np.argsort(is_copy[self.by_doc_id], kind="stable")]
        ranks = np.empty_like(self.by_doc_id)
        ranks[order] = np.arange(len(ranks), dtype=np.int32)
        object.__setattr__(self, "is_copy", is_copy)
        object.__setattr__(self, "tie_rank", ranks)
        object.__setattr__(self, "_shared", np.unique(self.groups[is_copy]))
        members = np.flatnonzero(np.isin(self.groups, self._shared))
        members = members[np.argsort(self.groups[members], kind="stable")]
        object.__setattr__(self, "_members", members)
        bounds = np.flatnonzero(np.diff(self.documents, prepend=-1, append=-1)).astype(np.int32)
        object.__setattr__(self, "_bounds", bounds)
        run_of = np.zeros(len(ranks), dtype=np.int32)
        run_of[self.documents[bounds[:-1]]] = np.arange(len(bounds) - 1, dtype=np.int32)
        object.__setattr__(self, "_run_of", run_of)

    def allowed_documents(self, filters: Filters) -> Mask | None:
        """Return which documents pass the filters; None if the filters restrict nothing."""
        if filters.is_unrestricted:
            return None
        passes = np.ones(len(self.rows), dtype=bool)
        if filters.sources is not None:
            passes &= _is_among(self.sources, self.source_names, filters.sources)
        if filters.excluded_sources is not None:
            passes &= ~_is_among(self.sources, self.source_names, filters.excluded_sources)
        if filters.kinds is not None:
            passes &= _is_among(self.kinds, KINDS, filters.kinds)
        if filters.languages is not None:
            passes &= _is_among(self.languages, self.language_names, filters.languages)
        if filters.since is not None:
            passes &= self.days >= filters.since.toordinal()  # NO_DAY is before all
        if filters.until is not None:
            passes &= (self.days != NO_DAY) & (self.days <= filters.until.toordinal())
        if filters.undated:
            passes &= self.days == NO_DAY
        return passes

    def ord_of(self, doc_id: str) -> int | None:
        """Return the DocOrd of a document; None if it is not in this state."""
        [document] = self.ords_of([doc_id]).tolist() if len(self.rows) else [-1]
        return None if document < 0 else document

    def positions_of(self, passage_ids: PassageIds) -> PassageOrds:
        """Return the PassageOrd of each passage; -1 if it is not in this state."""
        if not len(self.passage_ids):
            return PassageOrds(np.full(len(passage_ids), -1, dtype=np.int64))
        places = passage_ids - self.passage_ids[0]
        inside = (places >= 0) & (places < len(self._position_by_id))
        positions = self._position_by_id.take(places, mode="clip")
        return PassageOrds(np.where(inside, positions, -1).astype(np.int64))

    def passages_of(self, document: int) -> PassageOrds:
        """Return the passages of the document at this DocOrd, ascending."""
        run = self._run_of[document]
        return PassageOrds(np.arange(self._bounds[run], self._bounds[run + 1], dtype=np.int64))

    def first_passages(self, documents: DocOrds) -> PassageIds:
        """Return the first passage of each document."""
        return PassageIds(self.passage_ids[self._bounds[self._run_of[documents]]])

    def of_groups(self, groups: Integers) -> DocOrds:
        """Return every document of these groups; `groups` ascend and are distinct."""
        of_shared = self.groups[self._members]
        begins = np.searchsorted(of_shared, groups)
        counts = np.searchsorted(of_shared, groups, side="right") - begins
        own = np.searchsorted(self.rows, groups[counts == 0])  # a single document names its group
        runs = [
            np.arange(begin, begin + count)
            for begin, count in zip(begins, counts, strict=True)
            if count
        ]
        return DocOrds(np.concatenate([own, *(self._members[run] for run in runs)]))

    def ords_of(self, doc_ids: Sequence[str]) -> DocOrds:
        """Return the DocOrd of each document; -1 if it is not in this state."""
        keys = np.array([doc_id.encode() for doc_id in doc_ids])
        places = np.searchsorted(self.doc_ids, keys, sorter=self.by_doc_id)
        ords = self.by_doc_id.take(places, mode="clip").astype(np.int64)
        return DocOrds(np.where(self.doc_ids[ords] == keys, ords, -1))

    def are_shared(self, documents: DocOrds) -> Mask:
        """Return which documents share their text with other documents."""
        if not len(self._shared):
            return np.zeros(len(documents), dtype=bool)
        groups = self.groups[documents]
        nearest = self._shared.take(np.searchsorted(self._shared, groups), mode="clip")
        shared: Mask = nearest == groups
        return shared

    def ordinals_of(self, positions: PassageOrds) -> Codes:
        """Return the ordinal of each passage within its document, from 0."""
        # The passages of a document are stored together, so their positions follow each other.
        run = np.searchsorted(self._bounds, positions, side="right")
        return (positions - self._bounds[run - 1]).astype(np.int32)

    def around(self, positions: PassageOrds, reach: int) -> tuple[PassageOrds, Integers, Integers]:
        """Return the first passage of each document, and `reach` passages around each position.

        The result is a list of positions with one ascending run for each of `positions`, the
        index in this list where each run begins, and the index of the position itself.
        """
        own = positions[:, None]
        run = np.searchsorted(self._bounds, own, side="right")
        first, end = self._bounds[run - 1], self._bounds[run]
        near = own + np.arange(-reach, reach + 1)
        around = np.hstack([first, near])
        is_read = np.hstack([first < near[:, :1], (first <= near) & (near < end)])
        counts = np.count_nonzero(is_read, axis=1)
        begins = np.cumsum(counts) - counts
        places = begins + np.count_nonzero(is_read[:, : reach + 1], axis=1)
        return PassageOrds(around[is_read]), begins, places

    def documents_of(self, passage_ids: PassageIds) -> Codes:
        """Return the DocOrd of each passage's document; -1 if the passage is not in this state."""
        positions = self.positions_of(passage_ids)
        documents = np.full(len(passage_ids), -1, dtype=np.int32)
        is_known = positions >= 0
        documents[is_known] = self.documents[positions[is_known]]
        return documents


def _is_among(codes: Codes, names: Sequence[object], values: Sequence[object]) -> Mask:
    is_value = np.array([name in values for name in names], dtype=bool)
    passes: Mask = (
        codes == is_value.argmax()
        if np.count_nonzero(is_value) == 1  # takes a tenth of the time
        else is_value.take(codes)
    )
    return passes
