"""Evaluates the filters and demands of a query as masks of the documents of one state."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from search.index.candidates import Mask
from search.index.local.columns import ArchiveColumns
from search.index.local.lexical.documents import DocumentSearcher
from search.plan import AnyOf, Contains, Demand, NoneOf, Scope
from search.records import Filters
from search.understood import MissingPhrase

BROAD_FILTER_SHARE = 0.5  # from this share of documents that pass on, a filter hardly narrows


@dataclass(frozen=True, slots=True)
class LocalScope(Scope):
    """A scope with the masks of one state.

    `passes` marks the documents that may be returned; None means all. `narrow` holds the filters
    that few documents pass, and `share_of_narrow` is the share of documents that pass these.
    """

    passes: Mask | None = None
    narrow: Filters = field(default_factory=Filters)
    share_of_narrow: float = 1.0

    @property
    def share(self) -> float:
        """Return the share of the documents that may be returned."""
        return share_of(self.passes)


def evaluate_scope(
    filters: Filters,
    demands: Sequence[Demand],
    phrases: Sequence[Contains],
    columns: ArchiveColumns,
    documents: DocumentSearcher,
) -> LocalScope:
    """Build the scope of a query; a phrase that no remaining document satisfies is missing."""
    narrow, passes, passes_narrow = filters, None, None
    for part in filters.parts:
        allowed = columns.allowed_documents(part)
        passes = _intersection(passes, allowed)
        if share_of(allowed) >= BROAD_FILTER_SHARE:
            narrow = narrow.without(part)
        else:
            passes_narrow = _intersection(passes_narrow, allowed)
    for demand in demands:
        passes = _intersection(passes, _satisfying(demand, filters, columns, documents))
    satisfied: list[Contains] = []
    missing: list[MissingPhrase] = []
    for phrase in phrases:
        if passes is not None and not passes.any():
            satisfied.append(phrase)  # no document is left to decide
            continue
        narrowed = _intersection(passes, _satisfying(phrase, filters, columns, documents))
        if narrowed is not None and narrowed.any():
            passes = narrowed
            satisfied.append(phrase)
        else:
            missing.append(MissingPhrase(phrase.text))
    return LocalScope(
        filters=filters,
        demands=(*demands, *satisfied),
        missing=tuple(missing),
        passes=passes,
        narrow=narrow,
        share_of_narrow=share_of(passes_narrow),
    )


def share_of(passes: Mask | None) -> float:
    """Return the share of documents that pass a mask; None passes all."""
    return 1.0 if passes is None else float(np.count_nonzero(passes)) / max(1, len(passes))


def _intersection(first: Mask | None, second: Mask | None) -> Mask | None:
    if first is None or second is None:
        return first if second is None else second
    passes: Mask = first & second
    return passes


def _satisfying(
    demand: Demand, filters: Filters, columns: ArchiveColumns, documents: DocumentSearcher
) -> Mask:
    """Return which documents satisfy a demand."""
    if isinstance(demand, NoneOf):  # few documents satisfy an excluded part
        return ~_satisfying(AnyOf(demand.parts), filters, columns, documents)
    satisfies = np.zeros(len(columns.rows), dtype=bool)
    ords = columns.documents_of(documents.satisfying(demand, filters))
    satisfies[ords[ords >= 0]] = True
    return satisfies
