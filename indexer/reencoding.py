"""Encodes an archive anew with another encoder. Texts, terms and ids stay as they are.

The new segments are named by one commit, all at once: cut off before it, the archive is the old
one, and the next writer clears away what was written.
"""

import sqlite3
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np
from tqdm import tqdm

from indexer.passages import passage_text
from indexer.preparation import encode_texts
from search.encoders.identity import Encoder
from search.index.local.database.rows import DOCUMENT_COLUMNS, read_document
from search.index.local.maintenance.merging import merge_segments
from search.index.local.segments.files import SegmentFile
from search.index.local.segments.manifest import Encoded, write_segments
from search.index.local.writer import ArchiveWriter, go_on

PASSAGES = 50_000  # of one segment: what memory holds at once


def reencode(
    archive: Path,
    encoder: Encoder,
    *,
    show_progress: bool,
    on_step: Callable[[str], None] = go_on,
) -> int:
    """Encode every passage with `encoder` and swap the vectors in one step; give their number.

    Raises:
        ArchiveError: there is no archive, or no room; the archive stays as it was.
    """
    with ArchiveWriter(archive, on_step=on_step) as writer:
        [total] = writer.database.execute("SELECT count(*) FROM passages").fetchone()
        with tqdm(total=total, unit=" passages", disable=not show_progress) as bar:
            files: list[SegmentFile] = []
            for written in _write_segments(writer, encoder):
                files += written
                bar.update(written[0].rows)
        writer.swap_segments(files, encoder=encoder.identity, lexical=writer.lexical_name)
        merge_segments(writer)
    return int(total)


def _write_segments(writer: ArchiveWriter, encoder: Encoder) -> Iterator[list[SegmentFile]]:
    texts = _passage_texts(writer.database)
    number = 0
    while part := list(islice(texts, PASSAGES)):
        ids = np.array([passage_id for passage_id, _ in part], dtype=np.int64)
        encoded = Encoded(ids, *encode_texts([text for _, text in part], encoder))
        stem = f"{writer.commit_number + 1:08d}-{number:04d}"
        yield write_segments(writer.folder, stem, encoded, dimension=encoder.identity.dimension)
        number += 1


def _passage_texts(database: sqlite3.Connection) -> Iterator[tuple[int, str]]:
    for passage_id, start, stop, *fields in database.execute(
        f"SELECT passage_id, start, stop, {DOCUMENT_COLUMNS}"
        " FROM passages JOIN documents ON row = document ORDER BY passage_id"
    ):
        yield passage_id, passage_text(read_document(tuple(fields)), (start, stop))
