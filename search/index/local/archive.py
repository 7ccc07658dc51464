"""An archive in one folder of this machine."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import cast

from search.encoders.identity import EncoderIdentity
from search.index import EncodePassages, Index, Status
from search.index.local.database.commits import LastCommit
from search.index.local.database.rows import read_meta
from search.index.local.database.schema import DATABASE, connect
from search.index.local.maintenance import check, compaction, reencoding, removal, status
from search.index.local.reader import ArchiveReader
from search.index.local.writer import ArchiveWriter


class LocalArchive:
    """The archive in `folder`; implements `Archive`.

    `on_step` of the methods below is called with its name after each step of a commit.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._last_commit = LastCommit(folder, lambda: connect(folder))

    @property
    def address(self) -> str:
        return str(self.folder)

    def mark(self) -> str:
        return " ".join(map(str, self._last_commit.read()))

    def open(self) -> Index:
        # Cast until the snapshot implements the protocol.
        return cast(Index, ArchiveReader(self.folder).snapshot())

    def writer(
        self,
        encoder: EncoderIdentity | None = None,
        *,
        on_step: Callable[[str], None] | None = None,
    ) -> ArchiveWriter:
        return ArchiveWriter(self.folder, encoder, on_step=on_step)

    def status(self) -> Status:
        with connect(self.folder) as connection:
            return status.read_status(self.folder, connection)

    def encoder_name(self) -> str | None:
        if not (self.folder / DATABASE).exists():
            return None
        with connect(self.folder) as connection:
            identity = read_meta(connection).get("encoder")
        return None if identity is None else EncoderIdentity.from_json(identity).name

    def check(self) -> list[str]:
        return check.check(self.folder)

    def compact(self, *, on_step: Callable[[str], None] | None = None) -> None:
        compaction.compact(self.folder, on_step=on_step)

    def reencode(
        self,
        encode: EncodePassages,
        encoder: EncoderIdentity,
        *,
        on_step: Callable[[str], None] | None = None,
    ) -> Iterator[int]:
        return reencoding.reencode(self.folder, encode, encoder, on_step=on_step)

    def remove_ids(self, doc_ids: Sequence[str]) -> int:
        return removal.remove_ids(self.folder, doc_ids)

    def remove_source(self, source: str) -> int:
        return removal.remove_source(self.folder, source)
