"""Counts the documents that match each of several terms by day, month or year.

A term is a line of the query language; `source:NAME` alone counts a newspaper. Counts are exact and
over the whole archive, and beside them stand those of all documents of the same time, so that a gap
in the collection is told from silence. Left out: smoothing, and the drawing (`web.pages`).
"""

from calendar import monthrange
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from search.errors import QueryError
from search.index import Index, Period
from search.plan import QueryPlan
from search.query.planning import plan_query
from search.query.validation import check_query
from search.records import Filters, Query
from search.stage_clock import StageClock

MAX_TERMS = 5  # lines of one chart that can be told apart
MAX_PERIODS = 4000  # eleven years of days, or three centuries of months


class TooManyPeriods(QueryError):
    """The time is too long to be counted by days, or even by months."""


class Resolution(StrEnum):
    """The period that one count of a trend covers."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class TrendsQuery:
    """The terms to compare, each as typed, and the documents they are counted among."""

    terms: tuple[str, ...]
    by: Resolution = Resolution.MONTH
    filters: Filters = field(default_factory=Filters)


@dataclass(frozen=True, slots=True)
class TimePeriod:
    """A day, a month or a year; `name` is its date in ISO 8601: `2020-12-26`, `2020-12`, `2020`."""

    name: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Trend:
    """How many documents match a term, in each period of the trends and without a date."""

    term: str
    counts: tuple[int, ...]
    undated: int

    @property
    def total(self) -> int:
        """Number of matching documents with a date."""
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class Trends:
    """The counts of all terms, over the same periods.

    The periods run from the first to the last that any document within the filters has; `documents`
    counts all of these, whatever they say. A period with none of them is a gap in the collection.
    The `undated` ones are counted whatever days the filters ask for.
    """

    query: TrendsQuery
    periods: tuple[TimePeriod, ...]
    documents: tuple[int, ...]
    undated: int
    trends: tuple[Trend, ...]

    def shares(self, trend: Trend) -> tuple[float | None, ...]:
        """Return the trend as shares of all documents, 0 to 1; None in a gap."""
        return tuple(map(share_of, trend.counts, self.documents))


def share_of(count: int, documents: int) -> float | None:
    """Return the count as a share of the documents; None of no documents."""
    return count / documents if documents else None


def count_trends(query: TrendsQuery, index: Index, *, limit_s: float | None = None) -> Trends:
    """Count the documents of each term over time, all in one state of an archive.

    Raises:
        QueryError: a term cannot be searched for, or there are none or too many of them.
        TooManyPeriods: the time is too long.
        SearchTimeout: it took longer than `limit_s`.
    """
    _check(query)
    clock = StageClock(limit_s)
    with index.read_session(), clock.stage("documents"):
        everything = _plan("", query.filters, index)
        by_number = _count(everything, query.by, index)
        numbers = range(min(by_number), max(by_number) + 1) if by_number else range(0)
        _check_length(numbers, query.by)
        undated = _count_undated(everything, index)
    trends = []
    for term in query.terms:
        with index.read_session(), clock.stage("terms"):
            plan = _plan(term, query.filters, index)
            counts = _count(plan, query.by, index)
            trends.append(
                Trend(
                    term,
                    tuple(counts.get(number, 0) for number in numbers),
                    _count_undated(plan, index) if undated else 0,
                )
            )
    return Trends(
        query,
        tuple(_period(number, query.by) for number in numbers),
        tuple(by_number.get(number, 0) for number in numbers),
        undated,
        tuple(trends),
    )


def _check(query: TrendsQuery) -> None:
    if not 1 <= len(query.terms) <= MAX_TERMS:
        raise QueryError(
            f"{len(query.terms)} terms: expected 1 to {MAX_TERMS}, each a query or a newspaper"
            " as source:NAME"
        )
    for term in query.terms:
        check_query(Query(term, filters=query.filters))


def _check_length(numbers: range, by: Resolution) -> None:
    if len(numbers) > MAX_PERIODS:
        first, last = _period(numbers[0], by), _period(numbers[-1], by)
        raise TooManyPeriods(
            f"{len(numbers)} {by}s lie between {first.name} and {last.name}, at most {MAX_PERIODS}"
            " are counted: count by month or year, or choose a shorter period"
        )


def _plan(term: str, filters: Filters, index: Index) -> QueryPlan:
    """Plan a term as a search does; no term stands for every document within the filters."""
    # What matches does not depend on the encoder, whose word pieces only help to rank.
    plan = plan_query(Query(term, filters=filters), index, None)
    return plan if term else replace(plan, lists_all=True)


def _count(plan: QueryPlan, by: Resolution, index: Index) -> Mapping[int, int]:
    """Count the matching documents by the numbers of `Period`, years by themselves."""
    if by is Resolution.DAY:
        return index.count_by(plan, Period.DAY)
    months = index.count_by(plan, Period.MONTH)
    if by is Resolution.MONTH:
        return months
    years: Counter[int] = Counter()
    for month, count in months.items():
        years[month // 12] += count
    return years


def _count_undated(plan: QueryPlan, index: Index) -> int:
    filters = replace(plan.scope.filters, since=None, until=None, undated=True)
    return index.count_matches(replace(plan, scope=index.scope(filters, plan.scope.demands)))


def _period(number: int, by: Resolution) -> TimePeriod:
    match by:
        case Resolution.DAY:
            first = last = date.fromordinal(number)
        case Resolution.MONTH:
            year, month = number // 12, number % 12 + 1
            first, last = date(year, month, 1), date(year, month, monthrange(year, month)[1])
        case Resolution.YEAR:
            first, last = date(number, 1, 1), date(number, 12, 31)
    length = {Resolution.DAY: 10, Resolution.MONTH: 7, Resolution.YEAR: 4}[by]
    return TimePeriod(first.isoformat()[:length], first, last)
