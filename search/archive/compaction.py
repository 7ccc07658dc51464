"""Rewrites an archive without what was removed from it, while searches go on.

Vectors go into few segments, terms into a new lexical folder; one commit puts both in the place of
the old files. A reader that has those open keeps them, for the system keeps a mapped file.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from search.archive.rows import DOCUMENT_COLUMNS, read_document, read_segments
from search.archive.schema import LEXICAL, SEGMENTS
from search.archive.writer import ArchiveWriter, go_on
from search.dense import Ids, Segment, SegmentFile, write_segment
from search.encoders.identity import Vectors, digest_files
from search.errors import ArchiveError
from search.lexical import LexicalWriter, index_terms

LARGEST_SEGMENT = 250_000  # rows: 256 MB of 256 dimensions, twice while it is written


def compact(folder: Path, *, on_step: Callable[[str], None] = go_on) -> None:
    """Merge the segments and drop removed rows. `on_step` is `ArchiveWriter`'s.

    Raises:
        ArchiveError: a segment is damaged, or there is no room; the archive stays as it was.
    """
    with ArchiveWriter(folder, on_step=on_step) as writer:
        files = [
            write_segment(
                folder / SEGMENTS, f"{writer.commit_number + 1:08d}-{number}.faiss", *rows
            )
            for number, rows in enumerate(_live_rows(writer))
        ]
        lexical = f"{LEXICAL}-{writer.commit_number + 1:08d}"
        _write_terms(writer, folder / lexical)
        writer.swap_segments(files, encoder=writer.encoder, lexical=lexical)
        writer.database.execute("VACUUM")


def _live_rows(writer: ArchiveWriter) -> Iterator[tuple[Ids, Vectors]]:
    """Give ids and vectors of passages that still exist, a new segment's at a time."""
    live = np.array(
        [
            passage_id
            for (passage_id,) in writer.database.execute(
                "SELECT passage_id FROM passages ORDER BY passage_id"
            )
        ],
        dtype=np.int64,
    )
    pending: list[tuple[Ids, Vectors]] = []
    for file in read_segments(writer.database):
        segment = _open(writer, file)
        for start in range(0, len(segment.ids), LARGEST_SEGMENT):
            rows = np.arange(start, min(start + LARGEST_SEGMENT, len(segment.ids)))
            rows = rows[np.isin(segment.ids[rows], live)]
            if sum(len(ids) for ids, _ in pending) + len(rows) > LARGEST_SEGMENT:
                yield _joined(pending)
                pending = []
            pending.append((segment.ids[rows], segment.vectors(rows)))
    if any(len(ids) for ids, _ in pending):
        yield _joined(pending)


def _open(writer: ArchiveWriter, file: SegmentFile) -> Segment:
    folder = writer.folder / SEGMENTS
    segment = Segment(folder, file, dimension=writer.encoder.dimension)
    if digest_files([folder / file.name]) != file.digest:  # else damage would get a sound digest
        raise ArchiveError(
            f"segments/{file.name} is not what was written: its digest differs; restore it, or"
            " index the dumps into a new archive"
        )
    return segment


def _joined(pending: Sequence[tuple[Ids, Vectors]]) -> tuple[Ids, Vectors]:
    ids = np.concatenate([ids for ids, _ in pending])
    vectors = np.concatenate([vectors for _, vectors in pending])
    order = np.argsort(ids)
    return ids[order], vectors[order]


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
