"""One committed state of an archive, opened for searching."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from search.encoders.identity import EncoderIdentity
from search.errors import ArchiveError
from search.index.local.columns import ArchiveColumns
from search.index.local.columns_cache import read_facts
from search.index.local.database.rows import read_meta
from search.index.local.database.schema import SEGMENTS, connect_unchanged
from search.index.local.lexical.searcher import LexicalSearcher
from search.index.local.segments.manifest import PIECES, VECTORS, read_segments
from search.index.local.segments.tokens import PieceFile, PieceStore
from search.index.local.segments.vector_search import DenseSearcher
from search.index.local.segments.vector_segment import REPAIR, Ids, Segment
from search.language.analysis import RULES_VERSION


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One committed state of an archive, opened: nothing written later is seen through it."""

    commit: int
    encoder: EncoderIdentity
    columns: ArchiveColumns
    vectors: DenseSearcher
    pieces: PieceStore
    lexical: LexicalSearcher


def open_snapshot(folder: Path) -> Snapshot:
    """Open the last committed state, as its list of files stood at one moment.

    Raises:
        ArchiveError: a part of the archive is missing, damaged or of other text rules.
    """
    with connect_unchanged(folder) as connection, ThreadPoolExecutor(1) as beside:
        # The lexical index is committed before SQLite and so may be ahead; opened second it is
        # never behind.
        connection.execute("BEGIN")
        meta = read_meta(connection)
        if "encoder" not in meta:
            raise ArchiveError(
                f"archive {folder} is empty: no commit was ever finished; index a dump"
            )
        if meta["text_rules"] != str(RULES_VERSION):
            raise ArchiveError(
                f"archive {folder} was built with text rules {meta['text_rules']}, this"
                f" program has {RULES_VERSION}: run `python -m indexer upgrade --archive {folder}`"
            )
        encoder = EncoderIdentity.from_json(meta["encoder"])
        of_vectors = read_segments(connection, VECTORS)
        of_pieces = read_segments(connection, PIECES)
        # SQLite reads the columns while the interpreter is free for the other files.
        segments = beside.submit(
            lambda: [
                Segment(folder / SEGMENTS, file, dimension=encoder.dimension) for file in of_vectors
            ]
        )
        pieces = beside.submit(lambda: [PieceFile(folder / SEGMENTS, file) for file in of_pieces])
        lexical = beside.submit(LexicalSearcher.open, folder / meta["lexical"])
        columns = read_facts(folder, meta)
        if columns is None:
            columns = ArchiveColumns.read(connection)
        snapshot = Snapshot(
            commit=int(meta["commit"]),
            encoder=encoder,
            columns=columns,
            vectors=DenseSearcher(segments.result(), columns.passage_ids),
            pieces=PieceStore(pieces.result()),
            lexical=lexical.result(),
        )
        if of_pieces:  # an encoder may know none
            ids_by_stem = {
                file.name.rpartition(".")[0]: piece_file.ids
                for file, piece_file in zip(of_pieces, pieces.result(), strict=True)
            }
            for file, segment in zip(of_vectors, segments.result(), strict=True):
                _require_same_passages(file.name, segment.ids, ids_by_stem)
    _require_complete(snapshot, folder)
    return snapshot


def _require_same_passages(name: str, ids: Ids, ids_of_pieces: Mapping[str, Ids]) -> None:
    """Refuse a vector segment whose passages are not those of the piece file beside it."""
    stem = name.rpartition(".")[0]
    if stem not in ids_of_pieces or not np.array_equal(ids_of_pieces[stem], ids):
        raise ArchiveError(
            f"segments/{stem}{PIECES} and {name} hold other passages than each other: {REPAIR}"
        )


def _require_complete(snapshot: Snapshot, folder: Path) -> None:
    """Refuse a state of which the stores hold fewer passages than the database names."""
    named = len(snapshot.columns.passage_ids)
    counts = {"segments": snapshot.vectors.held, "lexical index": snapshot.lexical.passages}
    for store, count in counts.items():
        if count < named:
            raise ArchiveError(
                f"the {store} of {folder} lacks {named - count} of {named} passages;"
                f" `python -m indexer check --archive {folder}` names what is damaged"
            )
