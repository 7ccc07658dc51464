"""A folder archive at its address: opens its states (`search.index.Archive`)."""

from pathlib import Path

from search.errors import ArchiveError
from search.index import Status
from search.index.local.database.schema import DATABASE
from search.index.local.index import LocalIndex
from search.index.local.reader import ArchiveReader
from search.index.local.snapshot import Snapshot, open_snapshot
from search.lexicon.gazetteer import read_archive_lexicon

MOST_SWAPS = 5  # of all files, while a reader opens them


class LocalArchive:
    """The archive in `folder`, whether or not there is one yet."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._reader = ArchiveReader(folder)

    @property
    def address(self) -> str:
        return str(self.folder)

    def mark(self) -> str:
        return self._reader.commit_mark()

    def open(self) -> LocalIndex:
        # The mark first: a commit that falls in between is then opened once more, not missed.
        mark = self._reader.commit_mark()
        gazetteer = read_archive_lexicon(self.folder)
        return LocalIndex(self._open_snapshot(), self._reader, gazetteer, mark)

    def _open_snapshot(self) -> Snapshot:
        for _ in range(MOST_SWAPS):
            commit = self._reader.commit_number()
            try:
                return open_snapshot(self.folder)
            except ArchiveError:
                # A compaction may remove what the list of files, just read, still named.
                if self._reader.commit_number() == commit:
                    raise
        return open_snapshot(self.folder)

    def status(self) -> Status:
        return self._reader.status()

    def encoder_name(self) -> str | None:
        if not (self.folder / DATABASE).exists():
            return None
        return self._reader.encoder_name()
