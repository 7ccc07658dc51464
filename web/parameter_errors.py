"""Describe invalid parameters: the value of each, and the values that were expected."""

from pydantic_core import ErrorDetails

from search.query.validation import MAX_HIT_RANK, MAX_HITS_PER_PAGE, MAX_QUERY_LENGTH
from search.records import Kind, Mode, Sort, Within
from search.trends.series import MAX_TERMS, Resolution

MAX_QUERIES = 100  # per batch
MAX_SOURCES = 100  # per query
MAX_SOURCE_LENGTH = 200  # characters

BROKEN_LINK = "رابط البحث غير سليم. اكتب بحثك من جديد."
EMPTY = "q is empty: give at least one word to look for, or a filter"
UNDATED_DAYS = "undated is given with from or to: a document without a date has no day within them"
_BAD_DATE = (
    "التاريخ غير صحيح. يُكتب بالسنة ثم الشهر ثم اليوم، هكذا:"
    " \N{LEFT-TO-RIGHT ISOLATE}2020-12-26\N{POP DIRECTIONAL ISOLATE}."
)
_NO_TERM = "q is empty: give at least one word to look for", "اكتب كلمة واحدة على الأقل."
NO_SUCH_PAGE = "لا توجد صفحة بهذا الرقم في النتائج."
_TOGETHER = {  # errors of several parameters together
    "empty": _NO_TERM[1],
    "undated_days": "ما لا تاريخ له لا يقع في أي مدة: اختر أحد الأمرين.",
    "page_too_deep": NO_SUCH_PAGE,
}
_SENTENCES = {
    "mode": "طريقة البحث المطلوبة غير معروفة.",
    "kind": "نوع الوثائق المطلوب غير معروف.",
    "sort": "الترتيب المطلوب غير معروف.",
    "from": _BAD_DATE,
    "to": _BAD_DATE,
    "k": f"عدد النتائج في الصفحة بين 1 و{MAX_HITS_PER_PAGE}.",
    "page": NO_SUCH_PAGE,
}
_EXPECTED = {
    "q": f"text of up to {MAX_QUERY_LENGTH} characters",
    "mode": f"one of {', '.join(Mode)}",
    "kind": f"one of {', '.join(Kind)}",
    "source": f"up to {MAX_SOURCES} names of up to {MAX_SOURCE_LENGTH} characters",
    "language": f"up to {MAX_SOURCES} language tags, such as ar or fr",
    "from": "a date as YYYY-MM-DD, such as 2020-12-26",
    "to": "a date as YYYY-MM-DD, such as 2020-12-26",
    "undated": "1 or 0",
    "sort": f"one of {', '.join(Sort)}",
    "within": f"one of {', '.join(Within)}",
    "k": f"1 to {MAX_HITS_PER_PAGE} hits a page",
    "page": f"1 to {MAX_HIT_RANK} with k=1, fewer with more",
}
_EXPECTED_OF_TRENDS = {"by": f"one of {', '.join(Resolution)}", "share": "1 or 0"}


def describe_error(name: str, error: ErrorDetails) -> tuple[str, str]:
    """Return the detail in English and the sentence for the reader of an invalid parameter."""
    value, error_type = error["input"], error["type"]
    if name == "q" and isinstance(value, list):
        return _describe_terms(value)
    if error_type in _TOGETHER:
        return error["msg"], _TOGETHER[error_type]
    if name == "q" and (error_type == "missing" or not str(value).strip()):
        return _NO_TERM
    if name == "q" and error_type == "string_too_long":
        return (
            f"q has {len(value)} characters: at most {MAX_QUERY_LENGTH} are allowed",
            f"عبارة البحث طويلة: {MAX_QUERY_LENGTH} حرف على الأكثر.",
        )
    expected = _EXPECTED.get(name) or _EXPECTED_OF_TRENDS.get(name)
    if expected:
        excerpt = repr(value)[:52]
        return f"{name} is {excerpt}: expected {expected}", _SENTENCES.get(name, BROKEN_LINK)
    if name:
        return (
            f"{name[:50]!r} is not a field of a query: expected {', '.join(_EXPECTED)}",
            BROKEN_LINK,
        )
    return (
        f"expected an array of 1 to {MAX_QUERIES} queries, each a text or an object with q",
        BROKEN_LINK,
    )


def _describe_terms(terms: list[object]) -> tuple[str, str]:
    if not terms:
        return _NO_TERM
    return (
        f"q is given {len(terms)} times: at most {MAX_TERMS} terms are compared",
        f"يمكن مقارنة {MAX_TERMS} عبارات معا على الأكثر.",
    )
