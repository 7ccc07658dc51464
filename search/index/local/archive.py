"""A folder archive at its address: opens its states, writes the next one, and maintains it.

Implements `search.index.archive.Archive`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from search.encoders.identity import EncoderIdentity
from search.errors import ArchiveError
from search.index.archive import EncodeContext, EncodePassages, Status, UpgradeNaming
from search.index.local.folder import DATABASE, measure, require_contained
from search.index.local.index import LocalIndex
from search.index.local.maintenance import (
    check,
    compaction,
    encoding,
    reencoding,
    removal,
    status,
    upgrading,
)
from search.index.local.reader import ArchiveReader
from search.index.local.snapshot import Snapshot, open_snapshot
from search.index.local.writer import ArchiveWriter
from search.lexicon.gazetteer import read_archive_lexicon
from search.lexicon.newspapers import aliases_of

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

    def remove_ids(self, doc_ids: Sequence[str]) -> int:
        return removal.remove_ids(self.folder, doc_ids)

    def remove_source(self, source: str) -> int:
        return removal.remove_source(self.folder, source, self.newspapers())
