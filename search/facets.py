"""Counts what a query found by field, for narrowing it."""

from collections import Counter
from collections.abc import Sequence
from datetime import date

import numpy as np

from search.archive.catalogue import KINDS, NO_DAY, Catalogue, Codes
from search.records import Facet

MOST_VALUES = 50  # shown of each field


def count_facets(places: Codes, catalogue: Catalogue) -> dict[str, tuple[Facet, ...]]:
    """Count the documents at these places by source, year, month (`2020-12`), kind and language.

    The most frequent first, years newest first, months oldest first.
    """
    sources = _counts(catalogue.sources[places], catalogue.source_names)
    kinds = _counts(catalogue.kinds[places], [kind.value for kind in KINDS])
    languages = _counts(catalogue.languages[places], catalogue.language_names)
    days = catalogue.days[places]
    # Day by day first: found documents share days, and a calendar is slow.
    distinct, counts = np.unique(days[days != NO_DAY], return_counts=True)
    months: Counter[tuple[int, int]] = Counter()
    for day, count in zip(distinct.tolist(), counts.tolist(), strict=True):
        known = date.fromordinal(day)
        months[known.year, known.month] += count
    years: Counter[int] = Counter()
    for (year, _), count in months.items():
        years[year] += count
    return {
        "source": _facets(sources[:MOST_VALUES]),
        "kind": _facets(kinds),
        "year": _facets(sorted(years.items(), reverse=True)),
        "month": _facets([(f"{y:04d}-{m:02d}", count) for (y, m), count in sorted(months.items())]),
        "language": _facets(languages),
    }


def _counts(codes: Codes, names: Sequence[str | None]) -> list[tuple[str, int]]:
    """Count by name, the most frequent first, equals as they were first stored."""
    counts = np.bincount(codes, minlength=len(names))
    order = np.argsort(-counts, kind="stable").tolist()
    named = ((names[code], int(counts[code])) for code in order)
    return [(name, count) for name, count in named if name and count]


def _facets(counts: Sequence[tuple[str | int, int]]) -> tuple[Facet, ...]:
    return tuple(Facet(value, count) for value, count in counts)
