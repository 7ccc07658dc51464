"""Adds the vectors of the second level, part by part, while others index and search.

No lock is held while an encoder works, so passages that were removed meanwhile are left out. A run
that was interrupted continues after its last commit.
"""

import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from search.encoders.identity import EncoderIdentity
from search.errors import ArchiveError
from search.index.archive import DocumentSpan, EncodeContext
from search.index.catalogue.rows import PassageId
from search.index.local.database.meta import read_meta, require_commit
from search.index.local.database.schema import connect_unchanged
from search.index.local.maintenance.reencoding import read_passages
from search.index.local.segments.missing_vectors import passages_without_context
from search.index.local.writer import ArchiveWriter

# An interrupted run loses what it encoded since its last commit, which takes a share of a second.
SECONDS_A_COMMIT = 30
FIRST_PASSAGES, MAX_PASSAGES = 500, 20_000  # in one commit


def encode(
    folder: Path,
    encode: EncodeContext,
    encoder: EncoderIdentity,
    *,
    on_step: Callable[[str], None] | None = None,
) -> Iterator[int]:
    """Encode the passages without a vector of the second level; yield their number per commit."""
    _require_two_levels(folder, encoder)
    size = FIRST_PASSAGES
    while part := _read_unencoded(folder, min(size, MAX_PASSAGES)):
        ids = np.array([passage_id for passage_id, _ in part], dtype=np.int64)
        started = time.perf_counter()
        vectors = encode([span for _, span in part])
        passages_a_second = len(part) / (time.perf_counter() - started)
        size = max(FIRST_PASSAGES, int(SECONDS_A_COMMIT * passages_a_second))
        with ArchiveWriter(folder, encoder, in_turns=True, on_step=on_step) as writer:
            writer.add_context(ids, vectors)
        yield len(part)


def _require_two_levels(folder: Path, encoder: EncoderIdentity) -> None:
    with connect_unchanged(folder) as connection:
        meta = read_meta(connection)
    require_commit(meta, folder)
    stored = EncoderIdentity.from_json(meta["encoder"])
    if stored.context is None:
        raise ArchiveError(
            f"archive {folder} has only the vectors of {stored.name}, and no passage lacks them: to"
            " use another encoder, run `python -m indexer reencode --encoder NAME`"
        )
    stored.require_same(encoder)


def _read_unencoded(folder: Path, size: int) -> list[tuple[PassageId, DocumentSpan]]:
    """Return the first `size` passages that lack a vector, by ascending id."""
    with connect_unchanged(folder) as connection:
        connection.execute("BEGIN")
        lacking = passages_without_context(folder, connection)
        if not len(lacking):
            return []
        passage_ids = set(lacking[:size].tolist())
        passages = (
            (passage_id, (document, span))
            for passage_id, document, span in read_passages(connection, int(lacking[0]))
            if passage_id in passage_ids
        )
        return list(islice(passages, len(passage_ids)))
