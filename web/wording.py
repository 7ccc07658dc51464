"""The Arabic words of the pages: names of the choices, and nouns that agree with their number."""

from dataclasses import dataclass

from search.records import Kind, Mode, Sort

KIND_NAMES = {Kind.ARTICLE: "مقال", Kind.HEADLINE: "عنوان"}
MODE_NAMES = {
    Mode.HYBRID: "بالمعنى وبالكلمات",
    Mode.SEMANTIC: "بالمعنى وحده",
    Mode.LEXICAL: "بالكلمات وحدها",
}
SORT_NAMES = {
    Sort.RELEVANCE: "الأقرب إلى البحث",
    Sort.NEWEST: "الأحدث أولا",
    Sort.OLDEST: "الأقدم أولا",
}

_THIN_SPACE = "\N{NARROW NO-BREAK SPACE}"


@dataclass(frozen=True, slots=True)
class Noun:
    """A counted noun: «مقال واحد»، «مقالان»، 3 «مقالات»، 11 «مقالا»، 100 «مقال»."""

    none: str
    one: str
    two: str
    few: str  # after 3 to 10
    many: str  # after 11 to 99
    hundreds: str  # after 100, 101, 102


RESULTS = Noun("لا نتائج", "نتيجة واحدة", "نتيجتان", "نتائج", "نتيجة", "نتيجة")
ARTICLES = Noun("لا مقالات", "مقال واحد", "مقالان", "مقالات", "مقالا", "مقال")
HEADLINES = Noun("لا عناوين", "عنوان واحد", "عنوانان", "عناوين", "عنوانا", "عنوان")
SOURCES = Noun("لا مصادر", "مصدر واحد", "مصدران", "مصادر", "مصدرا", "مصدر")
TIMES_MORE = Noun("", "مرة أخرى", "مرتين أخريين", "مرات أخرى", "مرة أخرى", "مرة أخرى")


def number(value: int) -> str:
    """Write a number in digits, thousands apart: «12 345» with a narrow space that never breaks."""
    return f"{value:,}".replace(",", _THIN_SPACE)


def count_of(value: int, noun: Noun) -> str:
    """Count things as Arabic does: «نتيجة واحدة»، «نتيجتان»، «3 نتائج»، «11 نتيجة»."""
    if value <= 2:
        return (noun.none, noun.one, noun.two)[value]
    last = value % 100
    form = noun.few if 3 <= last <= 10 else noun.many if last > 10 else noun.hundreds
    return f"{number(value)} {form}"


def more_than(value: int, noun: Noun) -> str:
    """Count what is at least so many: «أزيد من 124 نتيجة»; the dual bends after «من»."""
    counted = noun.two.removesuffix("ان") + "ين" if value == 2 else count_of(value, noun)
    return f"أزيد من {counted}"
