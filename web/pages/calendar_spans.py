"""Read and write years, months and days in addresses: `2019/03/05` of a newspaper, `2019-03-05`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Self

from flask import url_for

from web.pages.navigation import month_bounds, name_period
from web.pages.wording import format_day

UNDATED = "undated"  # stands in the place of a year


@dataclass(frozen=True, slots=True)
class CalendarSpan:
    """A year, a month or a day of the calendar, from the day `first` to the day `last`."""

    first: date
    last: date

    @classmethod
    def parse(cls, parts: Sequence[str]) -> Self:
        """Parse a year, with its month and day where they are given.

        Raises:
            ValueError: the calendar has no such day.
        """
        if not 1 <= len(parts) <= 3 or not all(_is_number(part) for part in parts):
            raise ValueError(f"{'-'.join(parts)[:50]!r} is not a year, month or day")
        year, month, day = (*map(int, parts), *(1,) * (3 - len(parts)))
        first = date(year, month, day)
        return (cls.of_year, cls.of_month, cls.of_day)[len(parts) - 1](first)

    @classmethod
    def of_year(cls, day: date) -> Self:
        return cls(date(day.year, 1, 1), date(day.year, 12, 31))

    @classmethod
    def of_month(cls, day: date) -> Self:
        return cls(*month_bounds(day))

    @classmethod
    def of_day(cls, day: date) -> Self:
        return cls(day, day)

    @property
    def is_year(self) -> bool:
        return self.first.month != self.last.month

    @property
    def is_day(self) -> bool:
        return self.first == self.last

    @property
    def parts(self) -> tuple[str, ...]:
        """The year; for a month or a day, also the month; for a day, also the day."""
        return tuple(self.first.isoformat().split("-"))[: 1 if self.is_year else 2 + self.is_day]

    @property
    def name(self) -> str:
        """The span in words: «سنة 2020»، «ماي 2019»، «3 ماي 2019»."""
        return format_day(self.first) if self.is_day else name_period(self.first, self.last)

    def around(self, day: date) -> Self:
        """Return the span of the same length that a day is in."""
        if self.is_day:
            return self.of_day(day)
        return self.of_year(day) if self.is_year else self.of_month(day)


class CalendarAddresses:
    """The addresses in the calendar of a newspaper, or of the archive where `source` is None.

    A page of a year has hundreds of addresses, so their common start is built once.
    """

    def __init__(self, source: str | None) -> None:
        self.source = source
        self.source_url = "" if source is None else build_source_url(source)
        self._separator = "-" if source is None else "/"
        self._start = url_for("browsing.show_day", period="0")[:-1]
        if source is not None:
            self._start = f"{self.source_url}/"

    def url(self, span: CalendarSpan) -> str:
        return self._start + self._separator.join(span.parts)

    @property
    def undated_url(self) -> str:
        """The address of a newspaper's documents without a date."""
        return f"{self._start}{UNDATED}"


def build_source_url(source: str) -> str:
    return url_for("browsing.show_source", path=source)


def build_day_url(day: date) -> str:
    return url_for("browsing.show_day", period=day.isoformat())


def _is_number(part: str) -> bool:
    return part.isascii() and part.isdecimal() and len(part) <= 4
