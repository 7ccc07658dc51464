"""One committed state of an archive, opened for searching."""

import sqlite3
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from search.encoders.identity import EncoderIdentity
from search.errors import ArchiveError
from search.index.local.columns import ArchiveColumns
from search.index.local.columns_cache import read_cached_columns
from search.index.local.columns_scan import scan_columns
from search.index.local.database.meta import read_meta, require_commit, require_text_rules
from search.index.local.database.schema import connect, connect_unchanged
from search.index.local.folder import SEGMENTS
from search.index.local.lexical.documents import DocumentSearcher
from search.index.local.lexical.searcher import LexicalSearcher
from search.index.local.segments.files import Ids, SegmentFile
from search.index.local.segments.manifest import CONTEXT, PIECES, VECTORS, read_segments
from search.index.local.segments.pieces import PieceFile, PieceStore
from search.index.local.segments.vector_search import DenseSearcher
from search.index.local.segments.vector_segment import REPAIR, Segment

MAX_COMMITS = 20  # during one opening of the lexical indexes, before it gives up


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One committed state of an archive, opened; later commits do not change it."""

    commit: int
    encoder: EncoderIdentity
    columns: ArchiveColumns
    vectors: DenseSearcher
    context: DenseSearcher | None  # of the second level, where the archive has two
    pieces: PieceStore
    lexical: LexicalSearcher
    documents: DocumentSearcher


def open_snapshot(folder: Path) -> Snapshot:
    """Open the last committed state, all of it as of one moment.

    Raises:
        ArchiveError: a part of the archive is missing or damaged, or has other text rules.
    """
    with connect_unchanged(folder) as connection, ThreadPoolExecutor(1) as executor:
        meta, lexical, documents = _open_lexical(connection, folder)
        encoder = EncoderIdentity.from_json(meta["encoder"])
        vector_files = read_segments(connection, VECTORS)
        piece_files = read_segments(connection, PIECES)
        context_files = read_segments(connection, CONTEXT)
        # SQLite reads the columns while the interpreter is free for the other files.
        segments = executor.submit(lambda: _open_segments(folder, vector_files, encoder.base))
        pieces = executor.submit(
            lambda: [PieceFile(folder / SEGMENTS, file) for file in piece_files]
        )
        columns = read_cached_columns(folder, meta)
        if columns is None:
            columns = scan_columns(connection)
        snapshot = Snapshot(
            commit=int(meta["commit"]),
            encoder=encoder,
            columns=columns,
            vectors=DenseSearcher(segments.result(), columns.passage_ids),
            context=None
            if encoder.context is None
            else DenseSearcher(
                _open_segments(folder, context_files, encoder.context), columns.passage_ids
            ),
            pieces=PieceStore(pieces.result()),
            lexical=lexical,
            documents=documents,
        )
        if piece_files:  # an encoder may have no word pieces
            ids_by_stem = {
                file.name.rpartition(".")[0]: piece_file.ids
                for file, piece_file in zip(piece_files, pieces.result(), strict=True)
            }
            for file, segment in zip(vector_files, segments.result(), strict=True):
                _require_same_passages(file.name, segment.ids, ids_by_stem)
    _require_complete(snapshot, folder)
    return snapshot


def _open_segments(
    folder: Path, files: Sequence[SegmentFile], encoder: EncoderIdentity
) -> list[Segment]:
    return [Segment(folder / SEGMENTS, file, dimension=encoder.dimension) for file in files]


def _open_lexical(
    connection: sqlite3.Connection, folder: Path
) -> tuple[dict[str, str], LexicalSearcher, DocumentSearcher]:
    """Begin a transaction and open the lexical indexes of its state.

    A writer commits them before SQLite. Opened after the transaction began, they are never behind,
    but may be ahead: entries beyond this state are left out, and if a later commit may have removed
    entries, both are opened anew.
    """
    for _ in range(MAX_COMMITS):
        connection.execute("BEGIN")
        meta = read_meta(connection)
        require_commit(meta, folder)
        require_text_rules(meta, folder)
        removed = connection.execute("SELECT passage_id FROM removed_passages").fetchall()
        lexical = LexicalSearcher.open(folder / meta["lexical"])
        documents = DocumentSearcher.open(
            folder / meta["lexical"],
            first_unnamed=int(meta["next_passage"]),
            removed=[passage_id for (passage_id,) in removed],
        )
        with connect(folder) as later:
            if read_meta(later)["commit"] == meta["commit"]:
                return meta, lexical, documents
        connection.execute("ROLLBACK")
    raise ArchiveError(
        f"archive {folder} was written to faster than it could be opened, {MAX_COMMITS} times in a"
        " row: try again"
    )


def _require_same_passages(name: str, ids: Ids, ids_of_pieces: Mapping[str, Ids]) -> None:
    """Refuse a vector segment whose passages differ from those of its piece file."""
    stem = name.rpartition(".")[0]
    if stem not in ids_of_pieces or not np.array_equal(ids_of_pieces[stem], ids):
        raise ArchiveError(f"segments/{stem}{PIECES} and {name} hold different passages: {REPAIR}")


def _require_complete(snapshot: Snapshot, folder: Path) -> None:
    """Refuse a state whose stores hold fewer passages or documents than the database names."""
    named = len(snapshot.columns.passage_ids)
    counts = {"segments": snapshot.vectors.entry_count, "lexical index": snapshot.lexical.passages}
    documents = len(snapshot.columns.rows)
    for store, count, expected, things in (
        *((store, count, named, "passages") for store, count in counts.items()),
        ("index of documents", snapshot.documents.entry_count, documents, "documents"),
    ):
        if count < expected:
            raise ArchiveError(
                f"the {store} of {folder} lacks {expected - count} of {expected} {things};"
                f" `python -m indexer check --archive {folder}` names what is damaged"
            )
