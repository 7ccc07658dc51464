"""Presents ranked documents as one page of an answer: hits, facets, what was understood."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from search.encoders.identity import PieceQuery
from search.encoders.profile import EncoderProfile
from search.index import Index
from search.index.candidates import Candidates
from search.plan import QueryPlan
from search.query.planning import suggest_spelling
from search.ranking.collapsing import evidence_by_group, sort_by_date
from search.ranking.confidence import Confidence
from search.ranking.rankings import Ranking
from search.records import DateHint, Mode, Query, SearchPage
from search.results.facets import count_facets
from search.results.hits import RankedDocument, write_hits


@dataclass(frozen=True, slots=True)
class RankedAnswer:
    """The documents of a query, best first, one of each text, and how they were ranked.

    `date_hint` is the plan's, where it brought documents forward.
    """

    documents: Candidates
    rankings: Mapping[Mode, Ranking]
    confidence: Confidence
    date_hint: DateHint | None = None


def present(
    ranked: RankedAnswer,
    query: Query,
    plan: QueryPlan,
    index: Index,
    piece_query: PieceQuery | None,
    profile: EncoderProfile,
) -> SearchPage:
    """Return the page that the query asks for, without the time it took."""
    shown = slice((query.page - 1) * query.k, query.page * query.k)
    documents = sort_by_date(ranked.documents, query.sort).take(shown)
    hints = (ranked.date_hint,) if ranked.date_hint else ()
    return SearchPage(
        query=query,
        hits=write_hits(tuple(_stored(documents, ranked, index)), plan, piece_query, profile),
        total=len(ranked.documents),
        total_is_exact=all(ranking.is_exact for ranking in ranked.rankings.values()),
        is_doubtful=ranked.confidence is Confidence.LOW,
        facets=count_facets(ranked.documents),
        understood=(*plan.scope.missing, *hints),
        suggestion=suggest_spelling(query.text, plan, index),
        took_ms=0.0,
    )


def _stored(documents: Candidates, ranked: RankedAnswer, index: Index) -> Iterator[RankedDocument]:
    """Yield the documents as they are stored; one removed since it was ranked is left out."""
    groups = documents.group.tolist()
    evidence = evidence_by_group(ranked.rankings, set(groups))
    copies = index.copies_of(documents.doc_ids())
    for stored, group, score in zip(
        index.passages(documents), groups, documents.score.tolist(), strict=True
    ):
        if stored is not None:
            passage, document = stored
            yield RankedDocument(
                document, passage, score, evidence[group], copies.get(document.doc_id, ())
            )
