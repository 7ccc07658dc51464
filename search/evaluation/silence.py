"""Measure how often queries get no answer or a doubtful one: nonsense and judged queries."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from search.engine import SearchEngine
from search.evaluation.judgements import EvaluationQuery
from search.records import Query, SearchPage


@dataclass(frozen=True, slots=True)
class Silence:
    """The shares, 0 to 1, of queries without hits; `by_type` splits that of the nonsense.

    `nonsense_told` and `judged_told` are the shares of queries without hits or with doubtful hits.
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
        """Measure both sets of queries in the hybrid mode."""
        nonsense_pages = [_search(engine, query) for query in nonsense]
        judged_pages = [_search(engine, query) for query in judged]
        silent: dict[str, list[bool]] = defaultdict(list)
        for query, page in zip(nonsense, nonsense_pages, strict=True):
            silent[query.type].append(_is_silent(page))
        return cls(
            nonsense=_share(map(_is_silent, nonsense_pages)),
            judged=_share(map(_is_silent, judged_pages)),
            nonsense_told=_share(_is_silent(page) or page.is_doubtful for page in nonsense_pages),
            judged_told=_share(_is_silent(page) or page.is_doubtful for page in judged_pages),
            by_type={name: _share(group) for name, group in silent.items()},
        )


def _search(engine: SearchEngine, query: EvaluationQuery) -> SearchPage:
    return engine.search(Query(query.text, k=1))


def _is_silent(page: SearchPage) -> bool:
    return not page.hits


def _share(claims: Iterable[bool]) -> float:
    values = list(claims)
    return sum(values) / len(values) if values else 0.0
