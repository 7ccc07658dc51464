"""Order documents by the time of their publication, and say whether this order is known.

A time of day without a time zone cannot be compared with one that has a zone.
"""

from datetime import UTC, date, datetime
from enum import Enum, auto

from search.records import Document


class Precedence(Enum):
    """What the dates of two documents say of which was published first."""

    KNOWN = auto()
    SAME_DAY = auto()  # and no times of day, or the same
    UNDATED = auto()


def publication_key(document: Document) -> tuple[date, datetime, str]:
    """Return a key that orders documents by time; documents of one time are ordered by their id.

    Documents without a time of day come last in their day, documents without a date last of all. A
    time without a zone counts as UTC here, so that every list has an order.
    """
    time = document.published_at or datetime.max
    return (
        document.date or date.max,
        time if time.tzinfo else time.replace(tzinfo=UTC),
        document.doc_id,
    )


def order_by_publication(one: Document, other: Document) -> tuple[Document, Document, Precedence]:
    """Return two documents in the order of publication, and whether this order is known."""
    first, second = sorted((one, other), key=publication_key)
    return first, second, _judge(first, second)


def _judge(first: Document, second: Document) -> Precedence:
    if first.date is None or second.date is None:
        return Precedence.UNDATED
    if first.date < second.date:
        return Precedence.KNOWN
    times = first.published_at, second.published_at
    if times[0] and times[1] and (times[0].tzinfo is None) == (times[1].tzinfo is None):
        return Precedence.KNOWN if times[0] != times[1] else Precedence.SAME_DAY
    return Precedence.SAME_DAY
