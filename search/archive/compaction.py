"""Rewrites an archive without what was removed from it, while searches go on.

Vectors go into few segments, terms into a new lexical folder; one commit puts both in the place of
the old files. A reader that has those open keeps them, for the system keeps a mapped file.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from search.archive.rows import DOCUMENT_COLUMNS, read_document
from search.archive.schema import LEXICAL, SEGMENTS
from search.archive.segments import PIECES, VECTORS, Encoded, read_segments, write_segments
from search.archive.writer import ArchiveWriter, go_on
from search.dense import Ids, Segment
from search.encoders.identity import Vectors
from search.lexical import LexicalWriter, index_terms
from search.pieces import PieceFile, PieceStore
from search.segment_file import sound

LARGEST_SEGMENT = 250_000  # rows: 256 MB of 256 dimensions, twice while it is written


def compact(folder: Path, *, on_step: Callable[[str], None] = go_on) -> None:
    """Merge the segments and drop removed rows. `on_step` is `ArchiveWriter`'s.

    Raises:
        ArchiveError: a segment is damaged, or there is no room; the archive stays as it was.
    """
    with ArchiveWriter(folder, on_step=on_step) as writer:
        files = [
            file
            for number, encoded in enumerate(_live_rows(writer))
            for file in write_segments(folder, f"{writer.commit_number + 1:08d}-{number}", encoded)
        ]
        lexical = f"{LEXICAL}-{writer.commit_number + 1:08d}"
        _write_terms(writer, folder / lexical)
        writer.swap_segments(files, encoder=writer.encoder, lexical=lexical)
        writer.database.execute("VACUUM")


def _live_rows(writer: ArchiveWriter) -> Iterator[Encoded]:
    """Give what the segments hold of passages that still exist, a new segment's at a time."""
    live = np.array(
        [
            passage_id
            for (passage_id,) in writer.database.execute(
                "SELECT passage_id FROM passages ORDER BY passage_id"
            )
        ],
        dtype=np.int64,
    )
    folder = writer.folder / SEGMENTS
    files = read_segments(writer.database, PIECES)
    held = [PieceFile(folder, sound(folder, file)) for file in files]
    pieces = PieceStore(held) if held else None
    pending: list[tuple[Ids, Vectors]] = []
    for file in read_segments(writer.database, VECTORS):
        segment = Segment(folder, sound(folder, file), dimension=writer.encoder.dimension)
        for start in range(0, len(segment.ids), LARGEST_SEGMENT):
            rows = np.arange(start, min(start + LARGEST_SEGMENT, len(segment.ids)))
            rows = rows[np.isin(segment.ids[rows], live)]
            if sum(len(ids) for ids, _ in pending) + len(rows) > LARGEST_SEGMENT:
                yield _joined(pending, pieces)
                pending = []
            pending.append((segment.ids[rows], segment.vectors(rows)))
    if any(len(ids) for ids, _ in pending):
        yield _joined(pending, pieces)


def _joined(pending: Sequence[tuple[Ids, Vectors]], pieces: PieceStore | None) -> Encoded:
    ids = np.concatenate([ids for ids, _ in pending])
    vectors = np.concatenate([vectors for _, vectors in pending])
    order = np.argsort(ids)
    ids = ids[order]
    return Encoded(ids, vectors[order], None if pieces is None else pieces.of(ids))


def _write_terms(writer: ArchiveWriter, folder: Path) -> None:
    lexical = LexicalWriter(folder)
    spans = writer.database.cursor()
    for row, *fields in writer.database.execute(
        f"SELECT row, {DOCUMENT_COLUMNS} FROM documents ORDER BY row"
    ):
        document = read_document(tuple(fields))
        passages = spans.execute(
            "SELECT passage_id, start, stop FROM passages WHERE document = ? ORDER BY passage_id",
            (row,),
        ).fetchall()
        terms = index_terms(document, [(start, stop) for _, start, stop in passages])
        for (passage_id, _, _), indexed in zip(passages, terms, strict=True):
            lexical.add(passage_id, document, indexed)
    lexical.commit()
    lexical.close()
