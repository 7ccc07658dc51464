"""The protocol between the engine and one state of an archive, with the records of its answers.

`search.index.archive` and `search.index.writer` are the protocols of the whole archive and of its
writer. Across this seam a document is named by its `doc_id`, and a passage by its `doc_id` and its
ordinal in that document; ties break on these. Row numbers do not leave an implementation.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from search.encoders.identity import EncoderIdentity, PieceLists, Vectors
from search.index.candidates import Candidates, Mask
from search.lexicon.gazetteer import Gazetteer
from search.plan import Contains, Demand, QueryPlan, Scope
from search.records import Document, Filters, Passage, Sort, Version


@dataclass(frozen=True, slots=True)
class ArchiveIdentity:
    """The mark of one committed state of an archive, its encoder and its counts."""

    commit: int
    mark: str  # differs from the mark of any other state, also of an archive put in its place
    encoder: EncoderIdentity
    documents: int
    passages: int
    encoded: int = 0  # passages with a vector of the second level

    @property
    def share_encoded(self) -> float:
        """Return the share of the passages that have a vector of the second level, 0 to 1."""
        return self.encoded / self.passages if self.passages else 0.0


class Level(StrEnum):
    """The levels of vectors in an archive."""

    BASE = "base"  # every passage has a base vector
    CONTEXT = "context"  # added later, by `Archive.encode`


class WordRanking(NamedTuple):
    """The passages that match a plan's words best, by BM25.

    `strength`, 0 to 1, is the best score divided by the score of a short text that holds every term
    of the query. If `is_exact`, no other passage matches.
    """

    candidates: Candidates
    strength: float
    is_exact: bool


class VectorRanking(NamedTuple):
    """The passages nearest to a vector by cosine, and the number of passages searched."""

    candidates: Candidates
    searched: int


class PassageWindows(NamedTuple):
    """The word pieces of passages around candidates, with one run of passages for each candidate.

    A run holds the first passage of the candidate's document, then the passages around the
    candidate in their order. `begins` holds the positions in `tokens` where the runs begin, `own`
    the positions of the candidates themselves.
    """

    tokens: PieceLists
    begins: npt.NDArray[np.int64]
    own: npt.NDArray[np.int64]


class FacetField(StrEnum):
    """The fields by which matching documents are counted."""

    SOURCE = "source"
    KIND = "kind"
    LANGUAGE = "language"
    MONTH = "month"  # months since the beginning of year 0: 12 * year + month - 1


class Period(StrEnum):
    DAY = "day"  # date.toordinal()
    MONTH = "month"  # as FacetField.MONTH


@dataclass(frozen=True, slots=True)
class Matches:
    """The counts of the documents that match a plan; all are exact except `texts`.

    `counts` maps each field to the number of documents for each of its values. The counts of a
    field ignore the filters on this field, and `undated` ignores the filters on dates. `texts` is
    the number of distinct texts among the matching documents, an estimate unless `texts_is_exact`.
    """

    total: int
    texts: int
    texts_is_exact: bool
    undated: int
    counts: Mapping[FacetField, Mapping[str | int, int]]


class TermStatistics(Protocol):
    """The terms of one state of an index, for expansion, spelling and confidence."""

    @property
    def passages(self) -> int:
        """Return the number of passages."""

    def frequency(self, term: str) -> int:
        """Return the number of passages that hold the term or stem; 0 for an unknown one."""

    def terms_with_prefix(self, prefix: str, *, stems: bool = False) -> list[tuple[str, int]]:
        """Return the terms that begin with `prefix`, or the stems, each with its frequency."""


class Index(Protocol):
    """One consistent state of an archive; safe to use from many threads.

    Documents are read as they are stored now: a document that was removed after this state was
    opened is absent from the results of the methods below.
    """

    @property
    def identity(self) -> ArchiveIdentity: ...

    @property
    def is_remote(self) -> bool:
        """Return whether other machines answer, so that waiting for several answers saves time."""

    @property
    def terms(self) -> TermStatistics: ...

    @property
    def source_names(self) -> Sequence[str]:
        """Return the newspapers, in the order in which they were first stored."""

    @property
    def gazetteer(self) -> Gazetteer:
        """Return the shipped names and phrases together with the archive's own."""

    @property
    def newspapers(self) -> Mapping[str, str]:
        """Return the aliases of newspapers: the archive's own, then the shipped ones."""

    def scope(
        self, filters: Filters, demands: Sequence[Demand] = (), phrases: Sequence[Contains] = ()
    ) -> Scope:
        """Return the scope of the documents that satisfy filters, demands and phrases.

        A phrase is missing if no document that satisfies the other demands holds it.
        """

    def match(self, plan: QueryPlan) -> Matches:
        """Count the documents that match a plan."""

    def count_matches(self, plan: QueryPlan) -> int:
        """Return the number of documents that match a plan."""

    def count_by(self, plan: QueryPlan, period: Period) -> Mapping[int, int]:
        """Count the matching documents by the day or the month of their dates."""

    def list_matches(
        self,
        plan: QueryPlan,
        order: Sort,
        start: int,
        count: int,
        *,
        without: Candidates | None = None,
    ) -> Candidates:
        """Return matching documents from position `start` on, each by its first passage.

        The orders by date put undated documents last and documents of one day in the order of
        their ids. The order by relevance is BM25 over the whole document, which is also the score.
        The documents `without`, and documents with the same texts, are left out.
        """

    def match_texts(
        self, plan: QueryPlan, matches: Matches, candidates: Candidates
    ) -> tuple[Mask, int]:
        """Return which candidates' texts match, and the number of matching documents with them.

        A candidate's text matches if its document, or another document with the same text, matches
        the plan. `matches` is the result of `match` for this plan.
        """

    def rank_by_words(self, plan: QueryPlan, depth: int) -> WordRanking:
        """Rank the passages in the plan's scope that hold any of its words, at most `depth`."""

    def rank_by_vector(
        self, vector: Vectors, scope: Scope, depth: int, level: Level = Level.BASE
    ) -> VectorRanking:
        """Rank the passages in scope by their cosine to the unit vector, at most `depth`."""

    def similarities(
        self, vector: Vectors, candidates: Candidates, level: Level = Level.BASE
    ) -> Vectors:
        """Return the cosine of each candidate to the unit vector: `(n,)` float32.

        A passage without a vector of the second level has NaN.
        """

    def vectors(self, candidates: Candidates, level: Level = Level.BASE) -> Vectors:
        """Return the stored vector of each candidate: `(n, dimension)` float32, unit rows.

        A passage without a vector of the second level has a row of NaN.
        """

    def tokens(self, candidates: Candidates, reach: int) -> PassageWindows:
        """Return the word pieces around each candidate: `reach` passages on either side."""

    def passages_of(self, doc_id: str) -> Candidates:
        """Return every passage of a document, in order; none for an unknown document."""

    def passages_of_each(self, doc_ids: Iterable[str]) -> dict[str, Candidates]:
        """Return every passage of each of these documents; unknown documents are absent."""

    def passages(self, candidates: Candidates) -> list[tuple[Passage, Document] | None]:
        """Return the passage and the document of each candidate; None where it was removed."""

    def documents(self, doc_ids: Iterable[str]) -> dict[str, Document]:
        """Return the documents of these ids; a removed or unknown document is absent."""

    def copies_of(self, doc_ids: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Return the ids of the other documents with the same text, the first published in front.

        Documents without copies are absent.
        """

    def find(self, name: str) -> Document | None:
        """Return the document of this id, or the article that replaced the headline of this id."""

    def versions_of(self, doc_id: str) -> tuple[Version, ...]:
        """Return the earlier versions of an article, the latest first."""

    def newest(self, count: int) -> tuple[Document, ...]:
        """Return the articles of the latest dates, one article for each text, newest first."""

    def titles(self, count: int) -> list[tuple[str, str]]:
        """Return id and title of the documents stored last, one for each text, last first."""

    def storing_times(self, start: int, count: int) -> list[tuple[str, datetime | None]]:
        """Return id and time of storing (UTC) of documents, in the order of storing.

        The documents are those at the positions from `start` on; a removed one is absent. The time
        is None for a document of an archive of an early format, and where its text has changed.
        """

    def sources(self) -> list[tuple[str, int]]:
        """Return the newspapers and the number of documents of each, the largest first."""

    def read_session(self) -> AbstractContextManager[None]:
        """Use one connection for all reads of this thread within the block."""
