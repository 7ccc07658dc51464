"""Measures how often nothing is answered: to nonsense, as it should be, and to judged queries."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from search.engine import SearchEngine
from search.evaluation.judgements import EvaluationQuery
from search.records import Query


@dataclass(frozen=True, slots=True)
class Silence:
    """Shares, 0 to 1, of queries that found nothing; `by_type` of the nonsense."""

    nonsense: float
    judged: float
    by_type: dict[str, float]

    @classmethod
    def measure(
        cls,
        engine: SearchEngine,
        nonsense: Sequence[EvaluationQuery],
        judged: Sequence[EvaluationQuery],
    ) -> "Silence":
        """Ask all of them, by words and meaning together."""
        silent: dict[str, list[bool]] = defaultdict(list)
        for query in nonsense:
            silent[query.type].append(_is_silent(engine, query))
        return cls(
            nonsense=_share(one for group in silent.values() for one in group),
            judged=_share(_is_silent(engine, query) for query in judged),
            by_type={name: _share(group) for name, group in silent.items()},
        )


def _is_silent(engine: SearchEngine, query: EvaluationQuery) -> bool:
    return engine.search(Query(query.text, k=1)).total == 0


def _share(claims: Iterable[bool]) -> float:
    known = list(claims)
    return sum(known) / len(known) if known else 0.0
