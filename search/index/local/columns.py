"""The filterable facts of every document and passage as arrays: what a search needs of all of them.

Memory: 36 bytes a document, 8 a text that several of them have, 16 a passage and 4 for each passage
id from the least to the highest, plus the names of sources and languages.
"""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from search.records import Filters, Kind

Ids = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]

KINDS = tuple(Kind)
NO_DAY = 0
REACH = 2  # passages of a document on either side of one of them

# Rows that are joined to one text inside SQLite, where other threads run; what is left to do with
# the text keeps them waiting for about a millisecond. A tuple a row would be ten times as long.
_CHUNK = 8192
# julianday() of a midnight is .5 short of a whole day; date.toordinal() starts 1,721,424.5 later.
# The index documents_by_row holds these columns, so that no body is read.
_DOCUMENTS = f"""
SELECT max(row), group_concat(row), group_concat(text_row), json_group_array(kind),
    json_group_array(source), group_concat(day), json_group_array(language)
FROM (
    SELECT row, coalesce(copy_of, row) AS text_row, kind, source,
        coalesce(cast(julianday(day) - 1721424.5 AS INTEGER), {NO_DAY}) AS day, language
    FROM documents WHERE row > ? ORDER BY row LIMIT ?
)"""
_PASSAGES = """
SELECT max(passage_id), group_concat(passage_id), group_concat(document)
FROM (SELECT passage_id, document FROM passages WHERE passage_id > ? ORDER BY passage_id LIMIT ?)
"""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Documents by place (ascending row), passages by ascending id."""

    rows: Ids  # documents.row of each place
    groups: Ids  # row of the copy seen first, or the document's own
    kinds: Codes  # place in KINDS
    sources: Codes  # place in `source_names`
    days: Codes  # date.toordinal(), or NO_DAY
    languages: Codes  # place in `language_names`
    source_names: tuple[str | None, ...]
    language_names: tuple[str, ...]
    passage_ids: Ids
    documents: Ids  # place of the document of each passage: 8 bytes are looked up in half the time
    _position_by_id: Codes = field(init=False, repr=False)  # from the least id on
    _shared: Ids = field(init=False, repr=False)  # groups of several documents, ascending
    _bounds: Codes = field(init=False, repr=False)  # of each document's passages: their positions

    def __post_init__(self) -> None:
        ids = self.passage_ids
        table = np.full(int(ids[-1] - ids[0]) + 1 if len(ids) else 0, -1, dtype=np.int32)
        table[ids - ids[:1]] = np.arange(len(ids), dtype=np.int32)
        object.__setattr__(self, "_position_by_id", table)
        object.__setattr__(self, "_shared", np.unique(self.groups[self.groups != self.rows]))
        bounds = np.flatnonzero(np.diff(self.documents, prepend=-1, append=-1)).astype(np.int32)
        object.__setattr__(self, "_bounds", bounds)

    @classmethod
    def read(cls, connection: sqlite3.Connection) -> "Catalogue":
        """Read all of it within the connection's transaction; other threads run meanwhile."""
        documents = _Documents()
        for chunk in _chunks(connection, _DOCUMENTS):
            documents.take(*chunk)
        passages = [
            (_numbers(ids), _numbers(rows)) for _, ids, rows in _chunks(connection, _PASSAGES)
        ]
        rows = _joined(documents.rows)
        return cls(
            rows=rows,
            groups=_joined(documents.groups),
            kinds=_joined(documents.kinds).astype(np.int32),
            sources=_joined(documents.sources).astype(np.int32),
            days=_joined(documents.days).astype(np.int32),
            languages=_joined(documents.languages).astype(np.int32),
            source_names=tuple(documents.source_names),
            language_names=tuple(documents.language_names),
            passage_ids=_joined([ids for ids, _ in passages]),
            documents=np.searchsorted(rows, _joined([of for _, of in passages])),
        )

    def allowed_documents(self, filters: Filters) -> Mask | None:
        """Tell of each document whether it passes; None where nothing is restricted."""
        if filters.is_open:
            return None
        passes = np.ones(len(self.rows), dtype=bool)
        if filters.sources is not None:
            passes &= _is_among(self.sources, self.source_names, filters.sources)
        if filters.kinds is not None:
            passes &= _is_among(self.kinds, KINDS, filters.kinds)
        if filters.languages is not None:
            passes &= _is_among(self.languages, self.language_names, filters.languages)
        if filters.since is not None:
            passes &= self.days >= filters.since.toordinal()  # NO_DAY is before all
        if filters.until is not None:
            passes &= (self.days != NO_DAY) & (self.days <= filters.until.toordinal())
        return passes

    def positions_of(self, passage_ids: Ids) -> Ids:
        """Give the position of each passage among `passage_ids`.

        -1 for one that is not in this state of the archive.
        """
        if not len(self.passage_ids):
            return np.full(len(passage_ids), -1, dtype=np.int64)
        places = passage_ids - self.passage_ids[0]
        inside = (places >= 0) & (places < len(self._position_by_id))
        found = self._position_by_id.take(places, mode="clip")
        return np.where(inside, found, -1).astype(np.int64)

    def shared(self, groups: Sequence[int]) -> list[int]:
        """Give those of these groups that have several documents."""
        wanted = np.array(groups if len(self._shared) else (), dtype=np.int64)
        found = self._shared.take(np.searchsorted(self._shared, wanted), mode="clip")
        shared: list[int] = wanted[found == wanted].tolist()
        return shared

    def around(self, positions: Ids) -> tuple[Ids, Ids, Ids]:
        """Give the beginning of each one's document, and `REACH` passages on each side of it.

        By their positions, ascending, one document after another; then where in this list each
        document begins, and where the given passage stands.
        """
        own = positions[:, None]
        # The passages of a document are stored in one go, so their positions follow each other.
        run = np.searchsorted(self._bounds, own, side="right")
        first, end = self._bounds[run - 1], self._bounds[run]
        near = own + np.arange(-REACH, REACH + 1)
        read = np.hstack([first, near])
        is_read = np.hstack([first < near[:, :1], (first <= near) & (near < end)])
        counts = np.count_nonzero(is_read, axis=1)
        begins = np.cumsum(counts) - counts
        return read[is_read], begins, begins + np.count_nonzero(is_read[:, : REACH + 1], axis=1)

    def places_of(self, passage_ids: Ids) -> Codes:
        """Give the document's place of each passage.

        -1 for one that is not in this state of the archive.
        """
        positions = self.positions_of(passage_ids)
        places = np.full(len(passage_ids), -1, dtype=np.int32)
        known = positions >= 0
        places[known] = self.documents[positions[known]]
        return places


