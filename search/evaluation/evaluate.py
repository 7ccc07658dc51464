"""Search for every judged query, and measure the rankings and the times."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import ir_measures
import numpy as np
from ir_measures import RR, R, nDCG

from search.engine import SearchEngine
from search.errors import SearchError
from search.evaluation.judgements import EvaluationQuery, Qrel
from search.records import Document, Mode, Query

DEPTH = 100
TIMED = 300
MEASURES = {"nDCG@10": nDCG @ 10, "RR@10": RR @ 10, "recall@100": R @ 100}


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Means over the judged queries; a query without an answer counts as zero.

    `by_query` and `by_type` hold nDCG@10.
    """

    mode: Mode
    queries: int
    measures: dict[str, float]
    by_query: dict[str, float]
    by_type: dict[str, float]
    p50_ms: float
    p99_ms: float


def evaluate(
    engine: SearchEngine, queries: Sequence[EvaluationQuery], qrels: Iterable[Qrel], mode: Mode
) -> Evaluation:
    """Search for each judged query, after one unmeasured query that warms the process up.

    The times are those of the first page, which a reader waits for, over at most 300 queries. The
    measures are computed on the ranking to depth 100.

    Raises:
        SearchError: no query has a judgement.
    """
    judgements = _judgements(engine, qrels)
    judged_ids = {qrel.query_id for qrel in judgements}
    judged_queries = [query for query in queries if query.query_id in judged_ids]
    if not judged_queries:
        raise SearchError(
            "no query has a judgement: expected the query ids of the queries in the qrels too"
        )
    engine.search(Query("تسخين", mode))
    run: list[ir_measures.ScoredDoc] = []
    took_ms: list[float] = []
    for number, query in enumerate(judged_queries):
        if number < TIMED:
            took_ms.append(engine.search(Query(query.text, mode)).took_ms)
        doc_ids = engine.ranked_ids(Query(query.text, mode), DEPTH)
        run += [
            ir_measures.ScoredDoc(query.query_id, doc_id, -rank)
            for rank, doc_id in enumerate(doc_ids)
        ]
    value_by_query = {
        metric.query_id: float(metric.value)
        for metric in ir_measures.iter_calc([nDCG @ 10], judgements, run)
    }
    by_query = {query.query_id: value_by_query.get(query.query_id, 0.0) for query in judged_queries}
    means = ir_measures.calc_aggregate(MEASURES.values(), judgements, run)
    return Evaluation(
        mode=mode,
        queries=len(judged_queries),
        measures={name: float(means[measure]) for name, measure in MEASURES.items()},
        by_query=by_query,
        by_type=_by_type(judged_queries, by_query),
        p50_ms=float(np.percentile(took_ms, 50)),
        p99_ms=float(np.percentile(took_ms, 99)),
    )


def _judgements(engine: SearchEngine, qrels: Iterable[Qrel]) -> list[ir_measures.Qrel]:
    """Return the judgements with the current ids of their documents.

    The ids may have changed since the judgements were written.
    """
    documents: dict[str, Document | None] = {}
    relevance_of: dict[tuple[str, str], int] = {}
    for qrel in qrels:
        if qrel.doc_id not in documents:
            documents[qrel.doc_id] = engine.index.find(qrel.doc_id)
        document = documents[qrel.doc_id]
        key = (qrel.query_id, document.doc_id if document else qrel.doc_id)
        relevance_of[key] = max(qrel.relevance, relevance_of.get(key, 0))
    return [ir_measures.Qrel(*key, relevance) for key, relevance in relevance_of.items()]


def _by_type(queries: Sequence[EvaluationQuery], by_query: dict[str, float]) -> dict[str, float]:
    values: dict[str, list[float]] = defaultdict(list)
    for query in queries:
        values[query.type].append(by_query[query.query_id])
    return {name: float(np.mean(group)) for name, group in values.items() if name}
