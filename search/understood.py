"""What the search understood of a query beyond its words, and tells the reader. All are frozen."""

import datetime
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DateHint:
    """A span of days that the query names in words; either end may be open.

    Where `is_filter`, only documents of these days are found; otherwise they rank a little higher.
    Where `left_nothing`, the days were to filter, but no document matched, so that they only affect
    the ranking. `words` are the words for the days as typed; `without` is the query without these
    words. `elsewhere` is the number of matching documents that are undated or of other days.
    """

    since: datetime.date | None
    until: datetime.date | None
    words: str
    without: str
    is_filter: bool = False
    left_nothing: bool = False
    elsewhere: int = 0


@dataclass(frozen=True, slots=True)
class MissingPhrase:
    """A quoted phrase that no document within the query's scope holds.

    Its words were searched as plain words.
    """

    words: str


@dataclass(frozen=True, slots=True)
class UnreadMarks:
    """Operators of the query language that are out of place, and are searched as words."""

    marks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnknownSource:
    """A newspaper of the query that is not in the archive, and similar names that are."""

    name: str
    neighbours: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LeadOnly:
    """A restriction to documents that match the query by their title and first words.

    `elsewhere` is the number of other matching documents. Where `left_nothing`, no document matched
    by title and first words, and all matching documents are found.
    """

    elsewhere: int
    left_nothing: bool = False


@dataclass(frozen=True, slots=True)
class ReversedDays:
    """A filter on days whose end came before its start; `since` and `until` are its days in order.

    It was read as the range that was meant.
    """

    since: datetime.date
    until: datetime.date


Understood = DateHint | LeadOnly | MissingPhrase | ReversedDays | UnreadMarks | UnknownSource
