"""Writes an archive, one writer at a time; each batch is committed in one step or not at all.

Implements `search.index.writer.IndexWriter`.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from search.encoders.identity import EncoderIdentity, Vectors
from search.index.catalogue.lookup import DocumentLookup
from search.index.catalogue.rows import PassageId
from search.index.catalogue.sketches import StoredSketches
from search.index.catalogue.stored import StoredText
from search.index.catalogue.transaction import Transaction
from search.index.local.columns_cache import write_cached_columns
from search.index.local.database.meta import (
    read_meta,
    require_commit,
    require_text_rules,
    write_meta,
)
from search.index.local.database.schema import connect, create
from search.index.local.folder import (
    DATABASE,
    LEXICAL,
    converting_os_errors,
    locked,
    prepare,
    require_contained,
    sweep,
)
from search.index.local.lexical.schemas import folders_of
from search.index.local.lexical.writer import LexicalWriter
from search.index.local.passages import TransactionPassages
from search.index.local.seal import Seal
from search.index.local.segments.files import Ids, SegmentFile
from search.index.local.segments.manifest import read_segments, write_context, write_segments
from search.index.local.segments.merging import kinds_of, merge_newest
from search.index.local.segments.missing_vectors import passages_without_context


class ArchiveWriter:
    """The only writer of the archive in `folder`; use it as a context manager.

    With `encoder` None it opens an existing archive with the stored encoder. A writer `in_turns` is
    open for a short time and waits for others (`search.index.local.folder.locked`). `on_step` is
    called with the name of each step of a commit after it; a test ends the process there.
    """

    def __init__(
        self,
        folder: Path,
        encoder: EncoderIdentity | None = None,
        *,
        in_turns: bool = False,
        on_step: Callable[[str], None] | None = None,
    ) -> None:
        self.folder = folder
        self._encoder = encoder
        self._in_turns = in_turns
        self._on_step = on_step or (lambda step: None)
        self._open = ExitStack()

    def __enter__(self) -> Self:
        with converting_os_errors(self.folder), ExitStack() as opening:
            require_contained(self.folder, for_writing=True)
            if self._encoder is None:
                opening.enter_context(connect(self.folder))  # refuses a folder without an archive
            prepare(self.folder)
            opening.enter_context(locked(self.folder, in_turns=self._in_turns))
            self._seal = Seal(self.folder)
            if not (self.folder / DATABASE).exists():
                self._seal.break_open()  # so that one exists if the first writer is killed
            create(self.folder)
            self._is_changed = self._seal.is_broken
            self.database = opening.enter_context(connect(self.folder, writable=True))
            self.database.execute("PRAGMA synchronous = FULL")
            meta = read_meta(self.database)
            self.encoder = self._require_encoder(meta)
            self._commit_number = int(meta.get("commit", "0"))
            self._lexical_name = meta.get("lexical", LEXICAL)
            self._next_passage = PassageId(int(meta.get("next_passage", "1")))
            self._sketches = StoredSketches(self.database)
            self._lexical = LexicalWriter(self.folder / self._lexical_name)
            opening.push(self._close_seal)
            opening.callback(lambda: self._lexical.close())
            self.sweep()
            if self._lexical.holds_from(self._next_passage):
                self._begin_change()
                self._lexical.sweep(self._next_passage)
            self._carry_out_removals()
            self._open = opening.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.__exit__(kind, error, trace)

    @contextmanager
    def commit(self) -> Iterator[Transaction]:
        passages = TransactionPassages(
            self.database, self._lexical, next_passage=self._next_passage
        )
        changes = Transaction(self.database, passages, self._sketches)
        with self._transaction():
            yield changes
            self._on_step("rows")
            if changes.is_visible:
                self._write(passages)
        self._on_step("committed")
        if changes.is_visible:
            self._commit_number += 1
            self._next_passage = passages.next_passage
            self._carry_out_removals()

    def load(self, texts: Sequence[StoredText]) -> None:
        passages = TransactionPassages(
            self.database, self._lexical, next_passage=self._next_passage
        )
        changes = Transaction(self.database, passages, self._sketches)
        context: list[tuple[PassageId, Vectors]] = []
        with self._transaction():
            for text in texts:
                first = passages.next_passage
                changes.load(text)
                if text.passages.context is not None:
                    context += [
                        (PassageId(first + ordinal), vector)
                        for ordinal, vector in enumerate(text.passages.context)
                        if not np.isnan(vector[0])
                    ]
            for text in texts:
                if text.rows.is_copy:
                    changes.link(text.rows.doc_id, text.rows.first_id)
            self._write(passages)
        self._commit_number += 1
        self._next_passage = passages.next_passage
        if context:
            ids = np.array([passage_id for passage_id, _ in context], dtype=np.int64)
            self.add_context(ids, np.stack([vector for _, vector in context]))

    @contextmanager
    def committed(self) -> Iterator[DocumentLookup]:
        with connect(self.folder) as connection:
            yield DocumentLookup(connection)

    def merge(self) -> None:
        """Merge the newest segments in a separate commit, if there are too many.

        Raises:
            ArchiveError: a segment is damaged, or there is no disk space; the archive is unchanged.
        """
        for kind in kinds_of(self.encoder):
            files = merge_newest(self.folder, self.database, kind, stem=self.next_stem)
            if files is not None:
                self.swap_segments(files)

    def add_context(self, ids: Ids, vectors: Vectors) -> None:
        """Commit the vectors of the second level of some passages, by ascending id.

        Passages that were removed, or have a vector by now, are left out.

        Raises:
            ArchiveError: the commit failed, and nothing of it was stored.
        """
        is_lacking = np.isin(ids, passages_without_context(self.folder, self.database))
        if is_lacking.any():
            context = self.encoder.context
            assert context is not None, "the caller knows that the archive has two levels"
            file = write_context(
                self.folder,
                self.next_stem,
                ids[is_lacking],
                vectors[is_lacking],
                dimension=context.dimension,
            )
            self._on_step("segment")
            with self._transaction():
                self._name([file])
            self._on_step("committed")
            self._commit_number += 1
        self.merge()

    @property
    def next_stem(self) -> str:
        """Return the prefix of the names of the next commit's files."""
        return f"{self._commit_number + 1:08d}"

    def swap_segments(
        self,
        files: Sequence[SegmentFile],
        *,
        encoder: EncoderIdentity | None = None,
        lexical: str | None = None,
    ) -> None:
        """Replace all segments, and the lexical folder if one is named, in one commit.

        `encoder` is that of the new segments, if it is another. Files that are no longer named are
        removed; readers that opened them keep them.
        """
        self._on_step("written")
        with self._transaction():
            self.database.execute("DELETE FROM segments")
            self._name(files, encoder=encoder, lexical=lexical)
        self._on_step("committed")
        self.encoder = encoder or self.encoder
        self._commit_number += 1
        if lexical is not None:
            self._lexical.close()
            self._lexical_name = lexical
            self._lexical = LexicalWriter(self.folder / lexical)
        self.sweep()

    def sweep(self) -> None:
        """Remove the files that no transaction names, such as those of a killed writer."""
        segments = {file.name for file in read_segments(self.database, "")}
        folders = folders_of(self.folder / self._lexical_name)
        sweep(self.folder, segments=segments, lexical={folder.name for folder in folders})

    def stored_beside(self) -> tuple[str, ...]:
        """Return nothing: this is the only writer."""
        return ()

    def record_run(self, counts: Mapping[str, object]) -> None:
        """Store the counts of a run that changed the archive.

        A run that changed nothing leaves the archive, and therefore its seal, unchanged.
        """
        if not self._is_changed:
            return
        now = datetime.now(UTC).isoformat(timespec="seconds")
        self.database.execute(
            "INSERT INTO runs (finished_at, counts) VALUES (?, ?)", (now, json.dumps(dict(counts)))
        )

    def total(self) -> int:
        return int(self.database.execute("SELECT count(*) FROM documents").fetchone()[0])

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        changes = self.database.total_changes
        with converting_os_errors(self.folder):
            self._seal.break_open()
        self.database.execute("BEGIN IMMEDIATE")
        try:
            with converting_os_errors(self.folder):
                yield
            self.database.execute("COMMIT")
            self._is_changed |= self.database.total_changes != changes
        except BaseException:
            if self.database.in_transaction:  # SQLite itself ends it when the disk is full
                self.database.execute("ROLLBACK")
            raise

    def _begin_change(self) -> None:
        """Break the seal, because sealed files are about to change."""
        self._seal.break_open()
        self._is_changed = True

    def _require_encoder(self, meta: dict[str, str]) -> EncoderIdentity:
        if not meta and self._encoder is not None:
            return self._encoder
        require_commit(meta, self.folder)
        stored = EncoderIdentity.from_json(meta["encoder"])
        if self._encoder is not None:
            stored.require_same(self._encoder)
        require_text_rules(meta, self.folder)
        return stored

    def _write(self, passages: TransactionPassages) -> None:
        """Write the segments and terms of a transaction, and name them in the database."""
        files: list[SegmentFile] = []
        if passages.encoded is not None:
            files = write_segments(
                self.folder, self.next_stem, passages.encoded, dimension=self.encoder.base.dimension
            )
            self._on_step("segment")
        if passages.has_new_terms:
            self._begin_change()
            self._lexical.commit()
            self._on_step("lexical")
        self._name(files, next_passage=passages.next_passage)

    def _name(
        self,
        files: Sequence[SegmentFile],
        *,
        encoder: EncoderIdentity | None = None,
        lexical: str | None = None,
        next_passage: PassageId | None = None,
    ) -> None:
        """Name the files of this commit in the database, with the metadata that it changes."""
        self.database.executemany(
            "INSERT INTO segments VALUES (?, ?, ?, ?)",
            [(file.name, file.rows, file.size_bytes, file.digest) for file in files],
        )
        write_meta(
            self.database,
            commit=self._commit_number + 1,
            lexical=lexical or self._lexical_name,
            encoder=(encoder or self.encoder).to_json(),
            next_passage=str(next_passage or self._next_passage),
        )
        self._on_step("named")

    def _carry_out_removals(self) -> None:
        removed = [
            PassageId(passage_id)
            for (passage_id,) in self.database.execute("SELECT passage_id FROM removed_passages")
        ]
        if removed:
            self._begin_change()
            self._lexical.remove(removed)
            self._lexical.commit()
            self._on_step("removals")
            self.database.execute("DELETE FROM removed_passages")

    def _close_seal(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with converting_os_errors(self.folder):
            if not self._is_changed:
                self._seal.restore(self.database)
            elif kind is None:
                write_cached_columns(self.folder, self.database)
                self._seal.renew(self.database, self._lexical_name)
