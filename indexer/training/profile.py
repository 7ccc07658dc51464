"""Fit the profile of an encoder: the weight of its vectors, and the thresholds of no answer.

A hash of the query's id within its type splits the judged queries of an archive: one half fits the
profile, and the other half measures the fit. Each number of trust is changed in turn while the mean
nDCG@10 of the first half grows by more than chance. Few numbers with few values each keep the fit
from overfitting the queries. The log-odds that a query is answered come from a logistic regression
on judged queries and on queries that the archive cannot answer. The thresholds for doubted and
hidden results follow from the share of judged queries that may be doubted or hidden.
"""

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from search.encoders.identity import Encoder
from search.encoders.profile import EncoderProfile
from search.encoders.two_level import profile_at
from search.engine import SearchEngine
from search.evaluation.abstention import AbstentionRates
from search.evaluation.evaluate import evaluate
from search.evaluation.judgements import EvaluationQuery, Qrel, split_queries
from search.index.live import LiveArchive
from search.index.opening import open_index
from search.records import Mode, Query

logger = logging.getLogger(__name__)

VALUES = {
    "weight_if_words_silent": (0.75, 0.87, 0.95, 1.0),
    "weight_if_words_strong": (0.3, 0.45, 0.6, 0.75),
    "silent_words": (0.15, 0.3, 0.45, 0.6),
    "settling_words": (0.5, 0.7, 0.85, 1.0),
    "weight_beside_table": (0.5, 0.65, 0.8),
}
MIN_GAIN = 0.001
ROUNDS = 2
# The features in the order of `ConfidenceFeatures.numbers`, and +1 if a higher value makes an
# answer likelier, else -1.
FEATURES = (
    ("answered_by_cosine", 1),
    ("answered_by_context", 1),
    ("answered_by_interaction", 1),
    ("answered_by_strength", 1),
    ("answered_by_length", 1),
    ("answered_by_passages", -1),
)
# The shares of judged queries that may be doubted, and that may be hidden.
MAX_DOUBTED, MAX_HIDDEN = 0.10, 0.004


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted profile and its figures on both halves of the queries.

    `fitted` and `held_out` are the nDCG@10 with the old and with the new profile. `hidden` and
    `flagged` are the shares, 0 to 1, of the held-out queries, answered and unanswered, that the new
    profile hides, and that it hides or doubts.
    """

    profile: EncoderProfile
    fitted: tuple[float, float]
    held_out: tuple[float, float]
    hidden: tuple[float, float]
    flagged: tuple[float, float]


@dataclass(frozen=True, slots=True)
class JudgedCollection:
    """An archive that the encoder built, queries with their judgements, and unanswered queries.

    `unanswered` holds queries on subjects that the archive lacks, and nonsense; it may be empty.
    """

    archive: Path
    queries: Sequence[EvaluationQuery]
    qrels: Sequence[Qrel]
    unanswered: Sequence[EvaluationQuery]


def fit_profile(collections: Sequence[JudgedCollection], encoder: Encoder) -> Fit:
    """Fit the profile on queries that archives answer, and on queries that they do not answer.

    Raises:
        SearchError: an archive was built by another encoder, or no query has a judgement.
    """
    profiled = _Profiled(encoder)
    fitting, held_out = _open_halves(collections, profiled)
    before = _mean(fitting), _mean(held_out)
    reached = _fit_trust(fitting, profiled, before[0])
    after = _mean(held_out)
    _fit_odds(fitting, profiled)
    rates_of_parts = [
        AbstentionRates.measure(part.engine, part.unanswered, part.queries) for part in held_out
    ]
    hidden = _averaged([(rates.judged, rates.nonsense) for rates in rates_of_parts])
    flagged = _averaged(
        [(rates.judged_flagged, rates.nonsense_flagged) for rates in rates_of_parts]
    )
    return Fit(profiled.profile, (before[0], reached), (before[1], after), hidden, flagged)


def _open_halves(
    collections: Sequence[JudgedCollection], profiled: "_Profiled"
) -> "tuple[list[_Part], list[_Part]]":
    fitting: list[_Part] = []
    held_out: list[_Part] = []
    for collection in collections:
        archive = open_index(collection.archive)
        engine = SearchEngine(LiveArchive(archive, lambda _: profiled))
        judged = {qrel.query_id for qrel in collection.qrels}
        halves = split_queries([query for query in collection.queries if query.query_id in judged])
        unanswered = split_queries(collection.unanswered)
        for parts, queries, others in zip((fitting, held_out), halves, unanswered, strict=True):
            ids = {query.query_id for query in queries}
            qrels = [qrel for qrel in collection.qrels if qrel.query_id in ids]
            parts.append(_Part(engine, queries, qrels, others))
    return fitting, held_out


def _fit_trust(parts: "Sequence[_Part]", profiled: "_Profiled", best: float) -> float:
    """Change each number in turn, and return the nDCG@10 that was reached."""
    for _ in range(ROUNDS):
        for name, values in VALUES.items():
            for value in values:
                former = profiled.profile
                profiled.profile = replace(former, **{name: value})
                is_ordered = profiled.profile.silent_words < profiled.profile.settling_words
                reached = _mean(parts) if is_ordered and profiled.profile != former else 0.0
                logger.info("%s %s: %.4f", name, value, reached)
                if reached > best + MIN_GAIN:
                    best = reached
                else:
                    profiled.profile = former
    return best


def _fit_odds(parts: "Sequence[_Part]", profiled: "_Profiled") -> None:
    """Fit the log-odds of an answer and both thresholds, on answered and unanswered queries.

    All archives weigh the same, and so do both sorts of queries of an archive. A feature is
    left out if its weight would have the wrong sign. An archive without unanswered queries counts
    only for the threshold of what is hidden, which is the lowest of all archives.
    """
    numbers_of_queries, are_answered, weights = [], [], []
    answered_of_parts = [_read_numbers(part, part.queries) for part in parts]
    for part, answered in zip(parts, answered_of_parts, strict=True):
        if not part.unanswered:
            continue
        for numbers, is_answered in (
            (answered, True),
            (_read_numbers(part, part.unanswered), False),
        ):
            if not len(numbers):
                logger.warning(
                    "the odds cannot be fitted: the archive is small, or no query is in doubt"
                )
                return
            numbers_of_queries.append(numbers)
            are_answered += [is_answered] * len(numbers)
            weights += [1 / len(numbers)] * len(numbers)
    _fit_weights(np.concatenate(numbers_of_queries), are_answered, weights, profiled)
    odds_of_parts = [
        np.sort([profiled.profile.odds(row) for row in numbers]) for numbers in answered_of_parts
    ]
    pairs = list(zip(parts, odds_of_parts, strict=True))
    hidden = [_threshold(odds, MAX_HIDDEN * len(part.queries)) for part, odds in pairs if len(odds)]
    doubted = [(part, odds) for part, odds in pairs if part.unanswered]
    total = sum(len(part.queries) for part, _ in doubted)
    all_odds = np.sort(np.concatenate([odds for _, odds in doubted]))
    profiled.profile = replace(
        profiled.profile,
        doubted_below=_threshold(all_odds, MAX_DOUBTED * total),
        nothing_below=min(hidden),
    )


def _fit_weights(
    numbers: npt.NDArray[np.float64],
    are_answered: Sequence[bool],
    weights: Sequence[float],
    profiled: "_Profiled",
) -> None:
    """Fit the weight of each feature by logistic regression."""
    used = list(range(len(FEATURES)))
    while True:
        fitted = LogisticRegression(C=100.0, max_iter=1000)
        scale = numbers[:, used].std(axis=0) + 1e-9
        fitted.fit(numbers[:, used] / scale, are_answered, np.array(weights) * len(weights))
        slopes = fitted.coef_[0] / scale
        wrong = [k for k, slope in zip(used, slopes, strict=True) if slope * FEATURES[k][1] < 0]
        if not wrong:
            break
        used = [k for k in used if k not in wrong]
    slope_by_feature = {
        FEATURES[k][0]: round(float(slope), 3) for k, slope in zip(used, slopes, strict=True)
    }
    weight_by_feature = dict.fromkeys((name for name, _ in FEATURES), 0.0) | slope_by_feature
    intercept = round(float(fitted.intercept_[0]), 3)
    profiled.profile = replace(profiled.profile, answered=intercept, **weight_by_feature)


def _read_numbers(part: "_Part", queries: Sequence[EvaluationQuery]) -> npt.NDArray[np.float64]:
    """Return the features of the queries that the odds decide about: `(n, features)`."""
    all_features = [part.engine.features(Query(query.text)) for query in queries]
    judged = [s for s in all_features if s and not (s.is_beyond_doubt or s.is_made_up)]
    return np.array([features.numbers() for features in judged]).reshape(-1, len(FEATURES))


def _threshold(odds: npt.NDArray[np.float64], most: float) -> float:
    """Return the threshold below which at most `most` of the ascending odds lie.

    It is rounded down: rounded up, it would hide the very query that it was taken from.
    """
    return math.floor(1000 * float(odds[min(len(odds) - 1, int(most))])) / 1000


@dataclass(frozen=True, slots=True)
class _Part:
    engine: SearchEngine
    queries: list[EvaluationQuery]
    qrels: Sequence[Qrel]
    unanswered: list[EvaluationQuery]


class _Profiled:
    """An encoder with a profile that changes while it is fitted."""

    def __init__(self, encoder: Encoder) -> None:
        self.profile = profile_at(encoder, 1.0)
        self.identity = encoder.identity
        self.context = None if encoder.context is None else _Context(encoder.context, self)
        self.pieces = encoder.pieces
        self.pools_pieces = encoder.pools_pieces
        self.uses_gpu = encoder.uses_gpu
        self.encode_queries = encoder.encode_queries
        self.encode_passages = encoder.encode_passages


class _Context:
    """The contextual encoder of a `_Profiled` encoder, with its changing profile."""

    context = None

    def __init__(self, encoder: Encoder, of: _Profiled) -> None:
        self._of = of
        self.identity = encoder.identity
        self.pieces = encoder.pieces
        self.pools_pieces = encoder.pools_pieces
        self.uses_gpu = encoder.uses_gpu
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
