"""Encode the passages of an archive; the archive itself writes the vectors."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np
from tqdm import tqdm

from indexer.passages import passage_text
from indexer.preparation import encode_texts
from search.encoders.identity import Encoder, Vectors
from search.errors import EncoderError
from search.index.archive import Archive, DocumentSpan, EncodedSpans

_TIMED_PER_CORE = 32  # passages that the forecast rests on: a few batches on every core

Forecast = Callable[[int, float], None]  # passages, seconds


def reencode(archive: Archive, encoder: Encoder, *, show_progress: bool) -> int:
    """Encode every passage with `encoder`, swap the vectors in one step, and return their number.

    Raises:
        ArchiveError: there is no archive, or no room; the archive stays as it was.
    """
    written = archive.reencode(partial(encode_spans, encoder=encoder), encoder.identity)
    return _count(written, archive.status().passages, show_progress=show_progress)


def encode_context(
    archive: Archive, encoder: Encoder, *, show_progress: bool, forecast: Forecast | None = None
) -> int:
    """Encode every passage that lacks a contextual vector; return the number of these passages.

    The vectors are committed in parts, so the next run continues an interrupted run. `forecast` is
    called once, soon after the start, with the number of passages and the seconds for all.

    Raises:
        ArchiveError: there is no archive, it has no contextual encoder, or there is no room.
        EncoderError: the archive was built with another encoder.
    """
    status = archive.status()
    total = status.passages - (status.encoded or 0)
    timed = _TimedEncoder(encoder, total, forecast)
    written = archive.encode(timed.encode, encoder.identity)
    return _count(written, total, show_progress=show_progress)


def encode_spans(spans: Sequence[DocumentSpan], *, encoder: Encoder) -> EncodedSpans:
    """Return the vectors and pieces of spans, and their contextual vectors if there are any."""
    texts = _texts(spans)
    base, pieces = encode_texts(texts, encoder)
    context = None if encoder.context is None else encoder.context.encode_passages(texts)
    return EncodedSpans(base, pieces, context)


class _TimedEncoder:
    """Encodes by the contextual encoder, and forecasts the time for all from some of them."""

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
        # Spread evenly, because neighbours come from one newspaper and are of similar length.
        stride = max(1, len(texts) // (_TIMED_PER_CORE * (os.cpu_count() or 1)))
        order = sorted(range(len(texts)), key=lambda place: place % stride)
        timed = len(range(0, len(texts), stride))
        ordered = [texts[place] for place in order]
        started = time.perf_counter()
        vectors = encode_passages(ordered[:timed])
        seconds_per_passage = (time.perf_counter() - started) / timed
        self._forecast(self._total, seconds_per_passage * self._total)
        self._forecast = None
        if len(ordered) > timed:
            vectors = np.concatenate([vectors, encode_passages(ordered[timed:])])
        return vectors[np.argsort(order)]


def _texts(spans: Sequence[DocumentSpan]) -> list[str]:
    return [passage_text(document, span) for document, span in spans]


def _count(written: Iterator[int], total: int, *, show_progress: bool) -> int:
    count = 0
    with tqdm(total=total, unit=" passages", disable=not show_progress) as bar:
        for passages in written:
            bar.update(passages)
            count += passages
    return count
