"""Write trends as CSV, and as a table for a terminal.

In both of them, a share is missing where the collection has no document of that time.
"""

import csv
import io
from collections.abc import Iterator, Sequence

from search.results.facets import UNDATED
from search.spreadsheets import escape_formula
from search.trends.series import Trend, Trends, share_of

_GAP = "–"  # in a table; CSV has nothing there


def trends_csv(trends: Trends, *, as_share: bool) -> str:
    """Write a line for each period, and one for the undated documents where there are any."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    terms = [escape_formula(trend.term) for trend in trends.trends]
    writer.writerow([trends.query.by.value, "documents", *terms])
    for name, documents, counts in _rows(trends):
        values = [share_of(count, documents) for count in counts] if as_share else counts
        writer.writerow([name, documents, *values])  # None is written as nothing
    return table.getvalue()


def trends_text(trends: Trends, *, as_share: bool) -> str:
    """Write a table for a person to read, its terms numbered and listed below."""
    numbers = [f"({number})" for number in range(1, len(trends.trends) + 1)]
    lines = [[trends.query.by.value, "documents", *numbers]]
    for name, documents, counts in _rows(trends):
        values = [_write(count, documents, as_share=as_share) for count in counts]
        lines.append([name, f"{documents:,}", *values])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    table = ["  ".join(map(str.rjust, line, widths)) for line in lines]
    return "\n".join([*table, *map(_describe, numbers, trends.trends)])


def _rows(trends: Trends) -> Iterator[tuple[str, int, Sequence[int]]]:
    """Yield the name, the documents and the counts of each period, then of the undated ones."""
    counts = zip(*(trend.counts for trend in trends.trends), strict=True)
    for period, documents, of_period in zip(trends.periods, trends.documents, counts, strict=True):
        yield period.name, documents, of_period
    if trends.undated:
        yield UNDATED, trends.undated, [trend.undated for trend in trends.trends]


def _write(count: int, documents: int, *, as_share: bool) -> str:
    share = share_of(count, documents)
    if share is None:
        return _GAP
    return f"{100 * share:.2f} %" if as_share else f"{count:,}"


def _describe(number: str, trend: Trend) -> str:
    undated = f", and {trend.undated:,} that have no date" if trend.undated else ""
    return f"{number} {trend.term}: {trend.total:,} documents match{undated}"
