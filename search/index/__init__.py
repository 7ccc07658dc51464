"""The seam behind the engine: what an index of an archive answers, and how it is written.

Protocols and their records only; `search.index.opening` chooses an implementation by address.
Across the seam a document is its `doc_id`, a passage its `doc_id` and its ordinal in that document,
and ties break on these. Whatever numbers rows inside an implementation stays there.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum, StrEnum
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from search.encoders.identity import EncoderIdentity, Pieces, TokenLists, Vectors
from search.index.candidates import Candidates, Mask
from search.lexicon.gazetteer import Gazetteer
from search.plan import Demand, Holds, QueryPlan, Scope
from search.records import Document, Filters, Kind, Passage, Sighting, Sort, Version


@dataclass(frozen=True, slots=True)
class ArchiveIdentity:
    """What tells one committed state of an archive from another, and what it was built with."""

    commit: int
    mark: str  # differs from that of every other state, also of an archive put in this one's place
    encoder: EncoderIdentity
    documents: int
    passages: int
    encoded: int = 0  # passages with a vector of the second level

    @property
    def share_encoded(self) -> float:
        """The share of the passages that have a vector of the second level, 0 to 1."""
        return self.encoded / self.passages if self.passages else 0.0


@dataclass(frozen=True, slots=True)
class Status:
    """What an archive holds. Years and sources count documents; None is "not known"."""

    documents: int
    passages: int
    kinds: Mapping[str, int]
    sources: Mapping[str | None, int]
    years: Mapping[int | None, int]
    encoder: EncoderIdentity
    encoded: int | None  # passages with a vector of the second level; None where there is one level
    size_bytes: int
    commit: int
    committed_at: str
    format_version: int


class Level(StrEnum):
    """The vectors of an archive that are meant."""

    BASE = "base"  # every passage has one
    CONTEXT = "context"  # come later, by `IndexAdmin.encode`


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


class FacetField(StrEnum):
    """What the matching documents are counted by."""

    SOURCE = "source"
    KIND = "kind"
    LANGUAGE = "language"
    MONTH = "month"  # counted since the beginning of year 0: 12 * year + month - 1


class Period(StrEnum):
    DAY = "day"  # date.toordinal()
    MONTH = "month"  # as FacetField.MONTH


@dataclass(frozen=True, slots=True)
class Matches:
    """How many documents match a plan, over the whole archive; exact but for `texts`.

    `counts` holds, by field, how many documents have each value; those of one field are counted
    whatever the filters restrict of this field, and so are the `undated`, whatever days they ask
    for. `texts` is the number of distinct texts among the matching documents, an estimate unless
    `texts_is_exact`.
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

    @property
    def newspapers(self) -> Mapping[str, str]:
        """Return the shipped aliases of newspapers, with the archive's own before them."""

    def scope(
        self, filters: Filters, demands: Sequence[Demand] = (), phrases: Sequence[Holds] = ()
    ) -> Scope:
        """Evaluate what a query demands.

        A phrase that no document within the other demands holds is told as missing.
        """

    def match(self, plan: QueryPlan) -> Matches:
        """Count the documents that match a plan."""

    def count_matches(self, plan: QueryPlan) -> int:
        """Return how many documents match a plan, and nothing else of them."""

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
        """List matching documents, each by its first passage, from the place `start` on.

        By date, undated ones last and equal days by `doc_id`; by relevance, which is BM25 over the
        whole document, and the score. The documents `without`, and those of the same texts, are
        passed over.
        """

    def match_texts(
        self, plan: QueryPlan, matches: Matches, candidates: Candidates
    ) -> tuple[Mask, int]:
        """Return of each candidate whether its document matches, or another one of its text.

        And the number of matching documents that have any of these texts. `matches` are the plan's.
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

        NaN where a passage has no vector of the second level yet.
        """

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

        The copy published first stands in front.
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
    """The terms of one passage and their stems, joined by spaces."""

    title: str
    text: str
    title_stems: str
    text_stems: str


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


