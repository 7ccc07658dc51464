"""The filterable facts of every document and passage as arrays: what a search needs of all of them.

Memory: 32 bytes a document and 12 a passage, plus the names of sources and languages.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from search.records import Filters, Kind

Ids = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]

KINDS = tuple(Kind)
NO_DAY = 0


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
    documents: Codes  # place of the document of each passage

    @classmethod
    def read(cls, connection: sqlite3.Connection) -> "Catalogue":
        names: dict[str | None, int] = {}
        languages: dict[str, int] = {}
        kind_codes = {str(kind): code for code, kind in enumerate(KINDS)}
        # julianday() of a midnight is .5 short of a whole day; date.toordinal() starts 1,721,424.5
        # later.
        facts = connection.execute(
            "SELECT row, coalesce(copy_of, row), kind, source,"
            f" coalesce(cast(julianday(day) - 1721424.5 AS INTEGER), {NO_DAY}), language"
            " FROM documents ORDER BY row"
        ).fetchall()
        rows = np.array([fact[0] for fact in facts], dtype=np.int64)
        passages = np.array(
            connection.execute(
                "SELECT passage_id, document FROM passages ORDER BY passage_id"
            ).fetchall(),
            dtype=np.int64,
        ).reshape(-1, 2)
        return cls(
            rows=rows,
            groups=np.array([fact[1] for fact in facts], dtype=np.int64),
            kinds=np.array([kind_codes[fact[2]] for fact in facts], dtype=np.int32),
            sources=np.array(
                [names.setdefault(fact[3], len(names)) for fact in facts], dtype=np.int32
            ),
            days=np.array([fact[4] for fact in facts], dtype=np.int32),
            languages=np.array(
                [languages.setdefault(fact[5], len(languages)) for fact in facts], dtype=np.int32
            ),
            source_names=tuple(names),
            language_names=tuple(languages),
            passage_ids=passages[:, 0].copy(),
            documents=np.searchsorted(rows, passages[:, 1]).astype(np.int32),
        )

    def allowed_documents(self, filters: Filters) -> Mask | None:
        """Tell of each document whether it passes; None where nothing is restricted."""
        if filters.is_open:
            return None
        passes = np.ones(len(self.rows), dtype=bool)
        if filters.sources is not None:
            passes &= np.isin(self.sources, _places(self.source_names, filters.sources))
        if filters.kinds is not None:
            passes &= np.isin(self.kinds, _places(KINDS, filters.kinds))
        if filters.languages is not None:
            passes &= np.isin(self.languages, _places(self.language_names, filters.languages))
        if filters.since is not None:
            passes &= (self.days != NO_DAY) & (self.days >= filters.since.toordinal())
        if filters.until is not None:
            passes &= (self.days != NO_DAY) & (self.days <= filters.until.toordinal())
        return passes

    def positions_of(self, passage_ids: Ids) -> Ids:
        """Give the position of each passage among `passage_ids`.

        -1 for one that is not in this state of the archive.
        """
        if not len(self.passage_ids):
            return np.full(len(passage_ids), -1, dtype=np.int64)
        found = np.searchsorted(self.passage_ids, passage_ids)
        found[found == len(self.passage_ids)] = 0
        positions: Ids = np.where(self.passage_ids[found] == passage_ids, found, -1)
        return positions

    def places_of(self, passage_ids: Ids) -> Codes:
        """Give the document's place of each passage.

        -1 for one that is not in this state of the archive.
        """
        positions = self.positions_of(passage_ids)
        places = np.full(len(passage_ids), -1, dtype=np.int32)
        known = positions >= 0
        places[known] = self.documents[positions[known]]
        return places


def _places(names: Sequence[object], wanted: Sequence[object]) -> list[int]:
    return [place for place, name in enumerate(names) if name in wanted]
