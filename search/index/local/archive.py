"""A folder archive at its address: opens its states, writes the next one, and maintains it.

Implements `search.index.archive.Archive`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from search.encoders.identity import EncoderIdentity
from search.errors import ArchiveError
from search.index.archive import EncodeContext, EncodePassages, Status, UpgradeNaming
from search.index.catalogue import removal
from search.index.catalogue.stored import StoredText
from search.index.local.files import replace_file
from search.index.local.folder import (
    DATABASE,
    converting_os_errors,
    measure,
    require_contained,
)
from search.index.local.index import LocalIndex
from search.index.local.maintenance import (
    check,
    compaction,
    copying,
    encoding,
    reencoding,
    status,
    upgrading,
)
from search.index.local.reader import ArchiveReader
from search.index.local.snapshot import Snapshot, open_snapshot
from search.index.local.writer import ArchiveWriter
from search.lexicon.entries import ARCHIVE_LEXICON
from search.lexicon.gazetteer import read_archive_lexicon
from search.lexicon.newspapers import ARCHIVE_NEWSPAPERS, aliases_of

MAX_SWAPS = 5  # commits during the opening of one state, before it gives up


class LocalArchive:
    """The archive in `folder`, which need not exist yet.

    `on_step` of the methods below is called with the name of each step of a commit after it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._reader = ArchiveReader(folder)

    @property
    def address(self) -> str:
        return str(self.folder)

    def mark(self) -> str:
        return self._reader.commit_mark()

    def probe(self) -> None:
        self.mark()

    def newspapers(self) -> Mapping[str, str]:
        require_contained(self.folder)
        return aliases_of(self.folder)

    def open(self) -> LocalIndex:
        require_contained(self.folder)
        # The mark is read first: a commit in between is then opened once more, and not missed.
        mark = self._reader.commit_mark()
        gazetteer = read_archive_lexicon(self.folder)
        newspapers = aliases_of(self.folder)
        return LocalIndex(self._open_snapshot(), self._reader, gazetteer, newspapers, mark)

    def _open_snapshot(self) -> Snapshot:
        for _ in range(MAX_SWAPS):
            commit = self._reader.commit_number()
            try:
                return open_snapshot(self.folder)
            except ArchiveError:
                # A compaction may remove a file between the reading of the list and the opening.
                if self._reader.commit_number() == commit:
                    raise
        return open_snapshot(self.folder)

    def writer(
        self,
        encoder: EncoderIdentity | None = None,
        *,
        on_step: Callable[[str], None] | None = None,
    ) -> ArchiveWriter:
        return ArchiveWriter(self.folder, encoder, on_step=on_step)

    def status(self) -> Status:
        require_contained(self.folder)
        return status.read_status(self.folder)

    def size_bytes(self) -> int:
        return measure(self.folder)

    def encoder_identity(self) -> EncoderIdentity | None:
        require_contained(self.folder)
        if not (self.folder / DATABASE).exists():
            return None
        return self._reader.encoder_identity()

    def check(self) -> list[str]:
        require_contained(self.folder)
        return check.check(self.folder)

    def mend(self) -> list[str]:
        """Change nothing: a folder holds everything once."""
        return []

    def compact(self, *, on_step: Callable[[str], None] | None = None) -> None:
        compaction.compact(self.folder, on_step=on_step)

    def upgrade(self, names: UpgradeNaming, *, on_step: Callable[[str], None] | None = None) -> int:
        return upgrading.upgrade(self.folder, names, on_step=on_step)

    def reencode(
        self,
        encode: EncodePassages,
        encoder: EncoderIdentity,
        *,
        on_step: Callable[[str], None] | None = None,
    ) -> Iterator[int]:
        return reencoding.reencode(self.folder, encode, encoder, on_step=on_step)

    def encode(
        self,
        encode: EncodeContext,
        encoder: EncoderIdentity,
        *,
        on_step: Callable[[str], None] | None = None,
    ) -> Iterator[int]:
        require_contained(self.folder)
        return encoding.encode(self.folder, encode, encoder, on_step=on_step)

    def tables(self) -> Mapping[str, str]:
        require_contained(self.folder)
        paths = [self.folder / name for name in (ARCHIVE_LEXICON, ARCHIVE_NEWSPAPERS)]
        return {path.name: path.read_text(encoding="utf-8") for path in paths if path.exists()}

    def store_tables(self, tables: Mapping[str, str]) -> None:
        require_contained(self.folder, for_writing=True)
        for name, text in tables.items():
            with converting_os_errors(self.folder):
                replace_file(
                    self.folder / name, partial(Path.write_text, data=text, encoding="utf-8")
                )

    def texts(self) -> Iterator[StoredText]:
        require_contained(self.folder)
        return copying.read_texts(self.folder)

    def remove_ids(self, doc_ids: Sequence[str]) -> int:
        with self.writer() as writer, writer.commit() as changes:
            return removal.remove_ids(changes, doc_ids)

    def remove_source(self, source: str) -> int:
        with self.writer() as writer, writer.commit() as changes:
            return removal.remove_source(changes, source, self.newspapers())
