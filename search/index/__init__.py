"""Protocols between the engine and the index of an archive, with the records that they exchange.

`search.index.opening` chooses an implementation by address. Across this seam a document is named by
its `doc_id`, and a passage by its `doc_id` and its ordinal in that document; ties break on these.
Row numbers do not leave an implementation.
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


@dataclass(frozen=True, slots=True)
class Status:
    """The counts of an archive. Years and sources count documents; the key None is "not known"."""

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
    """The levels of vectors in an archive."""

    BASE = "base"  # every passage has a base vector
    CONTEXT = "context"  # added later, by `IndexAdmin.encode`


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


class Surroundings(NamedTuple):
    """The word pieces of passages around candidates, with one run of passages for each candidate.

    A run holds the first passage of the candidate's document, then the passages around the
    candidate in their order. `begins` holds the positions in `tokens` where the runs begin, `own`
    the positions of the candidates themselves.
    """

    tokens: TokenLists
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
        self, filters: Filters, demands: Sequence[Demand] = (), phrases: Sequence[Holds] = ()
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

    def vectors(self, candidates: Candidates) -> Vectors:
        """Return the stored vector of each candidate: `(n, dimension)` float32, unit rows."""

    def tokens(self, candidates: Candidates, reach: int) -> Surroundings:
        """Return the word pieces around each candidate: `reach` passages on either side."""

    def passages_of(self, doc_id: str) -> Candidates:
        """Return every passage of a document, in order; none for an unknown document."""

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

    def sightings_of(self, doc_id: str) -> tuple[Sighting, ...]:
        """Return where and when a headline was seen, the earliest first, unknown days last."""

    def newest(self, count: int) -> tuple[Document, ...]:
        """Return the articles of the latest dates, one article for each text, newest first."""

    def titles(self, count: int) -> list[tuple[str, str]]:
        """Return id and title of the documents stored last, one for each text, last first."""

    def sources(self) -> list[tuple[str, int]]:
        """Return the newspapers and the number of documents of each, the largest first."""

    def reading(self) -> AbstractContextManager[None]:
        """Use one connection for all reads of this thread within the block."""


class IndexedTerms(NamedTuple):
    """The terms of one passage and their stems, joined by spaces."""

    title: str
    text: str
    title_stems: str
    text_stems: str


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A document to store, with the terms, vectors and word pieces of its passages.

    `terms` holds the indexed terms of each passage, `vectors` a row for each passage, and `pieces`
    the distinct word pieces of each passage, or None if the encoder has no word pieces. `sketch`
    identifies near copies of an article, 4 bytes a band; None for a text without words and for a
    headline.
    """

    document: Document
    spans: Sequence[tuple[int, int]]
    terms: Sequence[IndexedTerms]
    vectors: Vectors
    pieces: Sequence[Pieces] | None = None
    sketch: bytes | None = None


