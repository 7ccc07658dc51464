"""The protocol of an archive at its address: opens its states and its writer, and maintains it.

`search.index.opening` chooses an implementation by address.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from search.encoders.identity import EncoderIdentity, Pieces, Vectors
from search.index import Index
from search.index.catalogue.stored import StoredText
from search.index.writer import HeadlineNames, IndexWriter
from search.records import Document


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


@dataclass(frozen=True, slots=True)
class UpgradeNaming:
    """Functions that name the documents of an archive while its format is upgraded.

    `own` returns the own names of an article, `joining` the names that join a headline and an
    article.
    """

    own: Callable[[Document], Iterable[str]]
    joining: Callable[[Document], HeadlineNames]


DocumentSpan = tuple[Document, tuple[int, int]]


class EncodedSpans(NamedTuple):
    """The outputs of encoders for some passages, a row each; None if there is no such output."""

    base: Vectors
    pieces: Sequence[Pieces] | None
    context: Vectors | None


EncodePassages = Callable[[Sequence[DocumentSpan]], EncodedSpans]
EncodeContext = Callable[[Sequence[DocumentSpan]], Vectors]


class Archive(Protocol):
    """An archive, which opens committed states and the only writer."""

    @property
    def address(self) -> str: ...

    def mark(self) -> str:
        """Return the mark of the last commit; this takes microseconds if nothing was written.

        Raises:
            ArchiveError: the archive is gone or cannot be read.
        """

    def probe(self) -> None:
        """Check that every part of the archive answers now, for monitoring.

        Raises:
            ArchiveError: a part does not answer.
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

    def status(self) -> Status:
        """Return the counts of the archive.

        Raises:
            ArchiveError: there is no archive, it is empty, or it cannot be read.
        """

    def size_bytes(self) -> int:
        """Return the size of all files of the archive, of any format; 0 if there is none."""

    def encoder_identity(self) -> EncoderIdentity | None:
        """Return the identity of the archive's encoder; None where there is no archive yet."""

    def check(self) -> list[str]:
        """Check the archive and return a line for each fault; an empty list means no fault.

        Raises:
            ArchiveError: there is no archive, or its database cannot be opened.
        """

    def mend(self) -> list[str]:
        """Make what the archive holds several times equal again; return a line for each change.

        Raises:
            ArchiveError: there is no archive, or it could not be made equal.
        """

    def compact(self) -> None:
        """Merge segments and drop removed rows, while searches go on.

        Raises:
            ArchiveError: a segment is damaged, or there is no disk space; the archive is unchanged.
        """

    def upgrade(self, names: UpgradeNaming) -> int:
        """Convert an archive of an earlier format and return the version of that format.

        Raises:
            ArchiveError: the archive is of another version, or there is no disk space; the archive
                is unchanged.
        """

    def reencode(self, encode: EncodePassages, encoder: EncoderIdentity) -> Iterator[int]:
        """Encode every passage anew and swap the vectors in one step.

        Yields the number of passages of each part when it is written; the swap follows the last.

        Raises:
            ArchiveError: there is no archive, or no disk space; the archive is unchanged.
        """

    def encode(self, encode: EncodeContext, encoder: EncoderIdentity) -> Iterator[int]:
        """Encode every passage that lacks a vector of the second level, in small commits.

        Yields the number of passages of each commit. Others may search and write meanwhile.

        Raises:
            ArchiveError: there is no archive, it has only one level, or it cannot be written to;
                earlier commits stay.
            EncoderError: the second level of the archive is of another encoder.
        """

    def tables(self) -> Mapping[str, str]:
        """Return the archivist's own tables, `lexicon.tsv` and `newspapers.tsv`, by their names."""

    def store_tables(self, tables: Mapping[str, str]) -> None:
        """Store tables, each in the place of the earlier one of its name."""

    def texts(self) -> Iterator[StoredText]:
        """Yield every document with all that is stored about it, in the order of storing.

        Raises:
            ArchiveError: there is no archive, or a document is damaged.
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
