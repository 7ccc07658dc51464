"""Reads the database of an archive: documents, passages, and what the archive holds."""

import json
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

from search.encoders.identity import EncoderIdentity
from search.errors import ArchiveError
from search.index import Status
from search.index.candidates import Codes
from search.index.local.columns import PassageIds
from search.index.local.database.commits import LastCommit
from search.index.local.database.rows import DOCUMENT_COLUMNS, Value, read_document, read_meta
from search.index.local.database.schema import FORMAT_VERSION, connect, failing_as_archive
from search.records import Document, Passage, Sighting, Version

CACHE_KB = 500  # of each connection; what it reads the system keeps in memory anyway


@dataclass(frozen=True, slots=True)
class _Idle:
    """A connection that no thread uses, to the archive of this inode."""

    inode: int
    connection: sqlite3.Connection
    opened: ExitStack


class ArchiveReader:
    """Reads the archive in `folder`.

    The connections of finished `reading`s are kept for the next: as many as are used at once, for a
    service has far more threads than searches at once.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._idle: deque[_Idle] = deque()  # the one used last in front
        self._of_thread = threading.local()
        self._last_commit = LastCommit(folder, self._connected)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Answer all that this thread asks within over one connection: to open one takes 0.4 ms.

        It is kept for the next time, unless another archive takes this one's place, or it failed.
        """
        idle = self._take_idle(self._last_commit.read().inode)
        self._of_thread.connection = idle.connection
        keep: Callable[[], None] = partial(self._idle.appendleft, idle)
        try:
            with failing_as_archive(self.folder):
                yield
        except ArchiveError:
            keep = idle.opened.close
            raise
        finally:
            del self._of_thread.connection
            keep()

    def _take_idle(self, inode: int) -> _Idle:
        with suppress(IndexError):
            while True:
                idle = self._idle.popleft()
                if idle.inode == inode:
                    return idle
                idle.opened.close()
        opened = ExitStack()
        connection = opened.enter_context(connect(self.folder))
        connection.execute(f"PRAGMA cache_size = -{CACHE_KB}")
        return _Idle(inode, connection, opened)

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        connection = getattr(self._of_thread, "connection", None)
        if connection is not None:
            yield connection
            return
        with connect(self.folder) as opened:
            yield opened

    def commit_number(self) -> int:
        return self._last_commit.read().number

    def commit_mark(self) -> str:
        """Return what tells one committed state from any other.

        Also from that of an archive put in this one's place.
        """
        return " ".join(map(str, self._last_commit.read()))

    def encoder_name(self) -> str | None:
        """Return the name of the archive's encoder; None before its first commit."""
        with self._connected() as connection:
            identity = read_meta(connection).get("encoder")
            return None if identity is None else EncoderIdentity.from_json(identity).name

    def find(self, name: str) -> Document | None:
        """Return the document of this id, or the article that took the place of that headline."""
        with self._connected() as connection:
            for condition in (
                "doc_id = ?",
                "row = (SELECT document FROM aliases WHERE name = ?)",
            ):
                found = connection.execute(
                    f"SELECT {DOCUMENT_COLUMNS} FROM documents WHERE {condition}", (name,)
                ).fetchone()
                if found is not None:
                    return read_document(found)
            return None

    def sightings_of(self, doc_id: str) -> tuple[Sighting, ...]:
        """Return where and when a headline was seen, the earliest first, unknown days last."""
        with self._connected() as connection:
            found = connection.execute(
                "SELECT source, day FROM sightings"
                " WHERE document = (SELECT row FROM documents WHERE doc_id = ?)"
                " ORDER BY day = '', day, source",
                (doc_id,),
            )
            return tuple(
                Sighting(source or None, date.fromisoformat(day) if day else None)
                for source, day in found
            )

    def versions_of(self, doc_id: str) -> tuple[Version, ...]:
        """Return the earlier versions of an article, the latest first."""
        with self._connected() as connection:
            found = connection.execute(
                "SELECT title, body, day FROM superseded WHERE body <> '' AND document ="
                " (SELECT row FROM documents WHERE doc_id = ?) ORDER BY version DESC",
                (doc_id,),
            )
            return tuple(
                Version(title, body, date.fromisoformat(day) if day else None)
                for title, body, day in found
            )

    def newest(self, count: int) -> tuple[Document, ...]:
        """Return the articles of the latest dates, one of each text, newest first."""
        with self._connected() as connection:
            found = connection.execute(
                # Chosen within the index of facts: nobody reads all bodies to show a few.
                f"SELECT {DOCUMENT_COLUMNS} FROM documents WHERE row IN ("
                " SELECT row FROM documents"
                " WHERE kind = 'article' AND copy_of IS NULL AND day IS NOT NULL"
                " ORDER BY day DESC, row LIMIT ?) ORDER BY day DESC, row",
                (count,),
            )
            return tuple(read_document(row) for row in found)

    def titles(self, count: int) -> list[tuple[str, str]]:
        """Return id and title of the documents stored last, one of each text, last first."""
        with self._connected() as connection:
            return connection.execute(
                "SELECT doc_id, title FROM documents WHERE copy_of IS NULL AND title <> ''"
                " ORDER BY row DESC LIMIT ?",
                (count,),
            ).fetchall()

    def sources(self) -> list[tuple[str, int]]:
        """Return the newspapers and how many documents each has, the largest first."""
        with self._connected() as connection:
            return connection.execute(
                "SELECT source, count(*) FROM documents WHERE source IS NOT NULL"
                " GROUP BY 1 ORDER BY 2 DESC, 1"
            ).fetchall()

    def documents(self, doc_ids: Iterable[str]) -> dict[str, Document]:
        """Return the documents of these ids; one that is not stored is absent."""
        rows = self._select(
            f"SELECT {DOCUMENT_COLUMNS} FROM documents"
            " WHERE doc_id IN (SELECT value FROM json_each(?)) ORDER BY row",
            list(doc_ids),
        )
        return {str(row[0]): read_document(row) for row in rows}

    def copies_of(self, doc_ids: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Return, for each document that has any, the ids of the others with the same text.

        The copy seen first stands in front.
        """
        copies: dict[str, list[str]] = {}
        for doc_id, other in self._select(
            "SELECT own.doc_id, other.doc_id FROM documents AS own JOIN documents AS other"
            " ON other.row IN ("
            "  SELECT coalesce(own.copy_of, own.row)"
            "  UNION ALL SELECT row FROM documents"
            "   WHERE copy_of = coalesce(own.copy_of, own.row))"
            " WHERE own.doc_id IN (SELECT value FROM json_each(?)) AND other.row <> own.row"
            " ORDER BY other.copy_of IS NOT NULL, other.row",
            list(doc_ids),
        ):
            copies.setdefault(str(doc_id), []).append(str(other))
        return {doc_id: tuple(others) for doc_id, others in copies.items()}

    def passages(
        self, passage_ids: PassageIds, ordinals: Codes
    ) -> list[tuple[Passage, Document] | None]:
        """Return the passages of these ids with their documents; None for a removed one."""
        rows = self._select(
            f"SELECT passage_id, start, stop, {DOCUMENT_COLUMNS} FROM passages"
            " JOIN documents ON documents.row = passages.document"
            " WHERE passage_id IN (SELECT value FROM json_each(?))",
            passage_ids.tolist(),
        )
        fields_by_id = {row[0]: row[1:] for row in rows}
        passages: list[tuple[Passage, Document] | None] = []
        for passage_id, ordinal in zip(passage_ids.tolist(), ordinals.tolist(), strict=True):
            if fields := fields_by_id.get(passage_id):
                start, stop, *columns = fields
                document = read_document(tuple(columns))
                span = (int(start or 0), int(stop or 0))
                passages.append((Passage(document.doc_id, ordinal, *span), document))
            else:
                passages.append(None)
        return passages

    def status(self) -> Status:
        with self._connected() as connection:
            meta = read_meta(connection)
            if "encoder" not in meta:
                raise ArchiveError(
                    f"archive {self.folder} is empty: no commit was ever finished; index a dump"
                )
            kinds = dict(
                connection.execute("SELECT kind, count(*) FROM documents GROUP BY 1 ORDER BY 1")
            )
            sources = dict(
                connection.execute(
                    "SELECT source, count(*) FROM documents GROUP BY 1 ORDER BY 2 DESC, 1"
                )
            )
            years = dict(
                connection.execute(
                    "SELECT cast(substr(day, 1, 4) AS INTEGER), count(*) FROM documents GROUP BY 1"
                )
            )
            passages = connection.execute("SELECT count(*) FROM passages").fetchone()[0]
        return Status(
            documents=sum(kinds.values()),
            passages=passages,
            kinds=kinds,
            sources=sources,
            years=years,
            encoder=EncoderIdentity.from_json(meta["encoder"]),
            size_bytes=sum(
                path.stat().st_size for path in self.folder.rglob("*") if path.is_file()
            ),
            commit=int(meta["commit"]),
            committed_at=meta["committed_at"],
            format_version=FORMAT_VERSION,
        )

    def _select(self, sql: str, keys: Sequence[str | int]) -> list[tuple[Value, ...]]:
        """Run `sql` with any number of keys bound to its one parameter, through JSON."""
        if not keys:
            return []
        with self._connected() as connection:
            return connection.execute(sql, (json.dumps(keys),)).fetchall()
