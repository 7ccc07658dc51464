"""Evaluates what a query demands over one state of a folder archive, as masks of its documents."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from search.index.candidates import Mask
from search.index.local.columns import ArchiveColumns, PassageIds
from search.index.local.lexical.searcher import LexicalSearcher
from search.plan import Phrase, Scope
from search.records import Filters, MissingPhrase

HARDLY_NARROWED = 0.5  # a filter that so many of the documents pass hardly narrows
# Passages with a phrase that are listed, so that the phrase may stand anywhere in a document. A
# phrase that more hold is demanded of the passages that are returned: listing takes longer.
MOST_LISTED = 20_000


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
    phrases: Sequence[tuple[str, Phrase]],
    excluded: Sequence[Phrase],
    columns: ArchiveColumns,
    lexical: LexicalSearcher,
    *,
    most_listed: int = MOST_LISTED,
) -> LocalScope:
    """Find out which documents may be returned; phrases that leave none are missing."""
    narrow, filtered, passes_narrow = filters, None, None
    for part in filters.parts:
        allowed = columns.allowed_documents(part)
        filtered = _both(filtered, allowed)
        if share_of(allowed) >= HARDLY_NARROWED:
            narrow = narrow.without(part)
        else:
            passes_narrow = _both(passes_narrow, allowed)
    demanded: list[Phrase] = []
    frequent: list[Phrase] = []
    missing: list[MissingPhrase] = []
    passes = filtered
    if phrases or excluded:
        passes = np.ones(len(columns.rows), bool) if filtered is None else filtered.copy()
        for phrase in excluded:
            passes &= ~_documents_of(lexical.holding(phrase, filters), columns)
        for written, phrase in phrases if passes.any() else ():
            passage_ids = lexical.holding(phrase, filters, most_listed + 1)
            if len(passage_ids) > most_listed:
                frequent.append(phrase)
            elif (both := passes & _documents_of(passage_ids, columns)).any():
                passes = both
                demanded.append(phrase)
            else:
                missing.append(MissingPhrase(written))
    return LocalScope(
        filters=filters,
        phrases=tuple(demanded),
        frequent=tuple(frequent),
        excluded=tuple(excluded),
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


def _documents_of(passage_ids: PassageIds, columns: ArchiveColumns) -> Mask:
    """Return which documents have any of these passages."""
    holds = np.zeros(len(columns.rows), dtype=bool)
    documents = columns.documents_of(passage_ids)
    holds[documents[documents >= 0]] = True
    return holds
