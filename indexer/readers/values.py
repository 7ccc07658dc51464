"""Convert the values of a record to texts: numbers, lists, and the objects of common exports.

The objects have these forms:

    WordPress       {"title": {"rendered": text}}
    NewsAPI         {"source": {"name": text}}
    Solr            {"title": [text]}
    New York Times  {"headline": {"main": text}}
    mongoexport     {"_id": {"$oid": id}, "date": {"$date": {"$numberLong": milliseconds}}}
"""

import math
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from indexer.readers.encodings import decode

# The members of an object that stand for its text, the surest first
_INNER = (
    "$oid $numberLong $numberInt $numberDouble $numberDecimal $uuid $symbol rendered name "
    "display_name #text @value $t _ value text raw html plain ar href main original"
).split()
INNER = frozenset(_INNER)
_NEWSAPI_CUT = re.compile(r"\s*(?:…|\.\.\.)?\s*\[\+\d+ chars\]\s*$")
_CUT_SIZE = 30  # characters at the end of a text, within which NewsAPI's mark stands
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DEEPEST = 5  # objects within one another, down to a text


def value_of(field: str, value: object) -> object:
    """Return the value of a field as a text or a number; any other value is returned unchanged.

    A missing value becomes None, and so does NaN. A list of texts is joined for a body, and reduced
    to its first text for other fields; a title of several texts stays a list.
    """
    value = _plain(value, _DEEPEST)
    if isinstance(value, list) and value and all(isinstance(text, str) for text in value):
        if field == "body":
            return "\n".join(value)
        if field != "title" or len(value) == 1:
            return value[0]
    if field == "body" and isinstance(value, str) and value.endswith("chars]"):
        return value[:-_CUT_SIZE] + _NEWSAPI_CUT.sub("", value[-_CUT_SIZE:])
    return value


def _plain(value: object, depth: int) -> object:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, float):
        # A column of whole numbers becomes a column of floats where a value is missing
        return _whole(value) if math.isfinite(value) else None
    if isinstance(value, Decimal):
        return str(value) if value.is_finite() else None
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return decode(value)
    if depth and isinstance(value, Mapping):
        return _plain_object(value, depth)
    if depth and isinstance(value, list | tuple):
        values: list[object] = []
        for item in value:
            plain = _plain(item, depth - 1)
            # WordPress has a list of terms for each of its taxonomies
            values += plain if isinstance(item, list) and isinstance(plain, list) else [plain]
        return [item for item in values if item is not None] or None
    return value


def _whole(value: float) -> float | int:
    return int(value) if value.is_integer() and abs(value) < 1 << 53 else value


def _plain_object(value: Mapping[str, object], depth: int) -> object:
    if "$date" in value:
        return _moment(_plain(value["$date"], depth - 1))
    name = next((name for name in _INNER if name in value), None)
    return value if name is None else _plain(value[name], depth - 1)


def _moment(value: object) -> object:
    """Return the ISO form of milliseconds since 1970, as mongoexport writes old and new dates."""
    try:
        return (_EPOCH + timedelta(milliseconds=int(str(value)))).isoformat()
    except (ValueError, OverflowError):
        return value