class Origin(IntEnum):
    """Why a document is known by a name beside its id."""

    FORMER = 0  # an id that it, or a headline that it took the place of, once had
    OWN = 1  # an article's own id, address or title
    UPGRADED = 2  # what an archive of an earlier format knew it by


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """What tells a second arrival of a stored document from a change of it.

    `digest` is `digest_of` the current version. Where `is_upgraded`, an archive of an earlier
    format gave it its id, and its dump's own id is not known.
    """

    doc_id: str
    kind: Kind
    source: str | None
    date: date | None
    url: str | None
    digest: bytes
    own_id: str | None
    is_upgraded: bool


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """What a stored version of an article, or a headline, tells beside what it is known by."""

    author: str | None
    section: str | None
    published_at: datetime | None


@dataclass(frozen=True, slots=True)
class StoredCopy:
    """A document, and the one that was published first of those with its text.

    Orders compare: that of the earlier publication is less, then that of the lesser id.
    """

    doc_id: str
    order: tuple[str, ...]
    first_id: str
    first_order: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HeadlineNames:
    """The names by which a headline and an article are found to be one story."""

    own: str | None = None
    url: str | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class NamesOfUpgraded:
    """What an archive of an earlier format is to know its documents by.

    `own` returns the own names of an article, `joining` those that join a headline and an article.
    """

    own: Callable[[Document], Iterable[str]]
    joining: Callable[[Document], HeadlineNames]


class StoredDocuments(Protocol):
    """Looks documents up by what indexing knows them by. One thread at a time."""

    def find_all(self, names: Sequence[str]) -> dict[str, list[tuple[StoredDocument, Origin]]]:
        """Return the documents of each of these ids or further names; unknown names are absent.

        Several documents may have a name; that which has it as its id stands in front, as OWN.
        """

    def of_id(self, doc_id: str) -> StoredDocument | None:
        """Return the document of this very id."""

    def document(self, doc_id: str) -> Document | None: ...

    def version(self, doc_id: str, digest: bytes, own_id: str | None) -> StoredVersion | None:
        """Return the version of an article that such a record brought, current or not."""

    def versions(self, doc_id: str) -> list[Document]:
        """Return every version of an article, the current one in front."""

    def own_names(self, doc_id: str) -> list[str]:
        """Return the id of an article and its own further names."""

    def titled(
        self, title: str, source: str | None, day: date | None, *, days_apart: int
    ) -> StoredDocument | None:
        """Return the first published article of this title that a headline may be about.

        Its newspaper is this one, and its day no further apart, where both are known.
        """

    def source_names(self) -> list[str]:
        """Return every newspaper that a document, a version or a headline has."""

    def ids_of_source(self, source: str) -> list[str]:
        """Return the documents of which a version or a headline has this newspaper."""

    def seen(self, headline: Document) -> tuple[str, StoredVersion] | None:
        """Return the document that this very headline belongs to, and what it told; None if new."""

    def headlines_named(self, names: Iterable[HeadlineNames]) -> list[tuple[str, Document]]:
        """Return the headlines seen that share a name, each with the id of its document."""

    def headlines_of(self, doc_id: str) -> list[Document]:
        """Return the headlines seen that belong to a document, the earliest first."""


