"""One committed state of an archive, opened for searching."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from search.encoders.identity import EncoderIdentity
from search.errors import ArchiveError
from search.index.local.columns import ArchiveColumns
from search.index.local.columns_cache import read_facts
from search.index.local.database.rows import read_meta
from search.index.local.database.schema import SEGMENTS, connect
from search.index.local.lexical.searcher import LexicalSearcher
from search.index.local.segments.manifest import PIECES, VECTORS, read_segments
from search.index.local.segments.tokens import PieceFile, PieceStore
from search.index.local.segments.vector_search import DenseSearcher
from search.index.local.segments.vector_segment import Segment
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
    with connect(folder) as connection, ThreadPoolExecutor(1) as beside:
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
        return Snapshot(
            commit=int(meta["commit"]),
            encoder=encoder,
            columns=columns,
            vectors=DenseSearcher(segments.result(), columns.passage_ids),
            pieces=PieceStore(pieces.result()),
            lexical=lexical.result(),
        )
