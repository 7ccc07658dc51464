"""The fields of all documents and passages of one state that a search needs, as arrays.

Memory: 65 bytes for each document with an id of 20 characters, 8 for each text that several
documents share, 16 for each passage, 4 for each passage id from the least to the highest, and the
names of newspapers and languages.
"""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NewType, NoReturn

import numpy as np
import numpy.typing as npt

from search.errors import ArchiveError
from search.index.candidates import KINDS, NO_DAY, Codes, DocIds, Mask
from search.index.local.database.rows import damaged
from search.records import Filters

Integers = npt.NDArray[np.int64]
# The integers that name things inside a folder archive. A document's DocOrd is its position among
# the ascending rows of the database, a passage's PassageOrd its position among the ascending ids.
DocOrds = NewType("DocOrds", Integers)
PassageOrds = NewType("PassageOrds", Integers)
PassageIds = NewType("PassageIds", Integers)

# Rows that SQLite joins to one text, while other threads run. The parsing of that text blocks them
# for about a millisecond; one tuple for each row would block them ten times as long.
_CHUNK = 8192
# julianday() of a midnight is .5 short of a whole day; date.toordinal() starts 1,721,424.5 later.
# The index documents_by_row holds these columns, so that no body is read.
_BAD_DAY = -1
_DOCUMENTS = f"""
SELECT max(row), group_concat(row), group_concat(text_row), json_group_array(kind),
    json_group_array(source), group_concat(day), json_group_array(language)
FROM (
    SELECT row, coalesce(copy_of, row) AS text_row, kind, source,
        coalesce(
            cast(julianday(day) - 1721424.5 AS INTEGER), iif(day IS NULL, {NO_DAY}, {_BAD_DAY})
        ) AS day, language
    FROM documents WHERE row > ? ORDER BY row LIMIT ?
)"""
# By the index that keeps ids unique, so that no body is read.
_IDS = """
SELECT max(doc_id), json_group_array(row), json_group_array(doc_id)
FROM (SELECT row, doc_id FROM documents WHERE doc_id > ? ORDER BY doc_id LIMIT ?)
"""
_PASSAGES = """
SELECT max(passage_id), group_concat(passage_id), group_concat(document)
FROM (SELECT passage_id, document FROM passages WHERE passage_id > ? ORDER BY passage_id LIMIT ?)
"""


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

    @classmethod
    def read(cls, connection: sqlite3.Connection, *, rows: int = _CHUNK) -> "ArchiveColumns":
        """Read the columns within the connection's transaction, `rows` rows at a time.

        Other threads run meanwhile.
        """
        documents = _Documents()
        with _naming_damaged(connection):
            for chunk in _chunks(connection, _DOCUMENTS, -1, rows):
                documents.take(*chunk)
        passages = [
            (_numbers(ids), _numbers(of)) for _, ids, of in _chunks(connection, _PASSAGES, -1, rows)
        ]
        row_of_each = _joined(documents.rows)
        days = _joined(documents.days)
        kinds = _joined(documents.kinds)
        is_damaged = (days < NO_DAY) | (days > date.max.toordinal()) | (kinds >= len(KINDS))
        if is_damaged.any():
            _refuse_row(connection, int(row_of_each[is_damaged.argmax()]))
        of_passages = _joined([of for _, of in passages])
        documents_of_passages = np.searchsorted(row_of_each, of_passages)
        passage_ids = PassageIds(_joined([ids for ids, _ in passages]))
        if len(passage_ids) != len(of_passages) or not np.array_equal(
            row_of_each.take(documents_of_passages, mode="clip"), of_passages
        ):
            raise ArchiveError(
                "passages of no document stand in the database; `python -m indexer check` names"
                " them; restore the archive, or index the dumps into a new one"
            )
        with _naming_damaged(connection):
            by_doc_id, doc_ids = _read_ids(connection, row_of_each, rows)
        return cls(
            rows=row_of_each,
            doc_ids=doc_ids,
            by_doc_id=by_doc_id,
            groups=_joined(documents.groups),
            kinds=kinds.astype(np.int32),
            sources=_joined(documents.sources).astype(np.int32),
            days=days.astype(np.int32),
            languages=_joined(documents.languages).astype(np.int32),
            source_names=tuple(documents.source_names),
            language_names=tuple(documents.language_names),
            passage_ids=passage_ids,
            documents=DocOrds(documents_of_passages),
        )

    def allowed_documents(self, filters: Filters) -> Mask | None:
        """Return which documents pass the filters; None if the filters restrict nothing."""
        if filters.is_open:
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


