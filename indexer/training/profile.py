"""Fits the profile of an encoder: how far its vectors are trusted beside the words.

Of the judged queries of an archive one half fits, by a hash of the query's id within its type, and
the other tells what the fit is worth. Each number is moved in turn while the mean nDCG@10 of the
first half grows by more than chance moves it; few numbers and few values of each keep the fit from
knowing the queries by heart.
"""

import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path

from search.encoders.identity import Encoder
from search.encoders.profile import EncoderProfile
from search.engine import SearchEngine
from search.evaluation.evaluate import evaluate
from search.evaluation.judgements import EvaluationQuery, Qrel
from search.index.live import LiveArchive
from search.index.opening import open_index
from search.records import Mode

logger = logging.getLogger(__name__)

VALUES = {
    "weight_if_words_silent": (0.75, 0.87, 0.95, 1.0),
    "weight_if_words_strong": (0.3, 0.45, 0.6, 0.75),
    "silent_words": (0.15, 0.3, 0.45, 0.6),
    "settling_words": (0.5, 0.7, 0.85, 1.0),
}
LEAST_GAIN = 0.001
ROUNDS = 2


@dataclass(frozen=True, slots=True)
class Fit:
    """A profile, and nDCG@10 of both halves of the queries with the old one and with it."""

    profile: EncoderProfile
    fitted: tuple[float, float]
    held_out: tuple[float, float]


def fit_profile(
    archives: Sequence[tuple[Path, Sequence[EvaluationQuery], Sequence[Qrel]]], encoder: Encoder
) -> Fit:
    """Fit the profile on judged queries over archives that `encoder` built.

    Raises:
        SearchError: an archive was built by another encoder, or no query has a judgement.
    """
    profiled = _Profiled(encoder)
    halves: tuple[list[_Part], list[_Part]] = ([], [])
    for address, queries, qrels in archives:
        archive = open_index(address)
        engine = SearchEngine(archive, LiveArchive(archive, lambda _: profiled))
        judged = {qrel.query_id for qrel in qrels}
        by_half = split_queries([query for query in queries if query.query_id in judged])
        for half, some in zip(halves, by_half, strict=True):
            half.append(_Part(engine, some, qrels))
    before = profiled.profile
    best = first = _mean(halves[0])
    for _ in range(ROUNDS):
        for name, values in VALUES.items():
            for value in values:
                kept = profiled.profile
                profiled.profile = replace(kept, **{name: value})
                is_order_kept = profiled.profile.silent_words < profiled.profile.settling_words
                reached = _mean(halves[0]) if is_order_kept and profiled.profile != kept else 0.0
                logger.info("%s %s: %.4f", name, value, reached)
                if reached > best + LEAST_GAIN:
                    best = reached
                else:
                    profiled.profile = kept
    fitted = profiled.profile
    after = _mean(halves[1])
    profiled.profile = before
    return Fit(fitted, (first, best), (_mean(halves[1]), after))


def split_queries(
    queries: Sequence[EvaluationQuery],
) -> tuple[list[EvaluationQuery], list[EvaluationQuery]]:
    """Split the queries of each type in halves, by a hash of their ids."""
    by_type: dict[str, list[EvaluationQuery]] = defaultdict(list)
    for query in queries:
        by_type[query.type].append(query)
    halves: tuple[list[EvaluationQuery], list[EvaluationQuery]] = ([], [])
    for some in by_type.values():
        ordered = sorted(some, key=lambda query: blake2b(query.query_id.encode()).digest())
        halves[0].extend(ordered[::2])
        halves[1].extend(ordered[1::2])
    return halves


@dataclass(frozen=True, slots=True)
class _Part:
    engine: SearchEngine
    queries: list[EvaluationQuery]
    qrels: Sequence[Qrel]


class _Profiled:
    """An encoder with a profile that changes while it is fitted."""

    def __init__(self, encoder: Encoder) -> None:
        self.profile = encoder.profile
        self.identity = encoder.identity
        self.pieces = encoder.pieces
        self.pools_pieces = encoder.pools_pieces
        self.encode_queries = encoder.encode_queries
        self.encode_passages = encoder.encode_passages


def _mean(parts: Sequence[_Part]) -> float:
    """Return the mean nDCG@10 of all queries together."""
    total = sum(len(part.queries) for part in parts)
    reached = (
        len(part.queries)
        * evaluate(part.engine, part.queries, part.qrels, Mode.HYBRID).measures["nDCG@10"]
        for part in parts
    )
    return sum(reached) / total
