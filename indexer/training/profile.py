"""Fits the profile of an encoder: how far its vectors are trusted, and what is told as nothing.

Of the judged queries of an archive one half fits, by a hash of the query's id within its type, and
the other tells what the fit is worth. Each number of trust is moved in turn while the mean nDCG@10
of the first half grows by more than chance moves it; few numbers and few values of each keep the
fit from knowing the queries by heart. The log-odds that a query is answered are a logistic
regression on judged queries and on such as the archive cannot answer; what is doubted and hidden
follows from how many of the judged a reader would bear to see so.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from search.encoders.identity import Encoder
from search.encoders.profile import EncoderProfile
from search.encoders.two_level import profile_at
from search.engine import SearchEngine
from search.evaluation.evaluate import evaluate
from search.evaluation.judgements import EvaluationQuery, Qrel, split_queries
from search.evaluation.silence import Silence
from search.index.live import LiveArchive
from search.index.opening import open_index
from search.records import Mode, Query

logger = logging.getLogger(__name__)

VALUES = {
    "weight_if_words_silent": (0.75, 0.87, 0.95, 1.0),
    "weight_if_words_strong": (0.3, 0.45, 0.6, 0.75),
    "silent_words": (0.15, 0.3, 0.45, 0.6),
    "settling_words": (0.5, 0.7, 0.85, 1.0),
}
LEAST_GAIN = 0.001
ROUNDS = 2
# The signs of an answer, in the order of `Signs.numbers`, and whether more of each speaks for one.
SIGNS = (
    ("answered_by_cosine", 1),
    ("answered_by_reading", 1),
    ("answered_by_strength", 1),
    ("answered_by_length", 1),
    ("answered_by_passages", -1),
)
# The shares of judged queries that may be doubted and hidden.
MOST_DOUBTED, MOST_HIDDEN = 0.10, 0.004


@dataclass(frozen=True, slots=True)
class Fit:
    """A profile, and what each half of the queries reaches with the old one and with it.

    nDCG@10; and with the new one the shares, 0 to 1, of the queries held out, answered and not,
    that are hidden, and that are hidden or doubted.
    """

    profile: EncoderProfile
    fitted: tuple[float, float]
    held_out: tuple[float, float]
    hidden: tuple[float, float]
    told: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Judged:
    """An archive that the encoder built, queries and their judgements.

    And queries that it does not answer: of what it lacks, and nonsense.
    """

    archive: Path
    queries: Sequence[EvaluationQuery]
    qrels: Sequence[Qrel]
    unanswered: Sequence[EvaluationQuery]


def fit_profile(collections: Sequence[Judged], encoder: Encoder) -> Fit:
    """Fit the profile on queries that archives answer, and on such as they do not.

    Raises:
        SearchError: an archive was built by another encoder, or no query has a judgement.
    """
    profiled = _Profiled(encoder)
    fitting, held_out = _open_halves(collections, profiled)
    before = _mean(fitting), _mean(held_out)
    reached = _fit_trust(fitting, profiled, before[0])
    after = _mean(held_out)
    _fit_odds(fitting, profiled)
    silences = [Silence.measure(part.engine, part.unanswered, part.queries) for part in held_out]
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
        unanswered = split_queries(one.unanswered)
        for parts, some, others in zip((fitting, held_out), halves, unanswered, strict=True):
            ids = {query.query_id for query in some}
            qrels = [qrel for qrel in one.qrels if qrel.query_id in ids]
            parts.append(_Part(engine, some, qrels, others))
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


def _fit_odds(parts: "Sequence[_Part]", profiled: "_Profiled") -> None:
    """Fit the log-odds of an answer, and what is doubted and hidden, on queries of both sorts.

    Each archive counts as much, and each sort of its queries. A sign whose weight would have the
    wrong sign is left out.
    """
    signs, are_answered, weights = [], [], []
    for part in parts:
        for queries, is_answered in ((part.queries, True), (part.unanswered, False)):
            told = [part.engine.signs(Query(query.text)) for query in queries]
            judged = [one for one in told if one and not (one.is_beyond_doubt or one.is_made_up)]
            if not judged:
                logger.warning("nothing to fit odds on: the archive is small, or all is certain")
                return
            signs += [one.numbers() for one in judged]
            are_answered += [is_answered] * len(judged)
            weights += [1 / len(judged)] * len(judged)
    numbers, answered = np.array(signs), np.array(are_answered)
    used = list(range(len(SIGNS)))
    while True:
        fitted = LogisticRegression(C=100.0, max_iter=1000)
        scale = numbers[:, used].std(axis=0) + 1e-9
        fitted.fit(numbers[:, used] / scale, answered, np.array(weights) * len(weights))
        slopes = fitted.coef_[0] / scale
        wrong = [k for k, slope in zip(used, slopes, strict=True) if slope * SIGNS[k][1] < 0]
        if not wrong:
            break
        used = [k for k in used if k not in wrong]
    found = {SIGNS[k][0]: round(float(slope), 3) for k, slope in zip(used, slopes, strict=True)}
    odds_at = dict.fromkeys((name for name, _ in SIGNS), 0.0) | found
    rest = round(float(fitted.intercept_[0]), 3)
    profiled.profile = replace(profiled.profile, answered=rest, **odds_at)
    odds = np.array([profiled.profile.odds(one) for one in numbers[answered]])
    total = sum(len(part.queries) for part in parts)
    doubted, hidden = (
        float(np.sort(odds)[min(len(odds) - 1, int(share * total))])
        for share in (MOST_DOUBTED, MOST_HIDDEN)
    )
    profiled.profile = replace(
        profiled.profile, doubted_below=round(doubted, 3), nothing_below=round(hidden, 3)
    )


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