def _read_ids(connection: sqlite3.Connection, rows: Integers, at_once: int) -> tuple[Codes, DocIds]:
    """Return the documents in the order of their ids, and the id of each document."""
    numbers: list[int] = []
    ids: list[bytes] = []
    for _, rows_of_chunk, ids_of_chunk in _chunks(connection, _IDS, "", at_once):
        numbers += json.loads(rows_of_chunk)
        ids += map(str.encode, json.loads(ids_of_chunk))
    by_doc_id = np.searchsorted(rows, np.array(numbers, dtype=np.int64)).astype(np.int32)
    doc_ids = np.empty(len(rows), dtype=f"S{max(map(len, ids), default=1)}")
    doc_ids[by_doc_id] = ids
    return by_doc_id, doc_ids


@contextmanager
def _naming_damaged(connection: sqlite3.Connection) -> Iterator[None]:
    """Raise an error of SQLite as one that names the document with a value JSON cannot hold."""
    try:
        yield
    except sqlite3.Error:
        blobs = [f"typeof({name}) = 'blob'" for name in ("doc_id", "kind", "source", "language")]
        damaged_row = connection.execute(
            f"SELECT row FROM documents WHERE {' OR '.join(blobs)} LIMIT 1"
        ).fetchone()
        if damaged_row is not None:
            _refuse_row(connection, damaged_row[0])
        raise


def _refuse_row(connection: sqlite3.Connection, row: int) -> NoReturn:
    """Raise the error that names the damaged document of this row."""
    doc_id, *values = connection.execute(
        "SELECT doc_id, kind, day, source, language FROM documents WHERE row = ?", (row,)
    ).fetchone()
    raise damaged(doc_id, f"found {values}, expected kind, date, source and language")


class _Documents:
    """The columns of documents, chunk by chunk."""

    def __init__(self) -> None:
        self.rows: list[Integers] = []
        self.groups: list[Integers] = []
        self.kinds: list[Integers] = []
        self.sources: list[Integers] = []
        self.days: list[Integers] = []
        self.languages: list[Integers] = []
        self.source_names: dict[str | None, int] = {}
        self.language_names: dict[str, int] = {}
        self._kind_codes = {str(kind): code for code, kind in enumerate(KINDS)}

    def take(
        self,
        _last: int,
        rows: str,
        groups: str,
        kinds: str,
        sources: str,
        days: str,
        languages: str,
    ) -> None:
        self.rows.append(_numbers(rows))
        self.groups.append(_numbers(groups))
        self.kinds.append(_codes(kinds, self._kind_codes))
        self.sources.append(_codes(sources, self.source_names))
        self.days.append(_numbers(days))
        self.languages.append(_codes(languages, self.language_names))


def _is_among(codes: Codes, names: Sequence[object], values: Sequence[object]) -> Mask:
    is_value = np.array([name in values for name in names], dtype=bool)
    passes: Mask = (
        codes == is_value.argmax()
        if np.count_nonzero(is_value) == 1  # takes a tenth of the time
        else is_value.take(codes)
    )
    return passes


def _chunks(
    connection: sqlite3.Connection, sql: str, last: int | str, rows: int
) -> Iterator[tuple[Any, ...]]:
    """Yield the chunks of a table after the key `last`; a chunk's first column is its last key."""
    while True:
        chunk = connection.execute(sql, (last, rows)).fetchone()
        if chunk[0] is None:
            return
        yield chunk
        last = chunk[0]


def _numbers(joined: str) -> Integers:
    try:
        numbers = np.fromstring(joined, dtype=np.int64, sep=",")
    except (ValueError, DeprecationWarning):  # a warning of numpy that will become an error
        numbers = np.empty(0, np.int64)
    if len(numbers) != joined.count(",") + 1:  # a cast in SQL took a tenth of the reading
        raise ArchiveError(
            "something else stands in the database where a number belongs; `python -m indexer"
            " check` names it; restore the archive, or index the dumps into a new one"
        )
    return numbers


def _codes(array: str, code_by_name: dict[Any, int]) -> Integers:
    """Return the code of each name of a JSON array; a new name gets the next code."""
    names = json.loads(array)
    for name in dict.fromkeys(names):
        code_by_name.setdefault(name, len(code_by_name))
    return np.array(list(map(code_by_name.__getitem__, names)), np.int64)


def _joined(parts: Sequence[Integers]) -> Integers:
    return np.concatenate([np.empty(0, np.int64), *parts])
