"""The seam behind the engine: what an index of an archive answers, and how it is written.

Protocols and their records only; `search.index.opening` chooses an implementation by address.
Across the seam a document is its `doc_id`, a passage its `doc_id` and its ordinal in that document,
and ties break on these. Whatever numbers rows inside an implementation stays there.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from search.encoders.identity import EncoderIdentity, Pieces, TokenLists, Vectors
from search.index.candidates import Candidates
from search.lexicon.gazetteer import Gazetteer
from search.plan import Phrase, QueryPlan, Scope
from search.records import Document, Filters, Kind, Passage, Sighting, Version


@dataclass(frozen=True, slots=True)
class ArchiveIdentity:
    """What tells one committed state of an archive from another, and what it was built with."""

    commit: int
    mark: str  # differs from that of every other state, also of an archive put in this one's place
    encoder: EncoderIdentity
    documents: int
    passages: int


@dataclass(frozen=True, slots=True)
class Status:
    """What an archive holds. Years and sources count documents; None is "not known"."""

    documents: int
    passages: int
    kinds: Mapping[str, int]
    sources: Mapping[str | None, int]
    years: Mapping[int | None, int]
    encoder: EncoderIdentity
    size_bytes: int
    commit: int
    committed_at: str
    format_version: int


class WordRanking(NamedTuple):
    """The passages that match a plan's words best, by BM25.

    `strength` is 0 to 1: the best score over that of a short text that holds every term of the
    query. Where `is_exact`, no other passage matches.
    """

    candidates: Candidates
    strength: float
    is_exact: bool


class VectorRanking(NamedTuple):
    """The passages nearest to a vector, by cosine, and among how many they were searched."""

    candidates: Candidates
    searched: int


class Surroundings(NamedTuple):
    """The word pieces of passages around candidates: one run of passages a candidate.

    A run holds the first passage of the candidate's document, then the passages around the
    candidate in their order. `begins` is where each run begins in `tokens`, `own` where the
    candidate itself stands.
    """

    tokens: TokenLists
    begins: npt.NDArray[np.int64]
    own: npt.NDArray[np.int64]


class TermStatistics(Protocol):
    """The terms of one state of an index, for expansion, spelling and confidence."""

    @property
    def passages(self) -> int:
        """Return the number of passages."""

    def frequency(self, term: str) -> int:
        """Return the number of passages that hold the term; 0 for an unknown term."""

    def terms_with_prefix(self, prefix: str) -> list[tuple[str, int]]:
        """Return the terms that begin with `prefix`, each with its frequency."""


class Index(Protocol):
    """One consistent state of an archive; safe to use from many threads.

    Documents are read as they are stored now: a document removed since this state was opened is
    absent from what the methods below return.
    """

    @property
    def identity(self) -> ArchiveIdentity: ...

    @property
    def terms(self) -> TermStatistics: ...

    @property
    def source_names(self) -> Sequence[str]:
        """Return the newspapers, in the order in which they were first stored."""

    @property
    def gazetteer(self) -> Gazetteer:
        """Return the shipped names and phrases with the archive's own beside them."""

    def scope(
        self,
        filters: Filters,
        phrases: Sequence[tuple[str, Phrase]] = (),
        excluded: Sequence[Phrase] = (),
    ) -> Scope:
        """Evaluate what a query demands; `phrases` are pairs of the phrase as typed and its terms.

        A phrase that no document within the other demands holds is told as missing.
        """

    def rank_by_words(self, plan: QueryPlan, depth: int) -> WordRanking:
        """Rank the passages in the plan's scope that hold any of its words, at most `depth`."""

    def rank_by_vector(self, vector: Vectors, scope: Scope, depth: int) -> VectorRanking:
        """Rank the passages in scope by their cosine to the unit vector, at most `depth`."""

    def similarities(self, vector: Vectors, candidates: Candidates) -> Vectors:
        """Return the cosine of each candidate to the unit vector: `(n,)` float32."""

    def vectors(self, candidates: Candidates) -> Vectors:
        """Return the stored vector of each candidate: `(n, dimension)` float32, unit rows."""

    def tokens(self, candidates: Candidates, reach: int) -> Surroundings:
        """Return the word pieces around each candidate: `reach` passages on either side."""

    def passages_of(self, doc_id: str) -> Candidates:
        """Return every passage of a document, in order; nothing for an unknown document."""

    def passages(self, candidates: Candidates) -> list[tuple[Passage, Document] | None]:
        """Return the passage and the document of each candidate; None where it was removed."""

    def documents(self, doc_ids: Iterable[str]) -> dict[str, Document]:
        """Return the documents of these ids; a removed or unknown one is absent."""

    def copies_of(self, doc_ids: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Return, for each document that has any, the ids of the others with the same text.

        The copy seen first stands in front.
        """

    def find(self, name: str) -> Document | None:
        """Return the document of this id, or the article that took the place of that headline."""

    def versions_of(self, doc_id: str) -> tuple[Version, ...]:
        """Return the earlier versions of an article, the latest first."""

    def sightings_of(self, doc_id: str) -> tuple[Sighting, ...]:
        """Return where and when a headline was seen, the earliest first, unknown days last."""

    def newest(self, count: int) -> tuple[Document, ...]:
        """Return the articles of the latest dates, one of each text, newest first."""

    def titles(self, count: int) -> list[tuple[str, str]]:
        """Return id and title of the documents stored last, one of each text, last first."""

    def sources(self) -> list[tuple[str, int]]:
        """Return the newspapers and how many documents each has, the largest first."""

    def reading(self) -> AbstractContextManager[None]:
        """Answer all that this thread asks within the block over one connection."""


class IndexedTerms(NamedTuple):
    """The terms of one passage, joined by spaces."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A document to be stored, with what was made of each of its passages.

    `terms` are the indexed terms of each passage, `vectors` has a row for each. `pieces` are the
    distinct word pieces of each; None where the encoder knows no pieces. `sketch` tells near copies
    of an article, 4 bytes a band; None for a text without words and for a headline.
    """

    document: Document
    spans: Sequence[tuple[int, int]]
    terms: Sequence[IndexedTerms]
    vectors: Vectors
    pieces: Sequence[Pieces] | None = None
    sketch: bytes | None = None


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """What tells a second arrival of a stored document from a change of it.

    `digest` is `digest_of` the stored version.
    """

    doc_id: str
    kind: Kind
    source: str | None
    date: date | None
    url: str | None
    digest: bytes


class StoredDocuments(Protocol):
    """Looks documents up by what indexing knows them by. One thread at a time."""

    def find_all(self, names: Sequence[str]) -> dict[str, StoredDocument]:
        """Return the document of each of these ids or further names; unknown names are absent."""

    def of_id(self, doc_id: str) -> StoredDocument | None:
        """Return the document of this very id."""

    def document(self, doc_id: str) -> Document | None: ...

    def sighted_sources(self, doc_id: str) -> set[str]:
        """Return every newspaper that a headline was seen with."""

    def is_sighted(self, doc_id: str, source: str | None, day: date | None) -> bool:
        """Tell whether this sighting of a headline is known."""

    def copies_of(self, doc_id: str, most: int) -> list[str]:
        """Return the ids of the document and its copies, at most `most`, the first seen in front.

        The others follow in the order in which they were stored.
        """

    def is_superseded(self, doc_id: str, digest: bytes) -> bool:
        """Tell whether this version of the document was stored and then replaced."""


class Changes(StoredDocuments, Protocol):
    """The changes of one commit, made in the order they are asked for.

    Each change is seen by the next question, so the outcome does not depend on where one commit
    ends and the next begins.
    """

    def near_sketches(self, sketch: bytes, most: int) -> list[str]:
        """Return the documents that share a band with the sketch, at most `most` of them.

        Those that share most bands are chosen; they come in the order in which they were stored.
        """

    def store(self, new: NewDocument, *, copy_of: str | None) -> None:
        """Store a document that is not there."""

    def replace(self, doc_id: str, new: NewDocument, *, copy_of: str | None) -> None:
        """Store a later version of a document, which keeps its names and its earlier versions."""

    def leave_copies(self, doc_id: str) -> None:
        """Take a document that is about to change out of the group of its copies."""

    def remove(self, doc_id: str) -> None:
        """Remove a document and everything known of it."""

    def name(self, doc_id: str, names: Iterable[str]) -> None:
        """Let a document be found by these names too, unless another document is."""

    def sight(self, doc_id: str, source: str | None, day: date | None) -> None:
        """Remember where and when a headline was seen."""


class IndexWriter(Protocol):
    """The writer of an archive; idempotent by document id."""

    @property
    def encoder(self) -> EncoderIdentity: ...

    def commit(self) -> AbstractContextManager[Changes]:
        """Make changes, which become the archive's next state as the block ends.

        Raises:
            ArchiveError: nothing of it was stored.
        """

    def committed(self) -> AbstractContextManager[StoredDocuments]:
        """Look documents up as the last commit left them, while the next one is made."""

    def merge(self) -> None:
        """Keep the parts of the archive few, where too many have gathered."""

    def record_run(self, counts: Mapping[str, object]) -> None:
        """Store what a run counted, for whoever asks later what became of a dump."""

    def total(self) -> int:
        """Return the number of documents."""


EncodePassages = Callable[
    [Sequence[tuple[Document, tuple[int, int]]]], tuple[Vectors, Sequence[Pieces] | None]
]


class IndexAdmin(Protocol):
    """Work on a whole archive."""

    def status(self) -> Status:
        """Count what the archive holds.

        Raises:
            ArchiveError: there is no archive, it is empty, or it cannot be read.
        """

    def encoder_name(self) -> str | None:
        """Return the name of the archive's encoder; None where there is no archive yet."""

    def check(self) -> list[str]:
        """Name everything that is wrong; an empty list means nothing is."""

    def compact(self) -> None:
        """Merge segments and drop removed rows, while searches go on."""

    def reencode(self, encode: EncodePassages, encoder: EncoderIdentity) -> Iterator[int]:
        """Encode every passage anew and swap the vectors in one step.

        Yields the number of passages as each part of them is written; the swap follows the last.
        """

    def remove_ids(self, doc_ids: Sequence[str]) -> int:
        """Remove these documents, all or none, and return how many there were.

        Raises:
            ArchiveError: one of them is not there; nothing was removed.
        """

    def remove_source(self, source: str) -> int:
        """Remove every document of a newspaper and return how many there were.

        Raises:
            ArchiveError: there is none.
        """


class Archive(IndexAdmin, Protocol):
    """An archive at its address: opens its states, and the one writer of the next."""

    @property
    def address(self) -> str: ...

    def mark(self) -> str:
        """Return the mark of the last commit, in microseconds where nobody wrote.

        Raises:
            ArchiveError: the archive is gone or cannot be read.
        """

    def newspapers(self) -> Mapping[str, str]:
        """Return the shipped aliases of newspapers, with the archive's own before them.

        Raises:
            LexiconError: the archive's own table has a mistake.
        """

    def open(self) -> Index:
        """Open the last committed state.

        Raises:
            ArchiveError: a part of the archive is missing, damaged or of other text rules.
        """

    def writer(
        self,
        encoder: EncoderIdentity | None = None,
        *,
        on_step: Callable[[str], None] | None = None,
    ) -> AbstractContextManager[IndexWriter]:
        """Open the one writer, making the archive if there is none and an encoder is given.

        `on_step` is called with its name after each step of a commit; a test ends the process
        there.

        Raises:
            ArchiveError: there is no archive, another program writes to it, or it is damaged.
            EncoderError: the archive was built with another encoder.
        """
