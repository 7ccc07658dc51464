"""Encode the passages of an archive; the archive itself writes the vectors."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from tqdm import tqdm

from indexer.passages import passage_text
from indexer.preparation import encode_texts
from search.encoders.identity import Encoder, Vectors
from search.errors import EncoderError
from search.index.archive import Archive, DocumentSpan, EncodedSpans

if TYPE_CHECKING:
    from indexer.ray_cluster import RayCluster

_TIMED_PER_CORE = 32  # passages that the forecast rests on: a few batches on every core

Forecast = Callable[[int, float], None]  # passages, seconds
EncodeTexts = Callable[[Sequence[str]], Vectors]


def reencode(
    archive: Archive, encoder: Encoder, *, show_progress: bool, forecast: Forecast | None = None
) -> int:
    """Encode every passage with `encoder`, swap the vectors in one step, and return their number.

    `forecast` is called as by `encode_context`, if there is a contextual encoder.

    Raises:
        ArchiveError: there is no archive, or no room; the archive stays as it was.
    """
    total = archive.status().passages
    encode_second_level = None
    if encoder.context is not None:
        encode_second_level = _TimedEncoder(encoder.context, total, forecast).encode
    encode = partial(encode_spans, encoder=encoder, encode_second_level=encode_second_level)
    written = archive.reencode(encode, encoder.identity)
    return _count(written, total, show_progress=show_progress)


def encode_context(
    archive: Archive,
    encoder: Encoder,
    *,
    show_progress: bool,
    forecast: Forecast | None = None,
    cluster: "RayCluster | None" = None,
) -> int:
    """Encode every passage that lacks a contextual vector; return the number of these passages.

    The vectors are committed in parts, so the next run continues an interrupted run; the archive
    chooses their size (`search.index.local.maintenance.encoding`). `forecast` is called once, soon
    after the start, with the number of passages and the seconds for all. With a `cluster`, its
    nodes encode; they load the encoder first, which no forecast foresees, so there is none.

    Raises:
        ArchiveError: there is no archive, it has no contextual encoder, or there is no room.
        EncoderError: the archive was built with another encoder.
        SearchError: the cluster was lost; what was committed before stays.
    """
    if encoder.context is None:
        raise EncoderError(
            f"{encoder.identity.name} has no contextual encoder: there is nothing to add"
        )
    status = archive.status()
    total = status.passages - (status.encoded or 0)
    if cluster is None:
        encode = _TimedEncoder(encoder.context, total, forecast).encode
    else:
        encode = partial(cluster.encode_passages, encoder=encoder.context)
    written = archive.encode(lambda spans: encode(_texts(spans)), encoder.identity)
    return _count(written, total, show_progress=show_progress)


def encode_spans(
    spans: Sequence[DocumentSpan],
    *,
    encoder: Encoder,
    encode_second_level: EncodeTexts | None,
) -> EncodedSpans:
    """Return the vectors and pieces of spans, and their contextual vectors if there are any."""
    texts = _texts(spans)
    base, pieces = encode_texts(texts, encoder)
    context = None if encode_second_level is None else encode_second_level(texts)
    return EncodedSpans(base, pieces, context)


class _TimedEncoder:
    """Encodes passages, and forecasts the time for all from some of the first of them."""

    def __init__(self, encoder: Encoder, total: int, forecast: Forecast | None) -> None:
        self._encode_passages = encoder.encode_passages
        self._total = total
        self._forecast = forecast

    def encode(self, texts: Sequence[str]) -> Vectors:
        if self._forecast is None:
            return self._encode_passages(texts)
        # Spread evenly, because neighbours come from one newspaper and are of similar length.
        stride = max(1, len(texts) // (_TIMED_PER_CORE * (os.cpu_count() or 1)))
        order = sorted(range(len(texts)), key=lambda place: place % stride)
        timed = len(range(0, len(texts), stride))
        ordered = [texts[place] for place in order]
        started = time.perf_counter()
        vectors = self._encode_passages(ordered[:timed])
        seconds_per_passage = (time.perf_counter() - started) / timed
        self._forecast(self._total, seconds_per_passage * self._total)
        self._forecast = None
        if len(ordered) > timed:
            vectors = np.concatenate([vectors, self._encode_passages(ordered[timed:])])
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
