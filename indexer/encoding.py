"""Encodes the passages of an archive, which itself writes the vectors."""

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np
from tqdm import tqdm

from indexer.passages import passage_text
from indexer.preparation import encode_texts
from search.encoders.identity import Encoder, Vectors
from search.errors import EncoderError
from search.index import Archive, DocumentSpan, EncodedSpans

_CLOCKED = 64  # passages: a batch or two of any encoder

Forecast = Callable[[int, float], None]  # passages, seconds


def reencode(archive: Archive, encoder: Encoder, *, show_progress: bool) -> int:
    """Encode every passage with `encoder`, swap the vectors in one step, return their number.

    Raises:
        ArchiveError: there is no archive, or no room; the archive stays as it was.
    """
    written = archive.reencode(partial(encode_spans, encoder=encoder), encoder.identity)
    return _count(written, archive.status().passages, show_progress=show_progress)


def encode_context(
    archive: Archive, encoder: Encoder, *, show_progress: bool, forecast: Forecast | None = None
) -> int:
    """Give every passage that lacks it its vector by the contextual encoder; return their number.

    Commit by commit: cut off, the next run goes on. `forecast` is told once, after the first
    passages, how many there are and in how many seconds they will be encoded.

    Raises:
        ArchiveError: there is no archive, it has no contextual encoder, or there is no room.
        EncoderError: the archive was built with another encoder.
    """
    status = archive.status()
    total = status.passages - (status.encoded or 0)
    clocked = _Clocked(encoder, total, forecast)
    written = archive.encode(clocked.encode, encoder.identity)
    return _count(written, total, show_progress=show_progress)


def encode_spans(spans: Sequence[DocumentSpan], *, encoder: Encoder) -> EncodedSpans:
    """Return what the encoder, and the one beside it if there is one, make of some spans."""
    texts = _texts(spans)
    base, pieces = encode_texts(texts, encoder)
    context = None if encoder.context is None else encoder.context.encode_passages(texts)
    return EncodedSpans(base, pieces, context)


class _Clocked:
    """Encodes by the contextual encoder; the first passages tell how long all will take."""

    def __init__(self, encoder: Encoder, total: int, forecast: Forecast | None) -> None:
        self._encoder = encoder
        self._total = total
        self._forecast = forecast

    def encode(self, spans: Sequence[DocumentSpan]) -> Vectors:
        if self._encoder.context is None:
            name = self._encoder.identity.name
            raise EncoderError(f"{name} has no contextual encoder beside it")
        encode_passages = self._encoder.context.encode_passages
        texts = _texts(spans)
        if self._forecast is None:
            return encode_passages(texts)
        started = time.perf_counter()
        first = encode_passages(texts[:_CLOCKED])
        pace = (time.perf_counter() - started) / len(first)
        self._forecast(self._total, pace * self._total)
        self._forecast = None
        others = texts[_CLOCKED:]
        return np.concatenate([first, encode_passages(others)]) if others else first


def _texts(spans: Sequence[DocumentSpan]) -> list[str]:
    return [passage_text(document, span) for document, span in spans]


def _count(written: Iterator[int], total: int, *, show_progress: bool) -> int:
    count = 0
    with tqdm(total=total, unit=" passages", disable=not show_progress) as bar:
        for passages in written:
            bar.update(passages)
            count += passages
    return count
