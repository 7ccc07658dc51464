"""Which of two documents was published first, and whether this is known."""

from datetime import UTC, date, datetime

from search.records import Document, Kind
from search.results.chronology import Precedence, order_by_publication

SATURDAY, SUNDAY = date(2015, 7, 18), date(2015, 7, 19)


def test_documents_stand_in_the_order_of_their_publication():
    def document(doc_id, day=None, hour=None, zone=None):
        moment = day and hour and datetime(day.year, day.month, day.day, hour, tzinfo=zone)
        return Document(doc_id, Kind.ARTICLE, "عنوان", "نص", date=day, published_at=moment)

    cases = (
        (document("b", SATURDAY), document("a", SUNDAY), Precedence.KNOWN),
        (document("b", SATURDAY, 23), document("a", SUNDAY, 1), Precedence.KNOWN),
        (document("b", SUNDAY, 8), document("a", SUNDAY, 9), Precedence.KNOWN),
        (document("a", SUNDAY, 8), document("b", SUNDAY, 8), Precedence.SAME_DAY),
        (document("b", SUNDAY, 8), document("a", SUNDAY), Precedence.SAME_DAY),
        (document("b", SUNDAY, 8, UTC), document("a", SUNDAY, 9), Precedence.SAME_DAY),
        (document("b", SUNDAY), document("a"), Precedence.UNDATED),
        (document("a"), document("b"), Precedence.UNDATED),
    )
    for first, second, precedence in cases:
        for pair in ((first, second), (second, first)):
            assert order_by_publication(*pair) == (first, second, precedence), pair