class _Documents:
    """The facts of documents, chunk by chunk."""

    def __init__(self) -> None:
        self.rows: list[Ids] = []
        self.groups: list[Ids] = []
        self.kinds: list[Ids] = []
        self.sources: list[Ids] = []
        self.days: list[Ids] = []
        self.languages: list[Ids] = []
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


def _is_among(codes: Codes, names: Sequence[object], wanted: Sequence[object]) -> Mask:
    is_wanted = np.array([name in wanted for name in names], dtype=bool)
    passes: Mask = (
        codes == is_wanted.argmax()
        if np.count_nonzero(is_wanted) == 1  # in a tenth of the time
        else is_wanted.take(codes)
    )
    return passes


def _chunks(connection: sqlite3.Connection, sql: str) -> Iterator[tuple[Any, ...]]:
    """Give the chunks of a table; the first column is the last key of each."""
    last = -1
    while True:
        chunk = connection.execute(sql, (last, _CHUNK)).fetchone()
        if chunk[0] is None:
            return
        yield chunk
        last = chunk[0]


def _numbers(joined: str) -> Ids:
    return np.fromstring(joined, dtype=np.int64, sep=",")


def _codes(names: str, known: dict[Any, int]) -> Ids:
    """Give the code of each name of a JSON array; a new name gets the next code."""
    read = json.loads(names)
    for name in dict.fromkeys(read):
        known.setdefault(name, len(known))
    return np.array(list(map(known.__getitem__, read)), np.int64)


def _joined(parts: Sequence[Ids]) -> Ids:
    return np.concatenate([np.empty(0, np.int64), *parts])
