"""Encodes the passages of an archive, which itself writes the vectors."""

from collections.abc import Iterator, Sequence
from functools import partial

from tqdm import tqdm

from indexer.passages import passage_text
from indexer.preparation import encode_texts
from search.encoders.identity import Encoder, Vectors
from search.errors import EncoderError
from search.index import Archive, DocumentSpan, EncodedSpans


def reencode(archive: Archive, encoder: Encoder, *, show_progress: bool) -> int:
    """Encode every passage with `encoder`, swap the vectors in one step, return their number.

    Raises:
        ArchiveError: there is no archive, or no room; the archive stays as it was.
    """
    written = archive.reencode(partial(encode_spans, encoder=encoder), encoder.identity)
    return _count(written, archive.status().passages, show_progress=show_progress)


def encode_context(archive: Archive, encoder: Encoder, *, show_progress: bool) -> int:
    """Give every passage that lacks it its vector by the contextual encoder; return their number.

    Commit by commit: cut off, the next run goes on.

    Raises:
        ArchiveError: there is no archive, it has no contextual encoder, or there is no room.
        EncoderError: the archive was built with another encoder.
    """
    status = archive.status()
    written = archive.encode(partial(_context_of, encoder=encoder), encoder.identity)
    total = status.passages - (status.encoded or 0)
    return _count(written, total, show_progress=show_progress)


def encode_spans(spans: Sequence[DocumentSpan], *, encoder: Encoder) -> EncodedSpans:
    """Return what the encoder, and the one beside it if there is one, make of some spans."""
    texts = _texts(spans)
    base, pieces = encode_texts(texts, encoder)
    context = None if encoder.context is None else encoder.context.encode_passages(texts)
    return EncodedSpans(base, pieces, context)


def _context_of(spans: Sequence[DocumentSpan], *, encoder: Encoder) -> Vectors:
    if encoder.context is None:
        raise EncoderError(f"{encoder.identity.name} has no contextual encoder beside it")
    return encoder.context.encode_passages(_texts(spans))


def _texts(spans: Sequence[DocumentSpan]) -> list[str]:
    return [passage_text(document, span) for document, span in spans]


def _count(written: Iterator[int], total: int, *, show_progress: bool) -> int:
    count = 0
    with tqdm(total=total, unit=" passages", disable=not show_progress) as bar:
        for passages in written:
            bar.update(passages)
            count += passages
    return count
