"""Reads an archive: a consistent state for searching, single documents, and what it holds."""

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path

from search.encoders.identity import EncoderIdentity
from search.errors import ArchiveError
from search.index import Status as Status
from search.index.local.database.commits import LastCommit
from search.index.local.database.rows import DOCUMENT_COLUMNS, Value, read_document, read_meta
from search.index.local.database.schema import connect, failing_as_archive
from search.index.local.maintenance.status import read_status
from search.index.local.snapshot import Snapshot, open_snapshot
from search.records import Document, Passage, Sighting, Version

CACHE_KB = 500  # of each thread that searches; what it reads the system keeps in memory anyway
MOST_SWAPS = 5  # of all files, while one reader opens them


class ArchiveReader:
    """Reads the archive in `folder`; each thread keeps the connection of its last `held`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._of_thread = threading.local()
        self._last_commit = LastCommit(folder, self._connected)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Answer all that this thread asks within over one connection: to open one takes 0.4 ms.

        It is kept for the next time, unless another archive takes this one's place, or it failed.
        """
        kept = self._of_thread
        inode = self._last_commit.read().inode
        if getattr(kept, "inode", None) != inode:
            self._let_go()
            kept.opened = ExitStack()
            kept.idle = kept.opened.enter_context(connect(self.folder))
            kept.idle.execute(f"PRAGMA cache_size = -{CACHE_KB}")
            kept.inode = inode
        kept.connection = kept.idle
        try:
            with failing_as_archive(self.folder):
                yield
        except ArchiveError:
            self._let_go()
            raise
        finally:
            del kept.connection

    def _let_go(self) -> None:
        """Close the connection that this thread kept, if any."""
        self._of_thread.inode = None
        getattr(self._of_thread, "opened", ExitStack()).close()

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
        """Tell one committed state from another, also of an archive put in this one's place."""
        return " ".join(map(str, self._last_commit.read()))

    def encoder_name(self) -> str | None:
        """Give the name of the encoder the archive was built with; None before its first commit."""
        with self._connected() as connection:
            identity = read_meta(connection).get("encoder")
            return None if identity is None else EncoderIdentity.from_json(identity).name

    def snapshot(self) -> Snapshot:
        """Open the last committed state.

        Raises:
            ArchiveError: a part of the archive is missing, damaged or of other text rules.
        """
        for _ in range(MOST_SWAPS):
            commit = self.commit_number()
            try:
                return open_snapshot(self.folder)
            except ArchiveError:
                # A compaction may remove what the list of files, just read, still named.
                if self.commit_number() == commit:
                    raise
        return open_snapshot(self.folder)

    def document(self, doc_id: str) -> Document | None:
        """Give the document of this id, or the article that took the place of that headline."""
        with self._connected() as connection:
            for condition in (
                "doc_id = ?",
                "row = (SELECT document FROM aliases WHERE name = ?)",
            ):
                found = connection.execute(
                    f"SELECT {DOCUMENT_COLUMNS} FROM documents WHERE {condition}", (doc_id,)
                ).fetchone()
                if found is not None:
                    return read_document(found)
            return None

    def sightings_of(self, doc_id: str) -> tuple[Sighting, ...]:
        """Give where and when a headline was seen, the earliest first, unknown days last."""
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

    def copies_of(self, doc_id: str) -> tuple[Document, ...]:
        """Give the other documents of the same text, the one seen first in front."""
        with self._connected() as connection:
            found = connection.execute(
                f"SELECT {DOCUMENT_COLUMNS} FROM documents"
                " WHERE doc_id <> ?1 AND coalesce(copy_of, row) ="
                " (SELECT coalesce(copy_of, row) FROM documents WHERE doc_id = ?1) ORDER BY row",
                (doc_id,),
            )
            return tuple(read_document(row) for row in found)

    def versions_of(self, doc_id: str) -> tuple[Version, ...]:
        """Give the earlier versions of an article, the latest first."""
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

    def row_of(self, doc_id: str) -> int | None:
        with self._connected() as connection:
            found = connection.execute(
                "SELECT row FROM documents WHERE doc_id = ?", (doc_id,)
            ).fetchone()
            return None if found is None else int(found[0])

    def newest(self, count: int) -> tuple[Document, ...]:
        """Give the articles of the latest dates, one of each text, newest first."""
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

    def titles(self, count: int) -> list[tuple[int, str]]:
        """Give row and title of the documents stored last, one of each text, last first."""
        with self._connected() as connection:
            return connection.execute(
                "SELECT row, title FROM documents WHERE copy_of IS NULL AND title <> ''"
                " ORDER BY row DESC LIMIT ?",
                (count,),
            ).fetchall()

    def sources(self) -> list[tuple[str, int]]:
        """Give the sources and how many documents each has, the largest first."""
        with self._connected() as connection:
            return connection.execute(
                "SELECT source, count(*) FROM documents WHERE source IS NOT NULL"
                " GROUP BY 1 ORDER BY 2 DESC, 1"
            ).fetchall()

    def ids(self, rows: Iterable[int]) -> dict[int, str]:
        """Give the ids of the documents of these rows; one removed meanwhile is absent."""
        found = self._select("SELECT row, doc_id FROM documents WHERE row IN", rows)
        return {int(row or 0): str(doc_id) for row, doc_id in found}

    def documents(self, rows: Iterable[int]) -> dict[int, Document]:
        """Give the documents of these rows; one removed meanwhile is absent."""
        found = self._select(f"SELECT row, {DOCUMENT_COLUMNS} FROM documents WHERE row IN", rows)
        return {int(row[0] or 0): read_document(row[1:]) for row in found}

    def by_id(self, doc_ids: Iterable[str]) -> dict[str, Document]:
        """Give the documents of these ids; one that is not stored is absent."""
        wanted = json.dumps(list(doc_ids))
        if wanted == "[]":
            return {}
        with self._connected() as connection:
            found = connection.execute(
                f"SELECT {DOCUMENT_COLUMNS} FROM documents"
                " WHERE doc_id IN (SELECT value FROM json_each(?)) ORDER BY row",
                (wanted,),
            )
            return {str(row[0]): read_document(row) for row in found}

    def members_by_group(self, groups: Iterable[int]) -> dict[int, list[str]]:
        """Give, by the row of the copy seen first, the ids of all documents with its text."""
        members: dict[int, list[str]] = {}
        wanted = json.dumps(list(groups))
        if wanted == "[]":
            return members
        with self._connected() as connection:
            found = connection.execute(
                "SELECT coalesce(copy_of, row), doc_id FROM documents"
                " WHERE row IN (SELECT value FROM json_each(?1))"
                " OR copy_of IN (SELECT value FROM json_each(?1))"
                " ORDER BY copy_of IS NOT NULL, row",
                (wanted,),
            )
            for group, doc_id in found:
                members.setdefault(group, []).append(doc_id)
        return members

    def passages(self, passage_ids: Iterable[int]) -> dict[int, tuple[Passage, Document]]:
        """Give the passages of these ids with their documents; one removed meanwhile is absent."""
        found = self._select(
            f"SELECT passage_id, start, stop, {DOCUMENT_COLUMNS} FROM passages"
            " JOIN documents ON documents.row = passages.document WHERE passage_id IN",
            passage_ids,
        )
        pairs: dict[int, tuple[Passage, Document]] = {}
        for passage_id, start, stop, *columns in found:
            document = read_document(tuple(columns))
            place = (int(value or 0) for value in (passage_id, start, stop))
            passage_id, start, stop = place
            pairs[passage_id] = Passage(passage_id, document.doc_id, start, stop), document
        return pairs

    def status(self) -> Status:
        with self._connected() as connection:
            return read_status(self.folder, connection)

    def _select(self, sql: str, keys: Iterable[int]) -> list[tuple[Value, ...]]:
        """Run `sql` with any number of integers bound behind its IN, through JSON."""
        wanted = json.dumps([int(key) for key in keys])
        with self._connected() as connection:
            found = connection.execute(f"{sql} (SELECT value FROM json_each(?))", (wanted,))
            return found.fetchall()
