"""Encodes an archive anew with another encoder; the archive itself writes and swaps the vectors."""

from collections.abc import Sequence
from functools import partial

from tqdm import tqdm

from indexer.passages import passage_text
from indexer.preparation import encode_texts
from search.encoders.identity import Encoder, Pieces, Vectors
from search.index import Archive
from search.records import Document


def reencode(archive: Archive, encoder: Encoder, *, show_progress: bool) -> int:
    """Encode every passage with `encoder`, swap the vectors in one step, return their number.

    Raises:
        ArchiveError: there is no archive, or no room; the archive stays as it was.
    """
    total = archive.status().passages
    count = 0
    with tqdm(total=total, unit=" passages", disable=not show_progress) as bar:
        for written in archive.reencode(partial(encode_spans, encoder=encoder), encoder.identity):
            bar.update(written)
            count += written
    return count


def encode_spans(
    passages: Sequence[tuple[Document, tuple[int, int]]], *, encoder: Encoder
) -> tuple[Vectors, list[Pieces] | None]:
    """Return the vector of each span of a document, and its pieces if the encoder knows any."""
    return encode_texts([passage_text(document, span) for document, span in passages], encoder)
