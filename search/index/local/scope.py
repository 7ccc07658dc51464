"""Evaluates what a query demands over one state of a folder archive, as masks of its documents."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from search.index.candidates import Mask
from search.index.local.columns import ArchiveColumns
from search.index.local.lexical.documents import DocumentSearcher
from search.plan import AnyOf, Demand, Holds, NoneOf, Scope
from search.records import Filters, MissingPhrase

HARDLY_NARROWED = 0.5  # a filter that so many of the documents pass hardly narrows


@dataclass(frozen=True, slots=True)
class LocalScope(Scope):
    """A scope with the masks of one state.

    `passes` tells which documents may be returned; None where all may. `narrow` are the filters
    that few documents pass, and `share_of_narrow` the share of documents that pass these.
    """

    passes: Mask | None = None
    narrow: Filters = field(default_factory=Filters)
    share_of_narrow: float = 1.0

    @property
    def share(self) -> float:
        """The share of the documents that may be returned."""
        return share_of(self.passes)


def evaluate_scope(
    filters: Filters,
    demands: Sequence[Demand],
    phrases: Sequence[Holds],
    columns: ArchiveColumns,
    documents: DocumentSearcher,
) -> LocalScope:
    """Find out which documents may be returned; phrases that leave none are missing."""
    narrow, passes, passes_narrow = filters, None, None
    for part in filters.parts:
        allowed = columns.allowed_documents(part)
        passes = _both(passes, allowed)
        if share_of(allowed) >= HARDLY_NARROWED:
            narrow = narrow.without(part)
        else:
            passes_narrow = _both(passes_narrow, allowed)
    for demand in demands:
        passes = _both(passes, _satisfying(demand, filters, columns, documents))
    satisfied: list[Holds] = []
    missing: list[MissingPhrase] = []
    for phrase in phrases:
        if passes is not None and not passes.any():
            satisfied.append(phrase)  # which no document can tell
            continue
        both = _both(passes, _satisfying(phrase, filters, columns, documents))
        if both is not None and both.any():
            passes = both
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
    """Return the share of documents that a mask lets pass; None lets all pass."""
    return 1.0 if passes is None else float(np.count_nonzero(passes)) / max(1, len(passes))


def _both(first: Mask | None, second: Mask | None) -> Mask | None:
    if first is None or second is None:
        return first if second is None else second
    passes: Mask = first & second
    return passes


def _satisfying(
    demand: Demand, filters: Filters, columns: ArchiveColumns, documents: DocumentSearcher
) -> Mask:
    """Return which documents satisfy a demand."""
    if isinstance(demand, NoneOf):  # few hold what is shut out
        return ~_satisfying(AnyOf(demand.parts), filters, columns, documents)
    satisfies = np.zeros(len(columns.rows), dtype=bool)
    ords = columns.documents_of(documents.satisfying(demand, filters))
    satisfies[ords[ords >= 0]] = True
    return satisfies
