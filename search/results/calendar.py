"""Count the documents of one newspaper, or of a whole archive, by day of publication.

A calendar is read once for each commit (`CalendarCache`); years, months and neighbouring days are
computed from it without another query to the index. `search.results.browsing` lists the documents
themselves.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Self

import numpy as np
import numpy.typing as npt

from search.index import FacetField, Index, Period
from search.plan import QueryPlan
from search.records import Filters, Kind

_MAX_CACHED = 64  # calendars; a calendar of thirty years takes 170 kB
Integers = npt.NDArray[np.int64]


def plan_listing(index: Index, filters: Filters) -> QueryPlan:
    """Return the plan that every document within the filters matches."""
    return QueryPlan("", (), index.scope(filters), lists_all=True)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The number of documents that were published on each day.

    `days` are the days with documents as `date.toordinal()`, ascending; `sums[i]` is the number of
    documents before `days[i]`, and `sums[-1]` that of all dated documents.
    """

    total: int
    undated: int
    kinds: Mapping[Kind, int]
    languages: Mapping[str, int]
    days: Integers
    sums: Integers

    @classmethod
    def read(cls, index: Index, source: str | None) -> Self:
        """Count the documents of a newspaper by day, or those of the archive if `source` is None.

        The index counts twice: 1 ms for 3,000 documents of 30,000, linear in the documents.
        """
        plan = plan_listing(index, Filters(sources=None if source is None else (source,)))
        matches = index.match(plan)
        count_by_day = sorted(index.count_by(plan, Period.DAY).items())
        counts = np.array([count for _, count in count_by_day], np.int64)
        return cls(
            total=matches.total,
            undated=matches.undated,
            kinds={Kind(str(kind)): n for kind, n in matches.counts[FacetField.KIND].items()},
            languages={str(code): n for code, n in matches.counts[FacetField.LANGUAGE].items()},
            days=np.array([day for day, _ in count_by_day], np.int64),
            sums=np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)]),
        )

    @property
    def first(self) -> date | None:
        return date.fromordinal(int(self.days[0])) if len(self.days) else None

    @property
    def last(self) -> date | None:
        return date.fromordinal(int(self.days[-1])) if len(self.days) else None

    def count(self, since: date, until: date) -> int:
        """Count the documents of a span of days, both ends included."""
        start = np.searchsorted(self.days, since.toordinal(), side="left")
        stop = np.searchsorted(self.days, until.toordinal(), side="right")
        return int(self.sums[stop] - self.sums[start])

    def before(self, day: date) -> date | None:
        """Return the last day before this one that has documents."""
        place = int(np.searchsorted(self.days, day.toordinal(), side="left")) - 1
        return date.fromordinal(int(self.days[place])) if place >= 0 else None

    def after(self, day: date) -> date | None:
        """Return the first day after this one that has documents."""
        place = int(np.searchsorted(self.days, day.toordinal(), side="right"))
        return date.fromordinal(int(self.days[place])) if place < len(self.days) else None

    def earlier_years_of(self, day: date) -> Iterator[date]:
        """Yield the same day of earlier years, where it has documents, the latest year first."""
        if self.first is None:
            return
        for year in range(day.year - 1, self.first.year - 1, -1):
            if day.month == 2 and day.day == 29 and not _is_leap(year):
                continue
            same_day = day.replace(year=year)
            if self.count(same_day, same_day):
                yield same_day


class CalendarCache:
    """A cache of the calendars used last, of any archive state. Safe to share between threads."""

    def __init__(self) -> None:
        self._calendars: OrderedDict[tuple[str, str | None], Calendar] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, index: Index, source: str | None) -> Calendar:
        """Return the calendar of a newspaper, or of the archive if `source` is None."""
        key = index.identity.mark, source
        with self._lock:
            calendar = self._calendars.get(key)
            if calendar is not None:
                self._calendars.move_to_end(key)
                return calendar
        calendar = Calendar.read(index, source)
        with self._lock:
            self._calendars[key] = calendar
            while len(self._calendars) > _MAX_CACHED:
                self._calendars.popitem(last=False)
        return calendar


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
