"""Measures how often nothing is answered, or in doubt: to nonsense, and to judged queries."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from search.engine import SearchEngine
from search.evaluation.judgements import EvaluationQuery
from search.records import Query, SearchPage


@dataclass(frozen=True, slots=True)
class Silence:
    """Shares, 0 to 1, of queries that found nothing; `by_type` of the nonsense.

    `nonsense_told` and `judged_told` are of those that found nothing or are said to be doubtful.
    """

    nonsense: float
    judged: float
    nonsense_told: float
    judged_told: float
    by_type: dict[str, float]

    @classmethod
    def measure(
        cls,
        engine: SearchEngine,
        nonsense: Sequence[EvaluationQuery],
        judged: Sequence[EvaluationQuery],
    ) -> "Silence":
        """Measure both sets of queries, by words and meaning together."""
        asked = [_ask(engine, query) for query in nonsense]
        meant = [_ask(engine, query) for query in judged]
        silent: dict[str, list[bool]] = defaultdict(list)
        for query, page in zip(nonsense, asked, strict=True):
            silent[query.type].append(_is_silent(page))
        return cls(
            nonsense=_share(map(_is_silent, asked)),
            judged=_share(map(_is_silent, meant)),
            nonsense_told=_share(_is_silent(page) or page.is_doubtful for page in asked),
            judged_told=_share(_is_silent(page) or page.is_doubtful for page in meant),
            by_type={name: _share(group) for name, group in silent.items()},
        )


def _ask(engine: SearchEngine, query: EvaluationQuery) -> SearchPage:
    return engine.search(Query(query.text, k=1))


def _is_silent(page: SearchPage) -> bool:
    return not page.hits


def _share(claims: Iterable[bool]) -> float:
    known = list(claims)
    return sum(known) / len(known) if known else 0.0
