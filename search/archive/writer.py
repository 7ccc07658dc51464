"""Writes an archive.

One writer at a time, whole batches, each committed in one step or not at all.
"""

import fcntl
import json
import os
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from search.archive.reader import read_meta
from search.archive.schema import DATABASE, LEXICAL, LOCK, SEGMENTS, connect, create
from search.dense import write_segment
from search.encoders.identity import EncoderIdentity, Vectors
from search.errors import ArchiveError
from search.lexical import LexicalWriter
from search.records import Document
from search.text import RULES_VERSION, fold


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A document to be stored, its passages' spans, and a row of `vectors` for each span."""

    document: Document
    spans: Sequence[tuple[int, int]]
    vectors: Vectors


class ArchiveWriter:
    """The one writer of the archive in `folder`; use it as a context manager."""

    def __init__(self, folder: Path, encoder: EncoderIdentity) -> None:
        self._folder = folder
        self._encoder = encoder
        self._open = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            _prepare(self._folder)
            opening.enter_context(_lock(self._folder))
            create(self._folder)
            self._db = opening.enter_context(connect(self._folder, writable=True))
            self._db.execute("PRAGMA synchronous = FULL")
            meta = read_meta(self._db)
            if "encoder" in meta:
                EncoderIdentity.from_json(meta["encoder"]).require_same(self._encoder)
                if meta["text_rules"] != str(RULES_VERSION):
                    raise ArchiveError(
                        f"archive {self._folder} was built with text rules {meta['text_rules']},"
                        f" this program has {RULES_VERSION}: index the dumps into a new archive"
                    )
            self._commit = int(meta.get("commit", "0"))
            self._next_passage = int(meta.get("next_passage", "1"))
            self._lexical = LexicalWriter(self._folder / LEXICAL)
            opening.callback(self._lexical.close)
            self._sweep()
            self._open = opening.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.__exit__(kind, error, trace)

    def digests(self, doc_ids: Iterable[str]) -> dict[str, bytes]:
        """Give what `digest_of` said of each of these documents when it was stored.

        Absent: not stored.
        """
        found = self._db.execute(
            "SELECT doc_id, digest FROM documents WHERE doc_id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(doc_ids)),),
        )
        return dict(found)

    def commit(self, batch: Sequence[NewDocument]) -> set[str]:
        """Store the batch, replacing documents of the same id.

        Returns the ids of copies of texts seen before.

        Raises:
            ArchiveError: nothing of the batch was stored.
        """
        first = self._next_passage
        ids = np.arange(first, first + sum(len(new.spans) for new in batch), dtype=np.int64)
        segment = None
        if len(ids):
            vectors = np.concatenate([new.vectors for new in batch if len(new.spans)])
            name = f"{self._commit + 1:08d}.faiss"
            segment = write_segment(self._folder / SEGMENTS, name, ids, vectors)
        passage_id = first
        for new in batch:
            for start, stop in new.spans:
                self._lexical.add(passage_id, new.document, new.document.text[start:stop])
                passage_id += 1
        self._lexical.commit()

        self._db.execute("BEGIN IMMEDIATE")
        try:
            copies = self._insert(batch, first)
            if segment is not None:
                self._db.execute(
                    "INSERT INTO segments VALUES (?, ?, ?, ?)",
                    (segment.name, segment.rows, segment.size_bytes, segment.digest),
                )
            self._write_meta(next_passage=passage_id)
            self._db.execute("COMMIT")
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._commit += 1
        self._next_passage = passage_id
        self._carry_out_removals()
        return copies

    def record_run(self, counts: dict[str, object]) -> None:
        """Keep what a run counted, for whoever asks later what became of a dump."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        self._db.execute(
            "INSERT INTO runs (finished_at, counts) VALUES (?, ?)", (now, json.dumps(counts))
        )

    def total(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM documents").fetchone()[0])

    def _insert(self, batch: Sequence[NewDocument], first_passage: int) -> set[str]:
        copies: set[str] = set()
        passage_id = first_passage
        for new in batch:
            document = new.document
            self._remove(document.doc_id)
            text_digest = text_digest_of(document)
            copy_of = self._first_copy(text_digest) if document.body else None
            if copy_of is not None:
                copies.add(document.doc_id)
            row = self._db.execute(
                "INSERT INTO documents (doc_id, kind, title, body, source, day, url, language,"
                " digest, text_digest, copy_of) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    document.doc_id,
                    document.kind.value,
                    document.title,
                    document.body,
                    document.source,
                    document.date.isoformat() if document.date else None,
                    document.url,
                    document.language,
                    digest_of(document),
                    text_digest,
                    copy_of,
                ),
            ).lastrowid
            for start, stop in new.spans:
                self._db.execute(
                    "INSERT INTO passages VALUES (?, ?, ?, ?)", (passage_id, row, start, stop)
                )
                passage_id += 1
        return copies

    def _first_copy(self, text_digest: bytes) -> int | None:
        found = self._db.execute(
            "SELECT coalesce(copy_of, row) FROM documents WHERE text_digest = ?"
            " AND kind = 'article' ORDER BY row LIMIT 1",
            (text_digest,),
        ).fetchone()
        return None if found is None else int(found[0])

    def _remove(self, doc_id: str) -> None:
        """Forget a document.

        Its passages leave the lexical index after the commit, its vectors at compaction.
        """
        found = self._db.execute("SELECT row FROM documents WHERE doc_id = ?", (doc_id,)).fetchone()
        if found is None:
            return
        self._db.execute(
            "INSERT INTO removed_passages SELECT passage_id FROM passages WHERE document = ?", found
        )
        self._db.execute("DELETE FROM passages WHERE document = ?", found)
        self._db.execute("DELETE FROM documents WHERE row = ?", found)
        # Its copies stay copies of one another: the oldest of them takes its place.
        heir = self._db.execute(
            "SELECT min(row) FROM documents WHERE copy_of = ?", found
        ).fetchone()[0]
        self._db.execute("UPDATE documents SET copy_of = ? WHERE copy_of = ?", (heir, found[0]))
        self._db.execute("UPDATE documents SET copy_of = NULL WHERE row = ?", (heir,))

    def _carry_out_removals(self) -> None:
        removed = [row[0] for row in self._db.execute("SELECT passage_id FROM removed_passages")]
        if removed:
            self._lexical.remove(removed)
            self._lexical.commit()
            self._db.execute("DELETE FROM removed_passages")

    def _write_meta(self, *, next_passage: int) -> None:
        values = {
            "encoder": self._encoder.to_json(),
            "text_rules": str(RULES_VERSION),
            "commit": str(self._commit + 1),
            "committed_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "next_passage": str(next_passage),
        }
        self._db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", values.items())

    def _sweep(self) -> None:
        """Remove what a killed writer left behind: whatever no transaction names."""
        named = {row[0] for row in self._db.execute("SELECT name FROM segments")}
        for path in (self._folder / SEGMENTS).iterdir():
            if path.name not in named:
                path.unlink()
        self._lexical.sweep(self._next_passage)
        self._carry_out_removals()


def digest_of(document: Document) -> bytes:
    """Tell two arrivals of one document apart: 16 bytes of all its fields."""
    parts = (
        document.kind,
        document.title,
        document.body,
        document.source,
        document.date,
        document.url,
    )
    return blake2b("\x1f".join(map(str, parts)).encode(), digest_size=16).digest()


def text_digest_of(document: Document) -> bytes:
    """Tell two texts apart as a reader would.

    16 bytes of the folded words, whatever marks stand between.
    """
    return blake2b(" ".join(fold(document.text).split()).encode(), digest_size=16).digest()


def _prepare(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        names = sorted(path.name for path in folder.iterdir())
        ours = (SEGMENTS, LEXICAL, LOCK)
        foreign = [name for name in names if name not in ours and not name.startswith(DATABASE)]
        if foreign and not (folder / DATABASE).exists():
            raise ArchiveError(
                f"{folder} holds other things ({foreign[0]}) and no archive: "
                "name an empty or a new folder with --archive"
            )
        (folder / SEGMENTS).mkdir(exist_ok=True)
    except OSError as error:
        raise ArchiveError(f"{folder} cannot be written to: {error.strerror}") from error


def _lock(folder: Path) -> ExitStack:
    """Take the writer's lock; the system frees it when this process ends, however it ends."""
    held = ExitStack()
    try:
        descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
        held.callback(os.close, descriptor)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        held.close()
        raise ArchiveError(f"another program is writing to {folder}: wait for it to end") from error
    except OSError as error:
        held.close()
        raise ArchiveError(f"{folder} cannot be written to: {error.strerror}") from error
    return held
