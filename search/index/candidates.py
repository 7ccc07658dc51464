"""The passages that an index returns for a query, as a struct of arrays."""

from dataclasses import dataclass, fields, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from search.records import Kind

DocIds = npt.NDArray[np.bytes_]  # doc_id as UTF-8
Codes = npt.NDArray[np.int32]
Order = npt.NDArray[np.int64]  # places in a struct of arrays
Scores = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Keys = npt.NDArray[np.bytes_] | npt.NDArray[np.int64]

KINDS = tuple(Kind)
NO_DAY = 0


@dataclass(frozen=True)
class Candidates:
    """Passages, best first, with the columns of their documents for ranking and counting.

    A passage is named by its `doc_id` and its ordinal in that document. All arrays have the length
    of the list. `group` is equal for documents with the same text, within one state of an index;
    `is_copy` is false for the document of a group that was published first. An index may return a
    subclass that looks a column up when it is read.
    """

    doc_id: DocIds
    ordinal: Codes
    group: npt.NDArray[np.int64]
    is_copy: Mask
    source: Codes  # place in `source_names`
    day: Codes  # date.toordinal(), or NO_DAY
    kind: Codes  # place in KINDS
    language: Codes  # place in `language_names`
    score: Scores  # higher is better
    source_names: tuple[str | None, ...]
    language_names: tuple[str, ...]

    @staticmethod
    def none() -> "Candidates":
        codes = np.empty(0, np.int32)
        return Candidates(
            doc_id=np.empty(0, "S1"),
            ordinal=codes,
            group=np.empty(0, np.int64),
            is_copy=np.empty(0, bool),
            source=codes,
            day=codes,
            kind=codes,
            language=codes,
            score=np.empty(0, np.float64),
            source_names=(),
            language_names=(),
        )

    def __len__(self) -> int:
        return len(self.score)

    def take(self, order: Order | slice | Mask) -> Self:
        """Return the candidates at these places, in this order."""
        values = [getattr(self, field.name) for field in fields(self)]
        return self._made_of(
            [value[order] if isinstance(value, np.ndarray) else value for value in values]
        )

    def joined(self, other: "Candidates") -> "Candidates":
        """Return these candidates, followed by the candidates of another list of the same index."""
        if not len(self):
            return other
        if not len(other):
            return self
        values = [(getattr(self, field.name), getattr(other, field.name)) for field in fields(self)]
        return self._made_of(
            [
                np.concatenate([value, behind]) if isinstance(value, np.ndarray) else value
                for value, behind in values
            ]
        )

    def with_score(self, score: Scores) -> Self:
        return replace(self, score=score)

    def doc_ids(self) -> list[str]:
        return [doc_id.decode() for doc_id in self.doc_id.tolist()]

    def keys(self) -> Keys:
        """Return a key for each passage, by which passages with equal scores are ordered.

        Keys order by `is_copy`, so that the first document represents its text, then by `doc_id`,
        then by ordinal. Keys of candidates from the same state of an index are comparable.
        """
        width = self.doc_id.dtype.itemsize
        keys = np.ones((len(self), width + 5), dtype=np.uint8)
        keys[:, 0] += self.is_copy
        keys[:, 1:-4] = self.doc_id.view(np.uint8).reshape(len(self), width)
        keys[:, -4:] = self.ordinal.astype(">i4").view(np.uint8).reshape(len(self), 4)
        return keys.view(f"S{width + 5}").ravel()

    def _made_of(self, values: list[Any]) -> Self:  # Any: arrays of several dtypes, and names
        return type(self)(*values)
