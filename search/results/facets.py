"""Build the facets of a page from the counts of `Index.match`, to help narrow a search.

`search.index.local.matching` counts the documents of an archive in a folder.
"""

from collections import Counter
from collections.abc import Mapping

from search.index import FacetField, Matches
from search.records import Facet

MAX_VALUES = 1000  # for each field
UNDATED = "undated"


def build_facets(matches: Matches) -> dict[str, tuple[Facet, ...]]:
    """Return the counts by source, year, month (`2020-12`), kind, language, and date.

    The most frequent values come first; years are ordered newest first, months oldest first.
    `date` counts the documents with and without a date.
    """
    by_month = sorted(matches.counts[FacetField.MONTH].items())
    years: Counter[int] = Counter()
    for month, count in by_month:
        years[int(month) // 12] += count
    return {
        "source": _by_frequency(matches.counts[FacetField.SOURCE]),
        "kind": _by_frequency(matches.counts[FacetField.KIND]),
        "year": tuple(Facet(year, count) for year, count in sorted(years.items(), reverse=True)),
        "month": tuple(Facet(_write_month(int(month)), count) for month, count in by_month),
        "language": _by_frequency(matches.counts[FacetField.LANGUAGE]),
        "date": tuple(
            Facet(value, count)
            for value, count in (("dated", sum(years.values())), (UNDATED, matches.undated))
        ),
    }


def _write_month(month: int) -> str:
    return f"{month // 12:04d}-{month % 12 + 1:02d}"


def _by_frequency(counts: Mapping[str | int, int]) -> tuple[Facet, ...]:
    """Return the values, the most frequent first; equal counts are ordered by value."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))
    return tuple(Facet(value, count) for value, count in ordered[:MAX_VALUES])
