"""What the filters of a query leave of one state of an archive, and which of them leave little."""

from dataclasses import dataclass

import numpy as np

from search.index.local.columns import Catalogue, Mask
from search.records import Filters

HARDLY_NARROWED = 0.5  # a filter that so many of the documents pass hardly narrows


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Which documents of the catalogue pass the filters; None where all do.

    `narrow` are the filters that few documents pass, and `among` the share of those that pass it.
    """

    passes: Mask | None
    narrow: Filters
    among: float


EVERYTHING = Narrowing(None, Filters(), 1.0)


def narrow_by(filters: Filters, catalogue: Catalogue) -> Narrowing:
    """Find out what each filter leaves, each once."""
    narrow, passes, passes_narrow = filters, None, None
    for part in filters.parts:
        allowed = catalogue.allowed_documents(part)
        passes = both(passes, allowed)
        if share(allowed) >= HARDLY_NARROWED:
            narrow = narrow.without(part)
        else:
            passes_narrow = both(passes_narrow, allowed)
    return Narrowing(passes, narrow, share(passes_narrow))


def both(one: Mask | None, other: Mask | None) -> Mask | None:
    """Tell what passes two masks; None passes all."""
    if one is None or other is None:
        return one if other is None else other
    passes: Mask = one & other
    return passes


def share(passes: Mask | None) -> float:
    """Give the share of those that pass."""
    return 1.0 if passes is None else float(np.count_nonzero(passes)) / max(1, len(passes))
