"""Matches, counts and lists whole documents with tantivy, exactly and at any depth.

A document matches a plan if it passes the filters, satisfies every demand, and holds enough of the
matching words, each by an alternative that does not only rank. Ranking has no influence on matches.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import tantivy

from search.index.candidates import Scores
from search.index.local.columns import PassageIds
from search.index.local.lexical.filters import (
    Clause,
    any_of,
    at_least,
    demand_query,
    demanded,
    filter_clauses,
    in_field,
)
from search.index.local.lexical.schemas import (
    AUTHOR,
    LEAD,
    NEWEST,
    OLDEST,
    STEMS,
    TEXT,
    TITLE,
    document_schema,
    documents_folder,
)
from search.index.local.lexical.tantivy_folder import (
    UNREADABLE,
    converting_tantivy_errors,
    open_folder,
)
from search.index.local.lexical.writer import entries_from
from search.language.analysis import STEM_MARK, is_stem
from search.plan import Alternative, Demand, Field, QueryPlan
from search.records import Filters, Sort

TITLE_BOOST = 0.5  # of a title word; the text begins with the title, where it scores as well
_MAX_VALUES = 65_000  # of one facet; no archive has more newspapers or days
_FIELDS = {Field.ANYWHERE: TEXT, Field.TITLE: TITLE, Field.LEAD: LEAD, Field.AUTHOR: AUTHOR}
_ORDERS = {
    Sort.RELEVANCE: (None, tantivy.Order.Desc),
    Sort.NEWEST: (NEWEST, tantivy.Order.Desc),
    Sort.OLDEST: (OLDEST, tantivy.Order.Asc),
}


@dataclass(frozen=True, slots=True)
class Counts:
    """The number of matching documents, and of those with each value of some columns."""

    total: int
    by_value: Mapping[str, Mapping[Any, int]]  # Any: names, or days and months as numbers


class DocumentSearcher:
    """One state of the documents' index; safe to use from many threads."""

    def __init__(self, index: tantivy.Index, *, first_unnamed: int, removed: Sequence[int]) -> None:
        """Search the documents of a committed state.

        Entries from `first_unnamed` on, and the `removed` entries, which the index may still hold,
        are left out.
        """
        self._schema = index.schema
        with converting_tantivy_errors(UNREADABLE):
            self._searcher = index.searcher()
            unnamed = entries_from(self._schema, first_unnamed)
            is_ahead = bool(self._searcher.search(unnamed, limit=1, count=False).hits)
        self._foreign: list[Clause] = [(tantivy.Occur.MustNot, unnamed)] if is_ahead else []
        if removed:
            removals = tantivy.Query.term_set_query(self._schema, "passage_id", list(removed))
            self._foreign.append((tantivy.Occur.MustNot, removals))

    @classmethod
    def open(cls, folder: Path, *, first_unnamed: int, removed: Sequence[int]) -> Self:
        """Open the index of documents beside the index of passages in `folder`."""
        index = open_folder(documents_folder(folder), document_schema(), create=False)
        return cls(index, first_unnamed=first_unnamed, removed=removed)

    @property
    def entry_count(self) -> int:
        """Return the number of documents in the index, including entries outside this state."""
        return int(self._searcher.num_docs)

    def count(self, plan: QueryPlan, filters: Filters, columns: Sequence[str]) -> Counts:
        """Count the matching documents within these filters, and the values of some columns."""
        if plan.matches_nothing:
            return Counts(0, {column: {} for column in columns})
        aggregations: dict[str, Any] = {  # Any: tantivy's own nested form
            column: {"terms": {"field": column, "size": _MAX_VALUES}} for column in columns
        }
        aggregations["total"] = {"value_count": {"field": "passage_id"}}
        with converting_tantivy_errors(UNREADABLE):
            aggregates = self._searcher.aggregate(self._query(plan, filters), aggregations)
        by_value = {
            column: {bucket["key"]: bucket["doc_count"] for bucket in aggregates[column]["buckets"]}
            for column in columns
        }
        return Counts(int(aggregates["total"]["value"]), by_value)

    def listed(
        self,
        plan: QueryPlan,
        order: Sort,
        start: int,
        count: int,
        *,
        without: PassageIds | None = None,
    ) -> tuple[PassageIds, Scores]:
        """Return the first passages of matching documents, from position `start` on, and scores.

        The orders by date put undated documents last and documents of one day in the order of
        their ids, with scores of 0. The order by relevance is BM25 over the document. The
        documents `without` are left out.
        """
        count = min(count, self.entry_count - start)  # tantivy allocates memory for the whole limit
        if plan.matches_nothing or count <= 0:
            return PassageIds(np.empty(0, np.int64)), np.empty(0)
        query = self._query(plan, plan.scope.filters, is_scored=order is Sort.RELEVANCE)
        if without is not None and len(without):
            query = tantivy.Query.boolean_query(
                [(tantivy.Occur.Must, query), (tantivy.Occur.MustNot, self._named(without))]
            )
        field, direction = _ORDERS[order]
        with converting_tantivy_errors(UNREADABLE):
            hits = self._searcher.search(
                query,
                limit=count,
                offset=start,
                count=False,
                order_by_field=field,
                order=direction,
            ).hits
        scores = [score for score, _ in hits] if field is None else np.zeros(len(hits))
        return self._ids([address for _, address in hits]), np.array(scores, np.float64)

    def max_matches(self, plan: QueryPlan) -> int:
        """Return an upper bound of the number of matching documents, without a search.

        If n of the matching words may be missing, a match holds one of any n + 1 of them.
        """
        if plan.matches_nothing:
            return 0
        bounds = sorted(map(self._max_with_word, plan.matching_words))[
            : len(plan.matching_words) - plan.least + 1
        ]
        return sum(bounds) if plan.matching_words else self.entry_count

    def _max_with_word(self, word: Sequence[Alternative]) -> int:
        """Return an upper bound of the number of documents that hold a word."""
        bound = 0
        for alternative in word:
            if alternative.only_ranks:
                continue
            plain = (term.removesuffix(STEM_MARK) for term in alternative.terms)
            field = STEMS if is_stem(alternative.terms[0]) else TEXT
            with converting_tantivy_errors(UNREADABLE):
                bound += min(self._searcher.doc_freq(field, term) for term in plain)
        return bound

    def all(self, plan: QueryPlan, total: int) -> PassageIds:
        """Return the first passages of all matching documents, at most `total`, in any order."""
        if plan.matches_nothing or not total:
            return PassageIds(np.empty(0, np.int64))
        query = tantivy.Query.const_score_query(self._query(plan, plan.scope.filters), 0.0)
        with converting_tantivy_errors(UNREADABLE):
            hits = self._searcher.search(query, limit=total, count=False).hits
        return self._ids([address for _, address in hits])

    def filter_matches(self, plan: QueryPlan, first_passages: PassageIds) -> PassageIds:
        """Return the first passages of those of these documents that match, in any order."""
        if plan.matches_nothing or not len(first_passages):
            return PassageIds(np.empty(0, np.int64))
        matching = self._query(plan, plan.scope.filters)
        query = tantivy.Query.boolean_query(
            [(tantivy.Occur.Must, matching), (tantivy.Occur.Must, self._named(first_passages))]
        )
        with converting_tantivy_errors(UNREADABLE):
            hits = self._searcher.search(query, limit=len(first_passages), count=False).hits
        return self._ids([address for _, address in hits])

    def satisfying(self, demand: Demand, filters: Filters) -> PassageIds:
        """Return the documents that pass the filters and satisfy a demand, in .3 µs each."""
        query = demand_query(self._schema, demand, _fields_of)
        clauses = [demanded(query), *filter_clauses(self._schema, filters), *self._foreign]
        with converting_tantivy_errors(UNREADABLE):
            hits = self._searcher.search(
                tantivy.Query.boolean_query(clauses), limit=max(1, self.entry_count), count=False
            ).hits
        return self._ids([address for _, address in hits])

    def first_passages(self) -> set[int]:
        """Return the id of the first passage of every document, for a check of the archive."""
        with converting_tantivy_errors(UNREADABLE):
            hits = self._searcher.search(
                tantivy.Query.all_query(), limit=max(1, self.entry_count)
            ).hits
        return set(self._ids([address for _, address in hits]).tolist())

    def _query(
        self, plan: QueryPlan, filters: Filters, *, is_scored: bool = False
    ) -> tantivy.Query:
        clauses: list[Clause] = filter_clauses(self._schema, filters)
        clauses += [
            demanded(demand_query(self._schema, demand, _fields_of))
            for demand in plan.scope.demands
        ]
        if plan.matching_words:
            words = [self._word(word, is_scored=is_scored) for word in plan.matching_words]
            clauses += at_least(plan.least, words)
        if all(occur is tantivy.Occur.MustNot for occur, _ in clauses):
            clauses.append(demanded(tantivy.Query.all_query()))
        return tantivy.Query.boolean_query([*clauses, *self._foreign])

    def _word(self, word: Sequence[Alternative], *, is_scored: bool) -> tantivy.Query:
        queries = []
        for alternative in word:
            if alternative.only_ranks:
                continue
            if is_stem(alternative.terms[0]):
                plain = tuple(term.removesuffix(STEM_MARK) for term in alternative.terms)
                queries.append(in_field(self._schema, STEMS, plain))
                continue
            queries.append(in_field(self._schema, TEXT, alternative.terms))
            if is_scored:
                title = in_field(self._schema, TITLE, alternative.terms)
                queries.append(tantivy.Query.boost_query(title, TITLE_BOOST))
        return any_of(queries)

    def _named(self, first_passages: PassageIds) -> tantivy.Query:
        return tantivy.Query.term_set_query(self._schema, "passage_id", first_passages.tolist())

    def _ids(self, addresses: list[tantivy.DocAddress]) -> PassageIds:
        if not addresses:
            return PassageIds(np.empty(0, dtype=np.int64))
        with converting_tantivy_errors(UNREADABLE):
            ids = self._searcher.fast_field_values("passage_id", addresses)
        return PassageIds(np.array(ids, dtype=np.int64))


def _fields_of(field: Field, is_by_stem: bool) -> Sequence[str]:
    if is_by_stem:  # the index has no stems of a part of the text
        return (STEMS,) if field is Field.ANYWHERE else ()
    return (_FIELDS[field],)
