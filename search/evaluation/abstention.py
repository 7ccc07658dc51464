"""Measure how often queries get no answer or a doubtful one: nonsense and judged queries."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from search.engine import SearchEngine
from search.evaluation.judgements import EvaluationQuery
from search.records import Query, SearchPage


@dataclass(frozen=True, slots=True)
class AbstentionRates:
    """The shares, 0 to 1, of queries without hits; `by_type` splits that of the nonsense.

    `nonsense_flagged` and `judged_flagged` are the shares of queries without hits or with doubtful
    hits.
    """

    nonsense: float
    judged: float
    nonsense_flagged: float
    judged_flagged: float
    by_type: dict[str, float]

    @classmethod
    def measure(
        cls,
        engine: SearchEngine,
        nonsense: Sequence[EvaluationQuery],
        judged: Sequence[EvaluationQuery],
    ) -> "AbstentionRates":
        """Measure both sets of queries in the hybrid mode."""
        nonsense_pages = [_search(engine, query) for query in nonsense]
        judged_pages = [_search(engine, query) for query in judged]
        by_type: dict[str, list[bool]] = defaultdict(list)
        for query, page in zip(nonsense, nonsense_pages, strict=True):
            by_type[query.type].append(_has_no_hits(page))
        return cls(
            nonsense=_share(map(_has_no_hits, nonsense_pages)),
            judged=_share(map(_has_no_hits, judged_pages)),
            nonsense_flagged=_share(
                _has_no_hits(page) or page.is_doubtful for page in nonsense_pages
            ),
            judged_flagged=_share(_has_no_hits(page) or page.is_doubtful for page in judged_pages),
            by_type={name: _share(group) for name, group in by_type.items()},
        )


def _search(engine: SearchEngine, query: EvaluationQuery) -> SearchPage:
    return engine.search(Query(query.text, k=1))


def _has_no_hits(page: SearchPage) -> bool:
    return not page.hits


def _share(claims: Iterable[bool]) -> float:
    values = list(claims)
    return sum(values) / len(values) if values else 0.0
