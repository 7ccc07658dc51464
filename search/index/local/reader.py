"""Reads documents and passages from the database of an archive."""

import json
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from search.encoders.identity import EncoderIdentity
from search.errors import ArchiveError
from search.index.candidates import Codes
from search.index.catalogue.rows import (
    DOCUMENT_COLUMNS,
    Value,
    converting_value_errors,
    read_day,
    read_document,
    read_moment,
    read_span,
    read_text,
    require_texts,
)
from search.index.local.columns import PassageIds
from search.index.local.database.commits import Commit, LastCommit
from search.index.local.database.meta import read_meta
from search.index.local.database.schema import connect, converting_sqlite_errors
from search.index.writer import NameOrigin
from search.records import Document, Kind, Passage, Version

CACHE_KB = 500  # of each connection; the system keeps the file in memory anyway


@dataclass(frozen=True, slots=True)
class _Idle:
    """A connection that no thread uses, and the commit at which it was opened."""

    commit: Commit
    connection: sqlite3.Connection
    opened: ExitStack


class ArchiveReader:
    """Reads the archive in `folder`; implements the reads of documents of `search.index.Index`.

    Connections of finished `read_session` blocks are kept for the next ones. They are not kept for
    each thread, because a service has far more threads than searches at a time.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._idle: deque[_Idle] = deque()  # the connection used last in front
        self._of_thread = threading.local()
        self._last_commit = LastCommit(folder, partial(connect, folder))

    @contextmanager
    def read_session(self) -> Iterator[None]:
        """Use one connection for all reads of this thread in the block; opening one takes 0.4 ms.

        The connection is kept for later blocks until the next commit, unless it failed.
        """
        idle = self._take_idle(self._last_commit.read())
        self._of_thread.connection = idle.connection
        keep: Callable[[], None] = partial(self._idle.appendleft, idle)
        try:
            with converting_sqlite_errors(self.folder):
                yield
        except ArchiveError:
            keep = idle.opened.close
            raise
        finally:
            del self._of_thread.connection
            keep()

    def _take_idle(self, commit: Commit) -> _Idle:
        # The whole commit must be equal: SQLite never sees changes of a frozen database.
        with suppress(IndexError):
            while True:
                idle = self._idle.popleft()
                if idle.commit == commit:
                    return idle
                idle.opened.close()
        opened = ExitStack()
        connection = opened.enter_context(connect(self.folder))
        connection.execute(f"PRAGMA cache_size = -{CACHE_KB}")
        return _Idle(commit, connection, opened)

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        if not hasattr(self._of_thread, "connection"):
            with self.read_session():
                yield self._of_thread.connection
        else:
            yield self._of_thread.connection

    def commit_number(self) -> int:
        return self._last_commit.read().number

    def commit_mark(self) -> str:
        """Return a mark that differs from the marks of all other committed states.

        It also differs from the mark of an archive that replaced this one.
        """
        return " ".join(map(str, self._last_commit.read()))

    def encoder_identity(self) -> EncoderIdentity | None:
        """Return the identity of the archive's encoder; None before its first commit."""
        with self._connected() as connection:
            identity = read_meta(connection).get("encoder")
            return None if identity is None else EncoderIdentity.from_json(identity)

    def find(self, name: str) -> Document | None:
        """Return the document of this id, or else the document that has it as a further name.

        Among several, articles come first, then own names, then the earliest publication.
        """
        with self._connected() as connection:
            for condition in (
                "row = (SELECT row FROM documents WHERE doc_id = ?)",
                "row = (SELECT row FROM aliases JOIN documents ON row = document WHERE name = ?"
                f" ORDER BY kind = '{Kind.HEADLINE}', origin <> {NameOrigin.OWN},"
                " coalesce(day, '9999'), doc_id LIMIT 1)",
            ):
                row = connection.execute(
                    f"SELECT {DOCUMENT_COLUMNS} FROM documents WHERE {condition}", (name,)
                ).fetchone()
                if row is not None:
                    return read_document(row)
            return None

    def versions_of(self, doc_id: str) -> tuple[Version, ...]:
        with self._connected() as connection:
            rows = connection.execute(
                "SELECT DISTINCT earlier.title, earlier.body, earlier.day"
                " FROM superseded AS earlier"
                " JOIN documents ON documents.row = earlier.document"
                " WHERE doc_id = ? AND earlier.body <> '' AND earlier.digest <> documents.digest"
                " ORDER BY earlier.day DESC, earlier.published_at DESC,"
                " length(earlier.body) DESC, earlier.digest DESC",
                (doc_id,),
            )
            with converting_value_errors(doc_id):
                return tuple(
                    Version(read_text(title), read_text(body), read_day(day))
                    for title, body, day in rows
                )

    def newest(self, count: int) -> tuple[Document, ...]:
        with self._connected() as connection:
            row_by_text: dict[int, int] = {}
            limit = count
            while len(row_by_text) < count:
                # This query uses only the index documents_by_row, so that no body is read.
                newest = connection.execute(
                    "SELECT coalesce(copy_of, row), row FROM documents"
                    " WHERE kind = 'article' AND day IS NOT NULL ORDER BY day DESC, row LIMIT ?",
                    (limit,),
                ).fetchall()
                for text, row in newest:
                    if len(row_by_text) < count:
                        row_by_text.setdefault(text, row)
                if len(newest) < limit:
                    break
                limit *= 8  # most texts have no copies
            rows = connection.execute(
                f"SELECT {DOCUMENT_COLUMNS} FROM documents"
                " WHERE row IN (SELECT value FROM json_each(?)) ORDER BY day DESC, row",
                (json.dumps(list(row_by_text.values())),),
            )
            return tuple(read_document(row) for row in rows)

    def titles(self, count: int) -> list[tuple[str, str]]:
        with self._connected() as connection:
            titles = connection.execute(
                "SELECT doc_id, title FROM documents WHERE copy_of IS NULL AND title <> ''"
                " ORDER BY row DESC LIMIT ?",
                (count,),
            ).fetchall()
        for doc_id, title in titles:
            with converting_value_errors(doc_id):
                read_text(doc_id), read_text(title)
        return titles

    def storing_times(self, rows: Sequence[int]) -> list[tuple[str, datetime | None]]:
        """Return id and time of storing of the documents in these rows, in their order.

        The time is None where an earlier version is kept: a new version keeps the time of the
        first, and so does not tell when the text changed.
        """
        times = self._select(
            "SELECT doc_id, CASE WHEN EXISTS (SELECT 1 FROM superseded WHERE document = row)"
            " THEN NULL ELSE added_at END FROM documents"
            " WHERE row IN (SELECT value FROM json_each(?)) ORDER BY row",
            rows,
        )
        entries = []
        for doc_id, added_at in times:
            with converting_value_errors(doc_id):
                entries.append((read_text(doc_id), read_moment(added_at)))
        return entries

    def sources(self) -> list[tuple[str, int]]:
        with self._connected() as connection:
            sources = connection.execute(
                "SELECT source, count(*) FROM documents WHERE source IS NOT NULL"
                " GROUP BY 1 ORDER BY 2 DESC, 1"
            ).fetchall()
            require_texts(connection, "source", [source for source, _ in sources])
            return sources

    def documents(self, doc_ids: Iterable[str]) -> dict[str, Document]:
        rows = self._select(
            f"SELECT {DOCUMENT_COLUMNS} FROM documents"
            " WHERE doc_id IN (SELECT value FROM json_each(?)) ORDER BY row",
            list(doc_ids),
        )
        return {str(row[0]): read_document(row) for row in rows}

    def copies_of(self, doc_ids: Iterable[str]) -> dict[str, tuple[str, ...]]:
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
        """Return the passages of these ids with their documents; None for a removed passage."""
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
                span = read_span(document, start, stop)
                passages.append((Passage(document.doc_id, ordinal, *span), document))
            else:
                passages.append(None)
        return passages

    def _select(self, sql: str, keys: Sequence[str | int]) -> list[tuple[Value, ...]]:
        """Run `sql` with any number of keys bound to its one parameter, through JSON."""
        if not keys:
            return []
        with self._connected() as connection:
            return connection.execute(sql, (json.dumps(keys),)).fetchall()