class Changes(StoredDocuments, Protocol):
    """The changes of one commit, made in the order they are asked for.

    Each change is seen by the next question, so the outcome does not depend on where one commit
    ends and the next begins.
    """

    def near_sketches(self, sketch: bytes, most: int) -> list[StoredCopy]:
        """Return the documents that share a band with the sketch, at most `most` of them.

        Those that share most bands are chosen.
        """

    def copy(self, doc_id: str) -> StoredCopy: ...

    def sketch(self, doc_id: str) -> bytes | None:
        """Return the sketch of a document; None where it has no words."""

    def copies_of_first(self, doc_id: str) -> list[StoredCopy]:
        """Return the copies that are linked to this document."""

    def link(self, doc_id: str, first_id: str | None) -> None:
        """Make a document a copy of another one, or of none."""

    def store(self, new: NewDocument) -> None:
        """Store a document that is not there; a headline of this id gets another id."""

    def replace(self, doc_id: str, new: NewDocument) -> None:
        """Store another version of a document in the place of the current one.

        The current one is kept as an earlier version if it is an article's. Names stay.
        """

    def add_version(self, doc_id: str, version: Document) -> None:
        """Keep another version of an article beside its current one."""

    def drop_version(self, doc_id: str, version: Document) -> None:
        """Take a version that is not the current one from an article."""

    def complete(self, doc_id: str, record: Document, told: StoredVersion) -> None:
        """Store what this version of an article, or this headline, tells beside its digest."""

    def merge(self, doc_id: str, into: str) -> None:
        """Make an article, with all known of it, part of another one."""

    def remove(self, doc_id: str, *, heir: str | None = None) -> None:
        """Remove a document and everything known of it; an heir is found by its names."""

    def name(self, doc_id: str, names: Iterable[str], origin: Origin) -> None:
        """Let a document be found by these names too."""

    def unname(self, doc_id: str, names: Iterable[str]) -> None:
        """Let a document be found by these further names no more."""

    def see(self, doc_id: str, headline: Document, names: HeadlineNames) -> None:
        """Remember a headline that was seen, or that it belongs to another document now."""

    def unsee(self, doc_id: str, headline: Document) -> None:
        """Forget that this headline of a document was seen."""


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


DocumentSpan = tuple[Document, tuple[int, int]]


class EncodedSpans(NamedTuple):
    """What encoders made of some passages, a row each; None where they make no such thing."""

    base: Vectors
    pieces: Sequence[Pieces] | None
    context: Vectors | None


EncodePassages = Callable[[Sequence[DocumentSpan]], EncodedSpans]
EncodeContext = Callable[[Sequence[DocumentSpan]], Vectors]


class IndexAdmin(Protocol):
    """Work on a whole archive."""

    def status(self) -> Status:
        """Count what the archive holds.

        Raises:
            ArchiveError: there is no archive, it is empty, or it cannot be read.
        """

    def encoder_identity(self) -> EncoderIdentity | None:
        """Return the identity of the archive's encoder; None where there is no archive yet."""

    def check(self) -> list[str]:
        """Name everything that is wrong; an empty list means nothing is."""

    def compact(self) -> None:
        """Merge segments and drop removed rows, while searches go on."""

    def upgrade(self, names: NamesOfUpgraded) -> int:
        """Bring an archive of the earlier format over; return the version that its format had.

        Raises:
            ArchiveError: it is of another version, or there is no room; it stays as it was.
        """

    def reencode(self, encode: EncodePassages, encoder: EncoderIdentity) -> Iterator[int]:
        """Encode every passage anew and swap the vectors in one step.

        Yields the number of passages as each part of them is written; the swap follows the last.
        """

    def encode(self, encode: EncodeContext, encoder: EncoderIdentity) -> Iterator[int]:
        """Give every passage that lacks it its vector of the second level, in small commits.

        Yields the number of passages of each. Others may search meanwhile, and write.

        Raises:
            ArchiveError: there is no archive, it has one level alone, or it cannot be written to;
                what was committed stays.
            EncoderError: the second level of the archive is of another encoder.
        """

    def remove_ids(self, doc_ids: Sequence[str]) -> int:
        """Remove these documents, all or none, and return how many there were.

        Raises:
            ArchiveError: one of them is not there; nothing was removed.
        """

    def remove_source(self, source: str) -> int:
        """Remove every document of a newspaper and return how many there were.

        It may be named as in a search: by an alias, or by words of its name.

        Raises:
            ArchiveError: there is none, or several newspapers have these words.
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
