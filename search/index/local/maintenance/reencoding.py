"""Writes all vectors of an archive anew; texts, terms and ids are unchanged.

One commit names all new segments. If the run is interrupted before it, the archive is unchanged,
and the next writer removes the new files.
"""

import sqlite3
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from search.encoders.identity import EncoderIdentity
from search.errors import ArchiveError
from search.index.archive import EncodePassages
from search.index.catalogue.rows import (
    DOCUMENT_COLUMNS,
    DocRow,
    PassageId,
    read_document,
    read_span,
)
from search.index.local.segments.files import SegmentFile
from search.index.local.segments.manifest import Encoded, write_context, write_segments
from search.index.local.writer import ArchiveWriter
from search.records import Document

PASSAGES = 50_000  # in one segment, all in memory at a time


def reencode(
    folder: Path,
    encode: EncodePassages,
    encoder: EncoderIdentity,
    *,
    on_step: Callable[[str], None] | None = None,
) -> Iterator[int]:
    """Encode every passage with `encode` and swap the vectors in one step, after the last part."""
    with ArchiveWriter(folder, on_step=on_step) as writer:
        files: list[SegmentFile] = []
        passages = read_passages(writer.database)
        number = 0
        while part := list(islice(passages, PASSAGES)):
            ids = np.array([passage_id for passage_id, _, _ in part], dtype=np.int64)
            spans = encode([(document, span) for _, document, span in part])
            stem = f"{writer.next_stem}-{number:04d}"
            encoded = Encoded(ids, spans.base, spans.pieces)
            files += write_segments(folder, stem, encoded, dimension=encoder.base.dimension)
            if spans.context is not None:
                dimension = encoder.dimension
                files.append(write_context(folder, stem, ids, spans.context, dimension=dimension))
            number += 1
            yield len(part)
        writer.swap_segments(files, encoder=encoder)
        writer.merge()


def read_passages(
    database: sqlite3.Connection, first: int = 0
) -> Iterator[tuple[PassageId, Document, tuple[int, int]]]:
    """Yield the passages by ascending id, from the id `first` on.

    The passages of a document follow each other and share one `Document`, so that the text of a
    long article is not in memory once for each of its passages.
    """
    document_row: DocRow | None = None
    for passage_id, row, start, stop in database.execute(
        "SELECT passage_id, document, start, stop FROM passages WHERE passage_id >= ?"
        " ORDER BY passage_id",
        (first,),
    ):
        if row != document_row:
            columns = database.execute(
                f"SELECT {DOCUMENT_COLUMNS} FROM documents WHERE row = ?", (row,)
            ).fetchone()
            if columns is None:
                raise ArchiveError(
                    f"passage {passage_id} belongs to no document: `python -m indexer check` lists"
                    " all damage; restore the archive, or index the dumps into a new one"
                )
            document, document_row = read_document(columns), row
        yield passage_id, document, read_span(document, start, stop)
