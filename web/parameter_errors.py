"""Says what is wrong with a parameter: what was given and what was expected."""

from pydantic_core import ErrorDetails

from search.query.validation import DEEPEST, LONGEST_QUERY, MOST_HITS
from search.records import Kind, Mode, Sort

MOST_QUERIES = 100  # of one batch
MOST_SOURCES = 100  # of one query
LONGEST_SOURCE = 200  # characters

BROKEN_LINK = "رابط البحث غير سليم. أعد كتابة بحثك في الخانة."
_BAD_DATE = (
    "التاريخ غير صحيح. يُكتب بالسنة ثم الشهر ثم اليوم، هكذا:"
    " \N{LEFT-TO-RIGHT ISOLATE}2020-12-26\N{POP DIRECTIONAL ISOLATE}."
)
_NO_SUCH_PAGE = "لا توجد صفحة بهذا الرقم في النتائج."
_SENTENCES = {
    "mode": "طريقة البحث المطلوبة غير معروفة.",
    "kind": "نوع المواد المطلوب غير معروف.",
    "sort": "الترتيب المطلوب غير معروف.",
    "from": _BAD_DATE,
    "to": _BAD_DATE,
    "k": f"عدد النتائج في الصفحة من 1 إلى {MOST_HITS}.",
    "page": _NO_SUCH_PAGE,
}
_EXPECTED = {
    "q": f"text of 1 to {LONGEST_QUERY} characters",
    "mode": f"one of {', '.join(Mode)}",
    "kind": f"one of {', '.join(Kind)}",
    "source": f"up to {MOST_SOURCES} names of up to {LONGEST_SOURCE} characters",
    "language": "a language tag, such as ar or fr",
    "from": "a date as YYYY-MM-DD, such as 2020-12-26",
    "to": "a date as YYYY-MM-DD, such as 2020-12-26",
    "sort": f"one of {', '.join(Sort)}",
    "k": f"1 to {MOST_HITS} hits a page",
    "page": f"1 to {DEEPEST} with k=1, fewer with more",
}


def finding(name: str, error: ErrorDetails) -> tuple[str, str]:
    """Give the detail in English, and a sentence for the reader."""
    given, what = error["input"], error["type"]
    if what in ("page_too_deep", "backwards"):
        backwards = "تاريخ البداية يقع بعد تاريخ النهاية."
        return error["msg"], backwards if what == "backwards" else _NO_SUCH_PAGE
    if name == "q" and (what == "missing" or (isinstance(given, str) and not given.strip())):
        return "q is empty: give at least one word to look for", "اكتب كلمة واحدة على الأقل للبحث."
    if name == "q" and what == "string_too_long":
        return (
            f"q has {len(given)} characters: at most {LONGEST_QUERY} are taken",
            f"عبارة البحث طويلة: لا تزد على {LONGEST_QUERY} حرف.",
        )
    if name in _EXPECTED:
        shown = repr(given)[:52]
        return f"{name} is {shown}: expected {_EXPECTED[name]}", _SENTENCES.get(name, BROKEN_LINK)
    if name:
        return f"{name[:50]!r} is no field of a query: expected {', '.join(_EXPECTED)}", BROKEN_LINK
    return (
        f"expected an array of 1 to {MOST_QUERIES} queries, each a text or an object with q",
        BROKEN_LINK,
    )
