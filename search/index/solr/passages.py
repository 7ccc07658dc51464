"""Reads the vectors and the word pieces of passages, and keeps those that were used last.

They never change: the id of a passage names the edition of its text. So they outlive a state.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, TypeVar

import numpy as np

from search.encoders.identity import Pieces, Vectors
from search.index import Level
from search.index.solr.configset import Kind
from search.index.solr.entries import read_pieces, read_vector
from search.index.solr.store import SolrStore

_KEPT_ROWS, _KEPT_PIECES = 20_000, 50_000  # in some 20 MB each
Kept = TypeVar("Kept")


class PassageReader:
    """The rows and pieces of the passages of one archive; safe to use from many threads."""

    def __init__(self, store: SolrStore) -> None:
        self._store = store
        self._rows = {level: _Recent[Vectors](_KEPT_ROWS) for level in Level}
        self._pieces = _Recent[Pieces | None](_KEPT_PIECES)

    def rows(self, passage_ids: Sequence[str], level: Level) -> list[Vectors | None]:
        """Return the exact vector of each passage; None where it has none or was removed."""
        field = row_field(level)

        def read(entry: dict[str, Any]) -> Vectors | None:
            return read_vector(entry[field]) if field in entry else None

        return self._read(self._rows[level], passage_ids, field, read)

    def keep_row(self, passage_id: str, level: Level, packed: str) -> Vectors:
        """Return the vector of a passage that a search has returned, and keep it."""
        row = read_vector(packed)
        self._rows[level].keep({passage_id: row})
        return row

    def pieces(self, passage_ids: Sequence[str]) -> list[Pieces | None]:
        """Return the word pieces of each passage; None where there is no such passage.

        That a text has no further passage is kept, too, where another one of its passages is there.
        """
        values = self._read(
            self._pieces, passage_ids, "pieces", lambda entry: read_pieces(entry.get("pieces"))
        )
        pairs = list(zip(passage_ids, values, strict=True))
        present = {_text_of(passage_id) for passage_id, value in pairs if value is not None}
        absent = [passage_id for passage_id, value in pairs if value is None]
        self._pieces.keep(dict.fromkeys(name for name in absent if _text_of(name) in present))
        return values

    def _read(
        self,
        recent: "_Recent[Kept]",
        passage_ids: Sequence[str],
        field: str,
        read: Callable[[dict[str, Any]], Kept | None],
    ) -> list[Kept | None]:
        values: dict[str, Kept | None] = {**recent.of(passage_ids)}
        missing = [name for name in dict.fromkeys(passage_ids) if name not in values]
        entries = self._store.having(Kind.PASSAGES, "id", missing, f"id,{field}")
        fresh = {entry["id"]: value for entry in entries if (value := read(entry)) is not None}
        recent.keep(fresh)
        values |= fresh
        return [values.get(passage_id) for passage_id in passage_ids]


def _text_of(passage_id: str) -> str:
    """Return what the ids of the passages of one text have in common."""
    return passage_id.rpartition("-")[0]


class _Recent(Generic[Kept]):
    """Values by passage, those used last; the others are forgotten."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[str, Kept] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, passage_ids: Iterable[str]) -> dict[str, Kept]:
        with self._lock:
            known = {}
            for passage_id in passage_ids:
                if passage_id in self._values:
                    self._values.move_to_end(passage_id)
                    known[passage_id] = self._values[passage_id]
        return known

    def keep(self, values: dict[str, Kept]) -> None:
        with self._lock:
            self._values |= values
            while len(self._values) > self._most:
                self._values.popitem(last=False)


def row_field(level: Level) -> str:
    """Return the field of the exact vectors of a level; the bytes are in a field of its name."""
    return f"{level}_row"


def stacked(rows: Sequence[Vectors | None], dimension: int, missing: float) -> Vectors:
    """Return vectors as one array, `(n, dimension)` float32, with a number for missing ones."""
    filler = np.full(dimension, missing, np.float32)
    stacked_rows = [filler if row is None else row for row in rows]
    return np.array(stacked_rows, np.float32).reshape(-1, dimension)