class Origin(IntEnum):
    """The reason why a document has a further name beside its id."""

    FORMER = 0  # a former id of the document, or of a headline that it replaced
    OWN = 1  # an article's own id, address or title
    UPGRADED = 2  # a name that an archive of an earlier format had for it


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """The fields that distinguish a second arrival of a stored document from a change of it.

    `digest` is `digest_of` the current version. If `is_upgraded`, the id comes from an archive of
    an earlier format, and the document's own id in its dump is not known.
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
    """The fields of a stored version of an article, or of a headline, outside its digest."""

    author: str | None
    section: str | None
    published_at: datetime | None


@dataclass(frozen=True, slots=True)
class StoredCopy:
    """A document, and the document that was published first with the same text.

    Orders compare: the earlier publication has the lesser order, then the lesser id.
    """

    doc_id: str
    order: tuple[str, ...]
    first_id: str
    first_order: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HeadlineNames:
    """The names by which a headline and an article are recognised as one story."""

    own: str | None = None
    url: str | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class NamesOfUpgraded:
    """Functions that name the documents of an archive while its format is upgraded.

    `own` returns the own names of an article, `joining` the names that join a headline and an
    article.
    """

    own: Callable[[Document], Iterable[str]]
    joining: Callable[[Document], HeadlineNames]


class StoredDocuments(Protocol):
    """Lookup of stored documents during indexing, from one thread at a time."""

    def find_all(self, names: Sequence[str]) -> dict[str, list[tuple[StoredDocument, Origin]]]:
        """Return the documents of each of these ids or further names; unknown names are absent.

        Several documents may share a name; the document whose id it is stands in front, as OWN.
        """

    def of_id(self, doc_id: str) -> StoredDocument | None:
        """Return the document of this id; further names do not count."""

    def document(self, doc_id: str) -> Document | None: ...

    def version(self, doc_id: str, digest: bytes, own_id: str | None) -> StoredVersion | None:
        """Return the version of an article with this digest and own id, current or not."""

    def versions(self, doc_id: str) -> list[Document]:
        """Return every version of an article, the current one in front."""

    def own_names(self, doc_id: str) -> list[str]:
        """Return the id of an article and its own further names."""

    def titled(
        self, title: str, source: str | None, day: date | None, *, days_apart: int
    ) -> StoredDocument | None:
        """Return the first published article of this title that a headline may be about.

        Where both are known, the newspapers are equal, and the days at most `days_apart` apart.
        """

    def source_names(self) -> list[str]:
        """Return every newspaper of a document, a version or a headline."""

    def ids_of_source(self, source: str) -> list[str]:
        """Return the ids of the documents of which a version or a headline has this newspaper."""

    def seen(self, headline: Document) -> tuple[str, StoredVersion] | None:
        """Return the id of the document of a stored headline, and its fields; None if it is new."""

    def headlines_named(self, names: Iterable[HeadlineNames]) -> list[tuple[str, Document]]:
        """Return the stored headlines that share a name, each with the id of its document."""

    def headlines_of(self, doc_id: str) -> list[Document]:
        """Return the stored headlines of a document, the earliest first."""


class Changes(StoredDocuments, Protocol):
    """The changes of one commit, made in the order of the calls.

    Each lookup sees all changes before it, so the outcome does not depend on where one commit ends
    and the next begins.
    """

    def near_sketches(self, sketch: bytes, most: int) -> list[StoredCopy]:
        """Return at most `most` documents that share a band with the sketch.

        Documents that share more bands are preferred.
        """

    def copy(self, doc_id: str) -> StoredCopy: ...

    def sketch(self, doc_id: str) -> bytes | None:
        """Return the sketch of a document; None where it has no words."""

    def copies_of_first(self, doc_id: str) -> list[StoredCopy]:
        """Return the copies that are linked to this document."""

    def link(self, doc_id: str, first_id: str | None) -> None:
        """Link a document to the first published document of its text; None removes the link."""

    def store(self, new: NewDocument) -> None:
        """Store a new document; a stored headline with the same id gets another id."""

    def replace(self, doc_id: str, new: NewDocument) -> None:
        """Replace the current version of a document by another version.

        The replaced version of an article is kept as an earlier version. Names stay.
        """

    def add_version(self, doc_id: str, version: Document) -> None:
        """Store another version of an article beside its current version."""

    def drop_version(self, doc_id: str, version: Document) -> None:
        """Remove a version of an article that is not its current version."""

    def complete(self, doc_id: str, record: Document, fields: StoredVersion) -> None:
        """Store the fields of a stored version, or of a headline, that its digest leaves out."""

    def merge(self, doc_id: str, into: str) -> None:
        """Merge an article, with its versions, headlines and names, into another article."""

    def remove(self, doc_id: str, *, heir: str | None = None) -> None:
        """Remove a document and everything stored about it; the heir takes over its names."""

    def name(self, doc_id: str, names: Iterable[str], origin: Origin) -> None:
        """Add further names to a document."""

    def unname(self, doc_id: str, names: Iterable[str]) -> None:
        """Remove further names from a document."""

    def see(self, doc_id: str, headline: Document, names: HeadlineNames) -> None:
        """Store a headline of a document; a headline that is stored moves to this document."""

    def unsee(self, doc_id: str, headline: Document) -> None:
        """Remove a stored headline of a document."""


class IndexWriter(Protocol):
    """The writer of an archive; idempotent by document id."""

    @property
    def encoder(self) -> EncoderIdentity: ...

    def commit(self) -> AbstractContextManager[Changes]:
        """Open a block of changes, which become the archive's next state when the block ends.

        Raises:
            ArchiveError: the commit failed, and nothing of it was stored.
        """

    def committed(self) -> AbstractContextManager[StoredDocuments]:
        """Open a lookup of the last commit, for use while the next commit is made."""

    def merge(self) -> None:
        """Merge parts of the archive if there are too many."""

    def record_run(self, counts: Mapping[str, object]) -> None:
        """Store the counts of a run, so that the outcome of a dump can be looked up."""

    def total(self) -> int:
        """Return the number of documents."""


DocumentSpan = tuple[Document, tuple[int, int]]


class EncodedSpans(NamedTuple):
    """The outputs of encoders for some passages, a row each; None if there is no such output."""

    base: Vectors
    pieces: Sequence[Pieces] | None
    context: Vectors | None


EncodePassages = Callable[[Sequence[DocumentSpan]], EncodedSpans]
EncodeContext = Callable[[Sequence[DocumentSpan]], Vectors]


class IndexAdmin(Protocol):
    """Maintenance of a whole archive."""

    def status(self) -> Status:
        """Return the counts of the archive.

        Raises:
            ArchiveError: there is no archive, it is empty, or it cannot be read.
        """

    def encoder_identity(self) -> EncoderIdentity | None:
        """Return the identity of the archive's encoder; None where there is no archive yet."""

    def check(self) -> list[str]:
        """Check the archive and return a line for each fault; an empty list means no fault."""

    def compact(self) -> None:
        """Merge segments and drop removed rows, while searches go on."""

    def upgrade(self, names: NamesOfUpgraded) -> int:
        """Convert an archive of an earlier format and return the version of that format.

        Raises:
            ArchiveError: the archive is of another version, or there is no disk space; the archive
                is unchanged.
        """

    def reencode(self, encode: EncodePassages, encoder: EncoderIdentity) -> Iterator[int]:
        """Encode every passage anew and swap the vectors in one step.

        Yields the number of passages of each part when it is written; the swap follows the last.
        """

    def encode(self, encode: EncodeContext, encoder: EncoderIdentity) -> Iterator[int]:
        """Encode every passage that lacks a vector of the second level, in small commits.

        Yields the number of passages of each commit. Others may search and write meanwhile.

        Raises:
            ArchiveError: there is no archive, it has only one level, or it cannot be written to;
                earlier commits stay.
            EncoderError: the second level of the archive is of another encoder.
        """

    def remove_ids(self, doc_ids: Sequence[str]) -> int:
        """Remove these documents, all or none, and return their number.

        Raises:
            ArchiveError: a document is not in the archive; nothing was removed.
        """

    def remove_source(self, source: str) -> int:
        """Remove every document of a newspaper and return their number.

        The newspaper may be named as in a search: by an alias, or by words of its name.

        Raises:
            ArchiveError: no newspaper has these words in its name, or several have.
        """


class Archive(IndexAdmin, Protocol):
    """An archive at its address, which opens committed states and the only writer."""

    @property
    def address(self) -> str: ...

    def mark(self) -> str:
        """Return the mark of the last commit; this takes microseconds if nothing was written.

        Raises:
            ArchiveError: the archive is gone or cannot be read.
        """

    def newspapers(self) -> Mapping[str, str]:
        """Return the aliases of newspapers: the archive's own, then the shipped ones.

        Raises:
            LexiconError: the archive's own table has a mistake.
        """

    def open(self) -> Index:
        """Open the last committed state.

        Raises:
            ArchiveError: a part of the archive is missing or damaged, or has other text rules.
        """

    def writer(
        self,
        encoder: EncoderIdentity | None = None,
        *,
        on_step: Callable[[str], None] | None = None,
    ) -> AbstractContextManager[IndexWriter]:
        """Open the only writer; create the archive if there is none and `encoder` is not None.

        `on_step` is called with the name of each step of a commit after it; a test ends the
        process there.

        Raises:
            ArchiveError: there is no archive, another program writes to it, or it is damaged.
            EncoderError: the archive was built with another encoder.
        """
