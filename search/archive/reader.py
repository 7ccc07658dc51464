"""Reads an archive: a consistent state for searching, single documents, and what it holds."""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from search.archive.catalogue import Catalogue
from search.archive.schema import DATABASE, FORMAT_VERSION, LEXICAL, SEGMENTS, connect
from search.dense import DenseSearcher, Segment, SegmentFile
from search.encoders.identity import EncoderIdentity
from search.errors import ArchiveError
from search.lexical import LexicalSearcher
from search.records import Document, Kind, Passage
from search.text import RULES_VERSION

_DOCUMENT_COLUMNS = "doc_id, kind, title, body, source, day, url, language"
Value = str | int | float | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One committed state of an archive, opened: nothing written later is seen through it."""

    commit: int
    encoder: EncoderIdentity
    catalogue: Catalogue
    dense: DenseSearcher
    lexical: LexicalSearcher


@dataclass(frozen=True, slots=True)
class Status:
    """What an archive holds. Years and sources count documents; None is "not known"."""

    documents: int
    passages: int
    kinds: dict[str, int]
    sources: dict[str | None, int]
    years: dict[int | None, int]
    encoder: EncoderIdentity
    size_bytes: int
    commit: int
    committed_at: str
    format_version: int = FORMAT_VERSION


def read_meta(connection: sqlite3.Connection) -> dict[str, str]:
    return dict(connection.execute("SELECT key, value FROM meta"))


def read_segments(connection: sqlite3.Connection) -> list[SegmentFile]:
    found = connection.execute("SELECT name, rows, size_bytes, digest FROM segments ORDER BY name")
    return [SegmentFile(*row) for row in found]


class ArchiveReader:
    """Reads the archive in `folder`; holds nothing open between calls."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def commit_number(self) -> int:
        with connect(self.folder) as connection:
            return int(read_meta(connection).get("commit", "0"))

    def commit_mark(self) -> str:
        """Tell one committed state from another, also of an archive put in this one's place."""
        database = self.folder / DATABASE
        try:
            inode = database.stat().st_ino
        except OSError as error:
            raise ArchiveError(f"no archive at {self.folder}: {error.strerror}") from error
        with connect(self.folder) as connection:
            meta = read_meta(connection)
        return f"{meta.get('commit', '0')} {meta.get('committed_at', '')} {inode}"

    def encoder_name(self) -> str | None:
        """Give the name of the encoder the archive was built with; None before its first commit."""
        with connect(self.folder) as connection:
            identity = read_meta(connection).get("encoder")
            return None if identity is None else EncoderIdentity.from_json(identity).name

    def snapshot(self) -> Snapshot:
        """Open the last committed state.

        Raises:
            ArchiveError: a part of the archive is missing, damaged or of other text rules.
        """
        with connect(self.folder) as connection:
            # The lexical index is committed before SQLite and so may be ahead; opened second it is
            # never behind.
            connection.execute("BEGIN")
            meta = read_meta(connection)
            if "encoder" not in meta:
                raise ArchiveError(
                    f"archive {self.folder} is empty: no commit was ever finished; index a dump"
                )
            if meta["text_rules"] != str(RULES_VERSION):
                raise ArchiveError(
                    f"archive {self.folder} was built with text rules {meta['text_rules']}, this"
                    f" program has {RULES_VERSION}: index the dumps into a new archive"
                )
            encoder = EncoderIdentity.from_json(meta["encoder"])
            catalogue = Catalogue.read(connection)
            segments = [
                Segment(self.folder / SEGMENTS, file, dimension=encoder.dimension)
                for file in read_segments(connection)
            ]
            return Snapshot(
                commit=int(meta["commit"]),
                encoder=encoder,
                catalogue=catalogue,
                dense=DenseSearcher(segments, catalogue.passage_ids),
                lexical=LexicalSearcher.open(self.folder / LEXICAL),
            )

    def document(self, doc_id: str) -> Document | None:
        with connect(self.folder) as connection:
            found = connection.execute(
                f"SELECT {_DOCUMENT_COLUMNS} FROM documents WHERE doc_id = ?", (doc_id,)
            ).fetchone()
            return None if found is None else _document(found)

    def copies_of(self, doc_id: str) -> tuple[Document, ...]:
        """Give the other documents of the same text, the one seen first in front."""
        with connect(self.folder) as connection:
            found = connection.execute(
                f"SELECT {_DOCUMENT_COLUMNS} FROM documents"
                " WHERE doc_id <> ?1 AND coalesce(copy_of, row) ="
                " (SELECT coalesce(copy_of, row) FROM documents WHERE doc_id = ?1) ORDER BY row",
                (doc_id,),
            )
            return tuple(_document(row) for row in found)

    def row_of(self, doc_id: str) -> int | None:
        with connect(self.folder) as connection:
            found = connection.execute(
                "SELECT row FROM documents WHERE doc_id = ?", (doc_id,)
            ).fetchone()
            return None if found is None else int(found[0])

    def newest(self, count: int) -> tuple[Document, ...]:
        """Give the articles of the latest dates, one of each text, newest first."""
        with connect(self.folder) as connection:
            found = connection.execute(
                f"SELECT {_DOCUMENT_COLUMNS} FROM documents"
                " WHERE kind = 'article' AND copy_of IS NULL AND day IS NOT NULL"
                " ORDER BY day DESC, row LIMIT ?",
                (count,),
            )
            return tuple(_document(row) for row in found)

    def titles(self, count: int) -> list[tuple[int, str]]:
        """Give row and title of the documents stored last, one of each text, last first."""
        with connect(self.folder) as connection:
            return connection.execute(
                "SELECT row, title FROM documents WHERE copy_of IS NULL AND title <> ''"
                " ORDER BY row DESC LIMIT ?",
                (count,),
            ).fetchall()

    def sources(self) -> list[tuple[str, int]]:
        """Give the sources and how many documents each has, the largest first."""
        with connect(self.folder) as connection:
            return connection.execute(
                "SELECT source, count(*) FROM documents WHERE source IS NOT NULL"
                " GROUP BY 1 ORDER BY 2 DESC, 1"
            ).fetchall()

    def documents(self, rows: Iterable[int]) -> dict[int, Document]:
        """Give the documents of these rows; one removed meanwhile is absent."""
        found = self._select(f"SELECT row, {_DOCUMENT_COLUMNS} FROM documents WHERE row IN", rows)
        return {int(row[0] or 0): _document(row[1:]) for row in found}

    def by_id(self, doc_ids: Iterable[str]) -> dict[str, Document]:
        """Give the documents of these ids; one that is not stored is absent."""
        wanted = json.dumps(list(doc_ids))
        if wanted == "[]":
            return {}
        with connect(self.folder) as connection:
            found = connection.execute(
                f"SELECT {_DOCUMENT_COLUMNS} FROM documents"
                " WHERE doc_id IN (SELECT value FROM json_each(?)) ORDER BY row",
                (wanted,),
            )
            return {str(row[0]): _document(row) for row in found}

    def members_by_group(self, groups: Iterable[int]) -> dict[int, list[str]]:
        """Give, by the row of the copy seen first, the ids of all documents with its text."""
        members: dict[int, list[str]] = {}
        wanted = list(groups)
        for group, doc_id in (
            *self._select("SELECT row, doc_id FROM documents WHERE row IN", wanted),
            *self._select(
                "SELECT copy_of, doc_id FROM documents WHERE copy_of IN", wanted, "ORDER BY row"
            ),
        ):
            members.setdefault(int(group or 0), []).append(str(doc_id))
        return members

    def passages_of(self, rows: Iterable[int]) -> dict[int, Passage]:
        """Give every passage of the documents of these rows, by its id."""
        found = self._select(
            "SELECT passage_id, doc_id, start, stop FROM passages"
            " JOIN documents ON documents.row = passages.document WHERE passages.document IN",
            rows,
        )
        return {
            int(p or 0): Passage(int(p or 0), str(d), int(a or 0), int(b or 0))
            for p, d, a, b in found
        }

    def status(self) -> Status:
        with connect(self.folder) as connection:
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
        )

    def _select(self, sql: str, keys: Iterable[int], tail: str = "") -> list[tuple[Value, ...]]:
        """Run `sql` with a list of integers bound behind its IN, through JSON.

        No limit on how many.
        """
        with connect(self.folder) as connection:
            wanted = json.dumps([int(key) for key in keys])
            return connection.execute(
                f"{sql} (SELECT value FROM json_each(?)) {tail}", (wanted,)
            ).fetchall()


def _document(row: tuple[Value, ...]) -> Document:
    doc_id, kind, title, body, source, day, url, language = row
    return Document(
        doc_id=str(doc_id),
        kind=Kind(str(kind)),
        title=str(title),
        body=str(body),
        source=None if source is None else str(source),
        date=None if day is None else date.fromisoformat(str(day)),
        url=None if url is None else str(url),
        language=str(language),
    )
