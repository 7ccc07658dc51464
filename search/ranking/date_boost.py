"""Raise the documents of the days that a query names a little; all functions are pure."""

from datetime import date

from search.index.candidates import Candidates, Mask
from search.ranking.reranking import in_order_of
from search.understood import DateHint

# Share of the range between the best and the last score that is added to a document of these days.
# A tenth changes hardly anything; a third ranks it before equal documents, not before better ones.
_SHARE_OF_SPREAD = 0.3


def is_of_date(documents: Candidates, hint: DateHint) -> Mask:
    """Return which documents are of the hinted days; a document without a date is not."""
    since, until = hint.since or date.min, hint.until or date.max
    within: Mask = (documents.day >= since.toordinal()) & (documents.day <= until.toordinal())
    return within


def boost(documents: Candidates, is_boosted: Mask) -> Candidates:
    """Return the documents in a new order, with the scores of some raised."""
    if not is_boosted.any():
        return documents
    gain = _SHARE_OF_SPREAD * float(documents.score[0] - documents.score[-1])
    return in_order_of(documents, documents.score + gain * is_boosted)
