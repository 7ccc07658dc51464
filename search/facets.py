"""Counts what a query found by field, for narrowing it."""

from collections import Counter
from collections.abc import Sequence
from datetime import date

from search.archive.catalogue import KINDS, NO_DAY, Catalogue
from search.records import Facet

MOST_VALUES = 50  # shown of each field


def count_facets(places: Sequence[int], catalogue: Catalogue) -> dict[str, tuple[Facet, ...]]:
    """Count the documents at these places by source, year, month (`2020-12`), kind and language.

    The most frequent first, years newest first, months oldest first.
    """
    sources = Counter(
        name for place in places if (name := catalogue.source_names[catalogue.sources[place]])
    )
    kinds = Counter(KINDS[catalogue.kinds[place]].value for place in places)
    languages = Counter(catalogue.language_names[catalogue.languages[place]] for place in places)
    days = [int(catalogue.days[place]) for place in places]
    months = Counter(date.fromordinal(day).strftime("%Y-%m") for day in days if day != NO_DAY)
    years: Counter[int] = Counter()
    for month, count in months.items():
        years[int(month[:4])] += count
    return {
        "source": _facets(sources.most_common(MOST_VALUES)),
        "kind": _facets(kinds.most_common()),
        "year": _facets(sorted(years.items(), reverse=True)),
        "month": _facets(sorted(months.items())),
        "language": _facets(languages.most_common()),
    }


def _facets(counts: Sequence[tuple[str | int, int]]) -> tuple[Facet, ...]:
    return tuple(Facet(value, count) for value, count in counts)
