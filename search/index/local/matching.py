"""Counts the documents of a folder archive that match a plan, and the values of their fields.

Up to `MAX_LISTED` documents are listed and counted by the columns in memory; more are counted by
the documents' index. Both take one pass over that index, and one more for each filter, because the
facet of its field ignores it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from search.index import FacetField, Matches
from search.index.candidates import KINDS, NO_DAY, Codes
from search.index.local.columns import ArchiveColumns
from search.index.local.lexical.documents import DocumentSearcher
from search.index.local.lexical.schemas import KIND, LANGUAGE, MONTH, SOURCE
from search.plan import QueryPlan
from search.records import Filters

MAX_LISTED = 10_000  # up to this many matching documents are listed, and their texts counted
COLUMNS = {
    FacetField.SOURCE: SOURCE,
    FacetField.KIND: KIND,
    FacetField.LANGUAGE: LANGUAGE,
    FacetField.MONTH: MONTH,
}
_EPOCH = np.datetime64("1970-01-01").astype(object).toordinal()
_MONTHS_BEFORE_EPOCH = 12 * 1970

Counts = Mapping[str | int, int]


@dataclass(frozen=True, slots=True)
class LocalMatches(Matches):
    """Matches with the documents themselves, if these are few enough to be listed."""

    documents: Codes | None = field(default=None, compare=False)


def count_matching(
    plan: QueryPlan, columns: ArchiveColumns, documents: DocumentSearcher
) -> LocalMatches:
    """Count the documents of one state that match a plan, and the values of their fields."""
    filters = plan.scope.filters
    matching: Codes | None = None
    counts: dict[FacetField, Counts]
    if documents.max_matches(plan) <= MAX_LISTED:
        matching = _listed(plan, MAX_LISTED, columns, documents)
        total, counts = len(matching), _count_listed(matching, columns)
    else:
        within = documents.count(plan, filters, tuple(COLUMNS.values()))
        total = within.total
        counts = {name: within.by_value[column] for name, column in COLUMNS.items()}
    dated_or_not = total
    for part in filters.parts:
        name = _field_of(part)
        beyond = documents.count(plan, filters.without(part), (COLUMNS[name],))
        counts[name] = beyond.by_value[COLUMNS[name]]
        if name is FacetField.MONTH:
            dated_or_not = beyond.total
    undated = dated_or_not - sum(counts[FacetField.MONTH].values())
    if total > MAX_LISTED:
        texts = len(columns.rows) - int(np.count_nonzero(columns.is_copy))
        estimate = round(total * texts / len(columns.rows))
        return LocalMatches(total, estimate, False, undated, counts)
    if matching is None:
        matching = _listed(plan, total, columns, documents)
    texts = len(np.unique(columns.groups[matching]))
    return LocalMatches(total, texts, True, undated, counts, matching)


def _listed(
    plan: QueryPlan, limit: int, columns: ArchiveColumns, documents: DocumentSearcher
) -> Codes:
    return columns.documents_of(documents.all(plan, limit))


def _count_listed(matching: Codes, columns: ArchiveColumns) -> dict[FacetField, Counts]:
    """Count the values of each field among some documents; a missing value is not counted."""
    sources = _count_codes(columns.sources[matching])
    days = columns.days[matching]
    days = days[days != NO_DAY]
    months = (days - _EPOCH).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return {
        FacetField.SOURCE: {
            name: count
            for code, count in sources.items()
            if (name := columns.source_names[code]) is not None
        },
        FacetField.KIND: {
            KINDS[code].value: count
            for code, count in _count_codes(columns.kinds[matching]).items()
        },
        FacetField.LANGUAGE: {
            columns.language_names[code]: count
            for code, count in _count_codes(columns.languages[matching]).items()
        },
        FacetField.MONTH: {
            month: count for month, count in _count_codes(months + _MONTHS_BEFORE_EPOCH).items()
        },
    }


def _count_codes(codes: Codes) -> Mapping[int, int]:
    values, counts = np.unique(codes, return_counts=True)
    return dict(zip(values.tolist(), counts.tolist(), strict=True))


def _field_of(part: Filters) -> FacetField:
    """Return the field that a part of the filters restricts."""
    if part.sources is not None or part.excluded_sources is not None:
        return FacetField.SOURCE
    if part.kinds is not None:
        return FacetField.KIND
    return FacetField.LANGUAGE if part.languages is not None else FacetField.MONTH
