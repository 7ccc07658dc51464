"""The protocols of the writer of an archive and of the changes of a commit, with their records."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum
from typing import Protocol

from search.encoders.identity import Pieces, Vectors
from search.errors import ArchiveError
from search.index.catalogue.stored import StoredText
from search.index.terms import IndexedTerms
from search.records import Document, Kind


class ConflictError(ArchiveError):
    """Another writer changed a document that a commit was about to change: make it again."""

    def __init__(self, doc_id: str) -> None:
        super().__init__(
            f"document {doc_id} was changed by another program meanwhile: run the command again"
        )


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


class NameOrigin(IntEnum):
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


class StoredDocuments(Protocol):
    """Lookup of stored documents during indexing, from one thread at a time."""

    def expect(
        self,
        names: Iterable[str],
        headlines: Iterable[Document] = (),
        sketches: Iterable[bytes] = (),
    ) -> None:
        """Prepare lookups of these names, headlines and sketches, which would work without it.

        An archive on a cluster reads in few requests what each lookup would read in its own.
        """

    def find_by_names(
        self, names: Sequence[str]
    ) -> dict[str, list[tuple[StoredDocument, NameOrigin]]]:
        """Return the documents of each of these ids or further names; unknown names are absent.

        Several documents may share a name; the document whose id it is stands in front, as OWN.
        """

    def find_by_id(self, doc_id: str) -> StoredDocument | None:
        """Return the document of this id; further names do not count."""

    def document(self, doc_id: str) -> Document | None: ...

    def version(self, doc_id: str, digest: bytes, own_id: str | None) -> StoredVersion | None:
        """Return the version of an article with this digest and own id, current or not."""

    def versions(self, doc_id: str) -> list[Document]:
        """Return every version of an article, the current one in front."""

    def own_names(self, doc_id: str) -> list[str]:
        """Return the id of an article and its own further names."""

    def former_names(self, doc_id: str) -> list[str]:
        """Return the further names of a document that are none of its own."""

    def find_by_title(
        self, title: str, source: str | None, day: date | None, *, days_apart: int
    ) -> StoredDocument | None:
        """Return the first published article of this title that a headline may be about.

        Where both are known, the newspapers are equal, and the days at most `days_apart` apart.
        """

    def source_names(self) -> list[str]:
        """Return every newspaper of a document, a version or a headline."""

    def ids_of_source(self, source: str) -> list[str]:
        """Return the ids of the documents of which a version or a headline has this newspaper."""

    def find_sighting(self, headline: Document) -> tuple[str, StoredVersion] | None:
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

    def candidate_copies(self, sketch: bytes, most: int) -> list[StoredCopy]:
        """Return `most` documents that share a band with the sketch, those with most bands first.

        Some hundred more are returned if they share half of the bands.
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

    def remove(self, doc_id: str, *, successor: str | None = None) -> None:
        """Remove a document and everything stored about it; the successor takes over its names."""

    def add_names(self, doc_id: str, names: Iterable[str], origin: NameOrigin) -> None:
        """Add further names to a document."""

    def remove_names(self, doc_id: str, names: Iterable[str]) -> None:
        """Remove further names from a document."""

    def add_sighting(self, doc_id: str, headline: Document, names: HeadlineNames) -> None:
        """Store a headline of a document; a headline that is stored moves to this document."""

    def remove_sighting(self, doc_id: str, headline: Document) -> None:
        """Remove a stored headline of a document."""


class IndexWriter(Protocol):
    """The writer of an archive; idempotent by document id."""

    def commit(self) -> AbstractContextManager[Changes]:
        """Open a block of changes, which become the archive's next state when the block ends.

        Raises:
            ArchiveError: the commit failed, and nothing of it was stored.
        """

    def load(self, texts: Sequence[StoredText]) -> None:
        """Commit documents of another archive as they are; their ids are not in this one.

        A copy is linked to its first document if that is there by now.

        Raises:
            ArchiveError: the commit failed.
        """

    def committed(self) -> AbstractContextManager[StoredDocuments]:
        """Open a lookup of the last commit, for use while the next commit is made."""

    def merge(self) -> None:
        """Merge parts of the archive if there are too many."""

    def stored_beside(self) -> Iterable[str]:
        """Return the ids of the articles stored since this writer began, if others wrote too.

        Two writers that store records of one article, or one text, at the same time neither join
        nor link them; it is to be done again for these articles. Nothing is stored beside a writer
        that is the only one.
        """

    def record_run(self, counts: Mapping[str, object]) -> None:
        """Store the counts of a run, so that the outcome of a dump can be looked up."""

    def total(self) -> int:
        """Return the number of documents."""
