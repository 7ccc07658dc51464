"""Reads documents, passages and counts from the database of an archive."""

import json
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NoReturn

from search.encoders.identity import EncoderIdentity
from search.errors import ArchiveError
from search.index.archive import Status
from search.index.candidates import Codes
from search.index.local.columns import PassageIds
from search.index.local.database.commits import Commit, LastCommit
from search.index.local.database.rows import (
    DOCUMENT_COLUMNS,
    Value,
    damaged,
    read_day,
    read_document,
    read_meta,
    read_optional_text,
    read_span,
    read_text,
)
from search.index.local.database.schema import FORMAT_VERSION, connect, failing_as_archive
from search.index.local.folder import measure
from search.index.local.segments.lacking import lacking_context
from search.index.writer import Origin
from search.records import Document, Kind, Passage, Sighting, Version

CACHE_KB = 500  # of each connection; the system keeps the file in memory anyway


@dataclass(frozen=True, slots=True)
class _Idle:
    """A connection that no thread uses, and the commit at which it was opened."""

    commit: Commit
    connection: sqlite3.Connection
    opened: ExitStack


class ArchiveReader:
    """Reads the archive in `folder`.

    Connections of finished `reading` blocks are kept for the next ones. They are not kept for each
    thread, because a service has far more threads than searches at a time.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._idle: deque[_Idle] = deque()  # the connection used last in front
        self._of_thread = threading.local()
        self._last_commit = LastCommit(folder, self._connected)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Use one connection for all reads of this thread in the block; opening one takes 0.4 ms.

        The connection is kept for later blocks until the next commit, unless it failed.
        """
        idle = self._take_idle(self._last_commit.read())
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
        connection = getattr(self._of_thread, "connection", None)
        if connection is not None:
            yield connection
            return
        with connect(self.folder) as connection:
            yield connection

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
                f" ORDER BY kind = '{Kind.HEADLINE}', origin <> {Origin.OWN},"
                " coalesce(day, '9999'), doc_id LIMIT 1)",
            ):
                row = connection.execute(
                    f"SELECT {DOCUMENT_COLUMNS} FROM documents WHERE {condition}", (name,)
                ).fetchone()
                if row is not None:
                    return read_document(row)
            return None

    def sightings_of(self, doc_id: str) -> tuple[Sighting, ...]:
        """Return where and when a headline was seen, the earliest first, unknown days last."""
        with self._connected() as connection:
            rows = connection.execute(
                "SELECT DISTINCT source, day FROM sightings"
                " WHERE document = (SELECT row FROM documents WHERE doc_id = ?)"
                " AND (source IS NOT NULL OR day IS NOT NULL)"
                " ORDER BY day IS NULL, day, source",
                (doc_id,),
            )
            with _failing_as_damaged(doc_id):
                return tuple(
                    Sighting(read_optional_text(source), read_day(day)) for source, day in rows
                )

    def versions_of(self, doc_id: str) -> tuple[Version, ...]:
        """Return the other versions of an article, the latest first."""
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
            with _failing_as_damaged(doc_id):
                return tuple(
                    Version(read_text(title), read_text(body), read_day(day))
                    for title, body, day in rows
                )

    def newest(self, count: int) -> tuple[Document, ...]:
        """Return the articles of the latest dates, newest first, the newest one for each text."""
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
        """Return id and title of the documents stored last, one for each text, last first."""
        with self._connected() as connection:
            titles = connection.execute(
                "SELECT doc_id, title FROM documents WHERE copy_of IS NULL AND title <> ''"
                " ORDER BY row DESC LIMIT ?",
                (count,),
            ).fetchall()
        for doc_id, title in titles:
            with _failing_as_damaged(doc_id):
                read_text(doc_id), read_text(title)
        return titles

    def sources(self) -> list[tuple[str, int]]:
        """Return the newspapers and the number of documents of each, the largest first."""
        with self._connected() as connection:
            sources = connection.execute(
                "SELECT source, count(*) FROM documents WHERE source IS NOT NULL"
                " GROUP BY 1 ORDER BY 2 DESC, 1"
            ).fetchall()
            _require_names(connection, "source", [source for source, _ in sources])
            return sources

    def documents(self, doc_ids: Iterable[str]) -> dict[str, Document]:
        """Return the documents of these ids; an id that is not stored is absent."""
        rows = self._select(
            f"SELECT {DOCUMENT_COLUMNS} FROM documents"
            " WHERE doc_id IN (SELECT value FROM json_each(?)) ORDER BY row",
            list(doc_ids),
        )
        return {str(row[0]): read_document(row) for row in rows}

    def copies_of(self, doc_ids: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Return the ids of the other documents with the same text, the first published in front.

        Documents without copies are absent.
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
            _require_names(connection, "kind", kinds)
            _require_names(connection, "source", [name for name in sources if name is not None])
            if 0 in years:
                _refuse_first(connection, "cast(substr(day, 1, 4) AS INTEGER) = 0", "date")
            encoder = EncoderIdentity.from_json(meta["encoder"])
            encoded = None
            if encoder.context is not None:
                encoded = passages - len(lacking_context(self.folder, connection))
        return Status(
            documents=sum(kinds.values()),
            passages=passages,
            kinds=kinds,
            sources=sources,
            years=years,
            encoder=encoder,
            encoded=encoded,
            size_bytes=measure(self.folder),
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


@contextmanager
def _failing_as_damaged(doc_id: str) -> Iterator[None]:
    """Raise a ValueError, which a damaged value causes, as the error that names the document."""
    try:
        yield
    except ValueError as error:
        raise damaged(doc_id, error) from error


def _require_names(connection: sqlite3.Connection, column: str, names: Collection[object]) -> None:
    """Refuse a column with a value that is no text, with the first document that has it."""
    if not all(isinstance(name, str) for name in names):
        _refuse_first(connection, f"typeof({column}) NOT IN ('text', 'null')", column)


def _refuse_first(connection: sqlite3.Connection, condition: str, column: str) -> NoReturn:
    """Raise the error that names the first document that meets the condition."""
    stored = connection.execute(f"SELECT doc_id FROM documents WHERE {condition} LIMIT 1")
    raise damaged((stored.fetchone() or ["?"])[0], f"its {column} is none")
