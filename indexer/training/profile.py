"""Fits the profile of an encoder: how far its vectors are trusted, and what is told as nothing.

Of the judged queries of an archive one half fits, by a hash of the query's id within its type, and
the other tells what the fit is worth. Each number of trust is moved in turn while the mean nDCG@10
of the first half grows by more than chance moves it; few numbers and few values of each keep the
fit from knowing the queries by heart. What nonsense finds by chance is put where so many of the
judged queries are doubted as a reader bears, in each archive by itself: a line through these levels
tells how it grows with the logarithm of the passages.
"""

import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path

import numpy as np

from search.encoders.identity import Encoder
from search.encoders.profile import EncoderProfile
from search.encoders.two_level import profile_at
from search.engine import SearchEngine
from search.evaluation.evaluate import evaluate
from search.evaluation.judgements import EvaluationQuery, Qrel
from search.evaluation.silence import Silence
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
# Levels of chance that are tried, and the shares of judged queries that may be doubted and hidden.
LEVELS = tuple(round(0.5 + 0.05 * step, 2) for step in range(40))
MOST_DOUBTED, MOST_HIDDEN = 0.10, 0.01
DISTANCES = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4)  # below chance, from where on nothing is shown


@dataclass(frozen=True, slots=True)
class Fit:
    """A profile, and what each half of the queries reaches with the old one and with it.

    nDCG@10; and with the new one the shares, 0 to 1, of held-out queries and of nonsense that are
    hidden, and that are hidden or doubted.
    """

    profile: EncoderProfile
    fitted: tuple[float, float]
    held_out: tuple[float, float]
    hidden: tuple[float, float]
    told: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Judged:
    """An archive that the encoder built, its queries and their judgements."""

    archive: Path
    queries: Sequence[EvaluationQuery]
    qrels: Sequence[Qrel]


def fit_profile(
    collections: Sequence[Judged], nonsense: Sequence[EvaluationQuery], encoder: Encoder
) -> Fit:
    """Fit the profile on judged queries, and on `nonsense` that no archive answers.

    Raises:
        SearchError: an archive was built by another encoder, or no query has a judgement.
    """
    profiled = _Profiled(encoder)
    fitting, held_out = _open_halves(collections, profiled)
    before = _mean(fitting), _mean(held_out)
    reached = _fit_trust(fitting, profiled, before[0])
    after = _mean(held_out)
    _fit_chance(fitting, profiled)
    silences = [Silence.measure(part.engine, nonsense, part.queries) for part in held_out]
    hidden = _averaged([(silence.judged, silence.nonsense) for silence in silences])
    told = _averaged([(silence.judged_told, silence.nonsense_told) for silence in silences])
    return Fit(profiled.profile, (before[0], reached), (before[1], after), hidden, told)


def _open_halves(
    collections: Sequence[Judged], profiled: "_Profiled"
) -> "tuple[list[_Part], list[_Part]]":
    fitting: list[_Part] = []
    held_out: list[_Part] = []
    for one in collections:
        archive = open_index(one.archive)
        engine = SearchEngine(archive, LiveArchive(archive, lambda _: profiled))
        judged = {qrel.query_id for qrel in one.qrels}
        halves = split_queries([query for query in one.queries if query.query_id in judged])
        for parts, some in zip((fitting, held_out), halves, strict=True):
            ids = {query.query_id for query in some}
            parts.append(_Part(engine, some, [q for q in one.qrels if q.query_id in ids]))
    return fitting, held_out


def _fit_trust(parts: "Sequence[_Part]", profiled: "_Profiled", best: float) -> float:
    """Move each number in turn, and return the nDCG@10 that was reached."""
    for _ in range(ROUNDS):
        for name, values in VALUES.items():
            for value in values:
                kept = profiled.profile
                profiled.profile = replace(kept, **{name: value})
                is_ordered = profiled.profile.silent_words < profiled.profile.settling_words
                reached = _mean(parts) if is_ordered and profiled.profile != kept else 0.0
                logger.info("%s %s: %.4f", name, value, reached)
                if reached > best + LEAST_GAIN:
                    best = reached
                else:
                    profiled.profile = kept
    return best


def _fit_chance(parts: "Sequence[_Part]", profiled: "_Profiled") -> None:
    """Put chance as high as the judged queries allow, and nothing as far below it."""
    levels = []
    for part in parts:
        levels.append(LEVELS[0])
        for level in LEVELS:
            profiled.profile = replace(profiled.profile, chance=level, chance_per_log_passages=0.0)
            silence = Silence.measure(part.engine, (), part.queries)
            if silence.judged_told > MOST_DOUBTED:
                break
            levels[-1] = level
    sizes = np.log([part.engine.index.identity.passages for part in parts])
    growth = float(np.polyfit(sizes, levels, 1)[0]) if np.ptp(sizes) > 1 else 0.0
    growth = max(0.0, growth)
    chance = float(np.mean(levels) - growth * np.mean(sizes))
    numbers = {"chance": round(chance, 3), "chance_per_log_passages": round(growth, 3)}
    for distance in DISTANCES:
        profiled.profile = replace(profiled.profile, **numbers, nothing_below_chance=distance)
        silences = [Silence.measure(part.engine, (), part.queries) for part in parts]
        if np.mean([silence.judged for silence in silences]) <= MOST_HIDDEN:
            break


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
        self.profile = profile_at(encoder, 1.0)
        self.identity = encoder.identity
        self.context = None if encoder.context is None else _Context(encoder.context, self)
        self.pieces = encoder.pieces
        self.pools_pieces = encoder.pools_pieces
        self.encode_queries = encoder.encode_queries
        self.encode_passages = encoder.encode_passages


class _Context:
    """The encoder beside another, with that one's changing profile."""

    context = None

    def __init__(self, encoder: Encoder, of: _Profiled) -> None:
        self._of = of
        self.identity = encoder.identity
        self.pieces = encoder.pieces
        self.pools_pieces = encoder.pools_pieces
        self.encode_queries = encoder.encode_queries
        self.encode_passages = encoder.encode_passages

    @property
    def profile(self) -> EncoderProfile:
        return self._of.profile


def _mean(parts: Sequence[_Part]) -> float:
    """Return the mean nDCG@10 of all queries together."""
    total = sum(len(part.queries) for part in parts)
    reached = (
        len(part.queries)
        * evaluate(part.engine, part.queries, part.qrels, Mode.HYBRID).measures["nDCG@10"]
        for part in parts
    )
    return sum(reached) / total


def _averaged(shares: Sequence[tuple[float, float]]) -> tuple[float, float]:
    first, second = np.mean(shares, axis=0).tolist()
    return first, second
