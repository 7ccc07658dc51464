"""Finds the passages of an archive that have no vector of the second level yet."""

import sqlite3
from pathlib import Path

import numpy as np

from search.encoders.identity import EncoderIdentity
from search.index.local.database.meta import read_meta
from search.index.local.folder import SEGMENTS
from search.index.local.segments.files import Ids
from search.index.local.segments.manifest import CONTEXT, read_segments
from search.index.local.segments.vector_segment import Segment


def passages_without_context(folder: Path, connection: sqlite3.Connection) -> Ids:
    """Return the ids of the passages without a vector of the second level, ascending.

    An archive with one level lacks all of them. This takes some 10 ms for each 100,000 passages.

    Raises:
        ArchiveError: a segment is damaged.
    """
    passages = connection.execute("SELECT passage_id FROM passages ORDER BY passage_id")
    ids = np.fromiter((passage_id for (passage_id,) in passages), dtype=np.int64)
    context = EncoderIdentity.from_json(read_meta(connection)["encoder"]).context
    if context is None:
        return ids
    encoded = [
        Segment(folder / SEGMENTS, file, dimension=context.dimension).ids
        for file in read_segments(connection, CONTEXT)
    ]
    return np.setdiff1d(ids, np.concatenate([np.empty(0, np.int64), *encoded]), assume_unique=True)
