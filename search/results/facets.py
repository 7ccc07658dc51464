"""Counts the documents of a query by field, for narrowing it."""

from collections import Counter
from collections.abc import Sequence
from datetime import date

import numpy as np
import numpy.typing as npt

from search.index.candidates import KINDS, NO_DAY, Candidates, Codes
from search.records import Facet

MOST_VALUES = 50  # shown of each field
_DAYS_BEFORE_1970 = date(1970, 1, 1).toordinal()


def count_facets(documents: Candidates) -> dict[str, tuple[Facet, ...]]:
    """Count the documents by source, year, month (`2020-12`), kind and language.

    The most frequent first, years newest first, months oldest first.
    """
    sources = _counts(documents.source, documents.source_names)
    kinds = _counts(documents.kind, [kind.value for kind in KINDS])
    languages = _counts(documents.language, documents.language_names)
    days = documents.day
    months = _months(days[days != NO_DAY])
    first = int(months.min(initial=12 * 9999))
    counts = np.bincount(months - first)
    by_month = [
        (divmod(month + first, 12), int(counts[month])) for month in np.flatnonzero(counts).tolist()
    ]
    years: Counter[int] = Counter()
    for (year, _), count in by_month:
        years[year] += count
    return {
        "source": _facets(sources[:MOST_VALUES]),
        "kind": _facets(kinds),
        "year": _facets(sorted(years.items(), reverse=True)),
        "month": _facets([(f"{year:04d}-{month + 1:02d}", n) for (year, month), n in by_month]),
        "language": _facets(languages),
    }


def _months(days: Codes) -> npt.NDArray[np.int64]:
    """Return the months since the beginning of year 0; a calendar would be slow."""
    since_1970 = (days.astype(np.int64) - _DAYS_BEFORE_1970).astype("datetime64[D]")
    return since_1970.astype("datetime64[M]").astype(np.int64) + 12 * 1970


def _counts(codes: Codes, names: Sequence[str | None]) -> list[tuple[str, int]]:
    """Count by name, the most frequent first, equals as they were first stored."""
    counts = np.bincount(codes, minlength=len(names))
    order = np.argsort(-counts, kind="stable").tolist()
    count_by_name = ((names[code], int(counts[code])) for code in order)
    return [(name, count) for name, count in count_by_name if name and count]


def _facets(counts: Sequence[tuple[str | int, int]]) -> tuple[Facet, ...]:
    return tuple(Facet(value, count) for value, count in counts)
