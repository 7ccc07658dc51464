"""Build the page of an answer from ranked documents: hits, facets and interpretations."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from search.encoders.identity import PieceQuery
from search.encoders.profile import EncoderProfile
from search.index import FacetField, Index, Matches
from search.index.candidates import Candidates
from search.plan import QueryPlan
from search.query.planning import resolve_sources
from search.query.suggestions import suggest
from search.ranking.collapsing import evidence_by_group
from search.ranking.confidence import ConfidenceFeatures
from search.ranking.rankings import Ranking
from search.records import Confidence, Match, Mode, Query, SearchPage, Sort
from search.results.facets import build_facets
from search.results.hits import RankedDocument, write_hits
from search.results.listing import Listing, list_page
from search.understood import DateHint


@dataclass(frozen=True, slots=True)
class RankedAnswer:
    """The best documents of a query, one for each text, and the rankings they come from.

    `date_hint` is the plan's, if it raised any document. `features` are those that the confidence
    was judged by, or None where it was not judged.
    """

    documents: Candidates
    rankings: Mapping[Mode, Ranking]
    confidence: Confidence
    date_hint: DateHint | None = None
    features: ConfidenceFeatures | None = None


def present(
    ranked: RankedAnswer,
    matches: Matches,
    query: Query,
    plan: QueryPlan,
    index: Index,
    piece_query: PieceQuery | None,
    profile: EncoderProfile,
) -> SearchPage:
    """Return the page of a query, with `took_ms` left at 0."""
    query = replace(query, filters=resolve_sources(query.filters.in_order, index))
    if plan.lists_all and query.sort is Sort.RELEVANCE:
        query = replace(query, sort=Sort.NEWEST)  # all documents are equally relevant
    listing = list_page(ranked.documents, matches, query, plan, index)
    days = plan.day_filter
    hints = [ranked.date_hint] if ranked.date_hint else []
    if days is not None:
        total_of_all_days = matches.undated + sum(matches.counts[FacetField.MONTH].values())
        hints = [replace(days, elsewhere=total_of_all_days - matches.total)]
    suggestion = suggest(query, plan, matches, index)
    return SearchPage(
        query=query,
        hits=write_hits(tuple(_stored(listing, ranked, index)), plan, piece_query, profile),
        total=matches.total,
        texts=matches.texts,
        texts_is_exact=matches.texts_is_exact,
        near=listing.near,
        listed=listing.listed,
        undated=matches.undated,
        facets=build_facets(matches),
        understood=(*plan.scope.missing, *hints, *plan.notes),
        suggestion=suggestion.text if suggestion else None,
        suggestion_total=suggestion.total if suggestion else 0,
        confidence=ranked.confidence,
        filters=plan.scope.filters,
        lists_all=plan.lists_all,
        took_ms=0.0,
    )


def _stored(listing: Listing, ranked: RankedAnswer, index: Index) -> Iterator[RankedDocument]:
    """Yield the documents as stored; documents removed since they were listed are left out."""
    documents = listing.documents
    groups = documents.group.tolist()
    evidence = evidence_by_group(ranked.rankings, set(groups))
    copies = index.copies_of(documents.doc_ids())
    for stored, group, score, is_match in zip(
        index.passages(documents),
        groups,
        documents.score.tolist(),
        listing.is_match.tolist(),
        strict=True,
    ):
        if stored is not None:
            passage, document = stored
            match = Match.WORDS
            if not is_match:
                match = Match.PARTIAL if Mode.LEXICAL in evidence[group] else Match.MEANING
            yield RankedDocument(
                document, passage, score, match, evidence[group], copies.get(document.doc_id, ())
            )
