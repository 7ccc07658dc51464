"""Counts what a query found by field, for narrowing it."""

from collections import Counter
from collections.abc import Sequence
from datetime import date

from search.archive.catalogue import KINDS, NO_DAY, Catalogue
from search.records import Facet

MOST_VALUES = 50  # shown of each field


def count_facets(places: Sequence[int], catalogue: Catalogue) -> dict[str, tuple[Facet, ...]]:
    """Count the documents at these places of the catalogue by source, year and kind.

    The most frequent first, years newest first.
    """
    sources = Counter(
        name for place in places if (name := catalogue.source_names[catalogue.sources[place]])
    )
    days = [int(catalogue.days[place]) for place in places]
    years = Counter(date.fromordinal(day).year for day in days if day != NO_DAY)
    kinds = Counter(KINDS[catalogue.kinds[place]].value for place in places)
    by_count = {"source": sources.most_common(MOST_VALUES), "kind": kinds.most_common()}
    facets = {
        name: tuple(Facet(value, count) for value, count in counts)
        for name, counts in by_count.items()
    }
    facets["year"] = tuple(
        Facet(year, count) for year, count in sorted(years.items(), reverse=True)
    )
    return facets
