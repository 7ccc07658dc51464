"""Turns the parameters of an address into a `Query`, and a `Query` into an address again.

The one place that knows their names, for the pages and for the API. The limits are the engine's:
they are looked at here as well, so that a reader is told in Arabic which one was passed.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import TypeVar
from urllib.parse import parse_qs, quote_plus

from search.engine import DEEPEST, LONGEST_QUERY, MOST_HITS
from search.errors import QueryError
from search.records import Filters, Kind, Mode, Query, Sort

Choice = TypeVar("Choice", bound=StrEnum)
Values = Mapping[str, list[str]]

_ASSUMED = Query(text="")  # what stands where nothing is given
_LONGEST_NUMBER = 18  # digits

_BROKEN_LINK = "رابط البحث غير سليم. أعد كتابة بحثك في الخانة."
_BAD_DATE = (
    "التاريخ غير صحيح. يُكتب بالسنة ثم الشهر ثم اليوم، هكذا:"
    " \N{LEFT-TO-RIGHT ISOLATE}2020-12-26\N{POP DIRECTIONAL ISOLATE}."
)
_UNKNOWN = {
    "mode": "طريقة البحث المطلوبة غير معروفة.",
    "kind": "نوع المواد المطلوب غير معروف.",
    "sort": "الترتيب المطلوب غير معروف.",
}


class RequestError(QueryError):
    """A parameter that cannot be used: the detail in English, a sentence for the reader."""

    def __init__(self, detail: str, sentence: str) -> None:
        super().__init__(detail)
        self.sentence = sentence


def read_query(query_string: bytes) -> Query:
    """Read the part of an address behind its question mark. An empty value is one not given.

    Raises:
        RequestError: a value is unknown, malformed, out of range, or given twice.
    """
    values = _values(query_string)
    kind = _choice(values, "kind", Kind)
    language = _single(values, "language")
    sources = tuple(dict.fromkeys(name for name in values.get("source", ()) if name))
    query = Query(
        text=_single(values, "q") or "",
        mode=_choice(values, "mode", Mode) or _ASSUMED.mode,
        filters=Filters(
            sources=sources or None,
            kinds=None if kind is None else (kind,),
            since=_day(values, "from"),
            until=_day(values, "to"),
            languages=None if language is None else (language,),
        ),
        sort=_choice(values, "sort", Sort) or _ASSUMED.sort,
        k=_number(values, "k", _ASSUMED.k),
        page=_number(values, "page", _ASSUMED.page),
    )
    _require_limits(query)
    return query


def write_query(query: Query) -> str:
    """Write what stands behind the question mark; what `read_query` assumes is left out."""
    filters = query.filters
    pairs: list[tuple[str, str | None]] = [
        ("q", query.text),
        ("mode", None if query.mode is _ASSUMED.mode else query.mode.value),
        *(("kind", kind.value) for kind in filters.kinds or ()),
        *(("source", name) for name in filters.sources or ()),
        *(("language", name) for name in filters.languages or ()),
        ("from", filters.since.isoformat() if filters.since else None),
        ("to", filters.until.isoformat() if filters.until else None),
        ("sort", None if query.sort is _ASSUMED.sort else query.sort.value),
        ("k", None if query.k == _ASSUMED.k else str(query.k)),
        ("page", None if query.page == _ASSUMED.page else str(query.page)),
    ]
    return "&".join(f"{name}={_quoted(value)}" for name, value in pairs if value is not None)


# A page of results writes the same few values into each of its links.
_quoted = lru_cache(maxsize=1024)(quote_plus)


def _values(query_string: bytes) -> Values:
    try:
        return parse_qs(query_string.decode(), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise RequestError(
            "the address is not UTF-8: encode its parameters as UTF-8", _BROKEN_LINK
        ) from None


def _single(values: Values, name: str) -> str | None:
    given = values.get(name, [])
    if len(given) > 1:
        raise RequestError(f"{name} is given {len(given)} times: give it once", _BROKEN_LINK)
    return given[0] or None if given else None


def _choice(values: Values, name: str, choices: type[Choice]) -> Choice | None:
    value = _single(values, name)
    if value is None:
        return None
    try:
        return choices(value)
    except ValueError:
        raise RequestError(
            f"{name} is {value[:50]!r}: expected one of {', '.join(choices)}", _UNKNOWN[name]
        ) from None


def _day(values: Values, name: str) -> date | None:
    value = _single(values, name)
    if value is None:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise RequestError(
            f"{name} is {value[:50]!r}: expected a date as YYYY-MM-DD, such as 2020-12-26",
            _BAD_DATE,
        ) from None


def _number(values: Values, name: str, default: int) -> int:
    value = _single(values, name)
    if value is None:
        return default
    digits = value.removeprefix("-")
    if not digits.isdecimal() or len(digits) > _LONGEST_NUMBER:
        raise RequestError(f"{name} is {value[:50]!r}: expected a whole number", _BROKEN_LINK)
    return int(value)


def _require_limits(query: Query) -> None:
    if not query.text.strip():
        raise RequestError(
            "q is empty: give at least one word to look for", "اكتب كلمة واحدة على الأقل للبحث."
        )
    if len(query.text) > LONGEST_QUERY:
        raise RequestError(
            f"q has {len(query.text)} characters: at most {LONGEST_QUERY} are taken",
            f"عبارة البحث طويلة: لا تزد على {LONGEST_QUERY} حرف.",
        )
    if not 1 <= query.k <= MOST_HITS:
        raise RequestError(
            f"k is {query.k}: expected 1 to {MOST_HITS} hits a page",
            f"عدد النتائج في الصفحة من 1 إلى {MOST_HITS}.",
        )
    if not 1 <= query.page <= DEEPEST // query.k:
        raise RequestError(
            f"page is {query.page}: expected 1 to {DEEPEST // query.k} with k={query.k}",
            "لا توجد صفحة بهذا الرقم في النتائج.",
        )
    since, until = query.filters.since, query.filters.until
    if since and until and since > until:
        raise RequestError(
            f"from {since} is after to {until}: nothing lies between them",
            "تاريخ البداية يقع بعد تاريخ النهاية.",
        )
