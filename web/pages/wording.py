"""Write the words of the pages: choices, numbers, days, and nouns that agree with a number.

Arabic is the original and stands in the code; `web.localization` returns French and English.
"""

from dataclasses import dataclass
from datetime import date

from flask_babel import format_date, get_locale, ngettext

from search.language.dates import MOROCCAN_MONTHS, write_date
from search.query.examples import ExampleKind
from search.records import Kind, Match, Mode, Sort, Within
from web.localization import is_arabic, lazy_translate, page_language, translate

_THOUSANDS = {"en": ","}  # other languages have a narrow no-break space
_PERCENT = {"ar": "٪", "fr": "\N{NO-BREAK SPACE}%", "en": "%"}


@dataclass(frozen=True, slots=True)
class Noun:
    """A counted noun: «مقال واحد»، «مقالان»، 3 «مقالات»، 11 «مقالا»، 100 «مقال».

    The fields are the plural categories of CLDR for Arabic.
    """

    zero: str
    one: str
    two: str
    few: str  # after 3 to 10
    many: str  # after 11 to 99
    other: str  # after 100, 101, 102


# The translation catalogues identify a noun by `one` and `few`.
MATCHING_DOCUMENTS = Noun(
    "لا وثيقة تذكر هذا",
    "وثيقة واحدة تذكر هذا",
    "وثيقتان تذكران هذا",
    "وثائق تذكر هذا",
    "وثيقة تذكر هذا",
    "وثيقة تذكر هذا",
)
MATCHING_ARTICLES = Noun(
    "لا مقال يذكر هذا",
    "مقال واحد يذكر هذا",
    "مقالان يذكران هذا",
    "مقالات تذكر هذا",
    "مقالا يذكر هذا",
    "مقال يذكر هذا",
)
NEAR = Noun(
    "",
    "نتيجة قريبة في المعنى",
    "نتيجتان قريبتان في المعنى",
    "نتائج قريبة في المعنى",
    "نتيجة قريبة في المعنى",
    "نتيجة قريبة في المعنى",
)
TEXTS = Noun("", "نص واحد", "نصين", "نصوص", "نصا", "نص")  # after «في»
# These forms stand after a verb.
UNDATED = Noun(
    "",
    "وثيقة بلا تاريخ",
    "وثيقتين بلا تاريخ",
    "وثائق بلا تاريخ",
    "وثيقة بلا تاريخ",
    "وثيقة بلا تاريخ",
)
ARTICLES = Noun("لا مقالات", "مقال واحد", "مقالان", "مقالات", "مقالا", "مقال")
HEADLINES = Noun(
    "لا عناوين بلا نص",
    "عنوان واحد بلا نص",
    "عنوانان بلا نص",
    "عناوين بلا نص",
    "عنوانا بلا نص",
    "عنوان بلا نص",
)
DOCUMENTS = Noun("لا وثائق", "وثيقة واحدة", "وثيقتان", "وثائق", "وثيقة", "وثيقة")
NEWSPAPERS = Noun("لا صحف", "صحيفة واحدة", "صحيفتان", "صحف", "صحيفة", "صحيفة")
OTHER_NEWSPAPERS = Noun(  # after «في»
    "",
    "صحيفة أخرى",
    "صحيفتين أخريين",
    "صحف أخرى",
    "صحيفة أخرى",
    "صحيفة أخرى",
)
WORDS = Noun("لا شيء", "كلمة واحدة", "كلمتان", "كلمات", "كلمة", "كلمة")
REPORTS = Noun("", "تقرير واحد", "تقريران", "تقارير", "تقريرا", "تقرير")
DAYS = Noun("", "يوم واحد", "يومين", "أيام", "يوما", "يوم")  # after «بعد»
TIMES = Noun("", "مرة أخرى", "مرتين أخريين", "مرات أخرى", "مرة أخرى", "مرة أخرى")

MATCH_NAMES = {
    Match.WORDS: "",
    Match.PARTIAL: lazy_translate("بعض الكلمات"),
    Match.MEANING: lazy_translate("قريب في المعنى"),
}
KIND_NAMES = {Kind.ARTICLE: lazy_translate("مقال"), Kind.HEADLINE: lazy_translate("عنوان بلا نص")}
MODE_NAMES = {
    Mode.HYBRID: lazy_translate("بالمعنى وبالكلمات"),
    Mode.SEMANTIC: lazy_translate("بالمعنى وحده"),
    Mode.LEXICAL: lazy_translate("بالكلمات وحدها"),
}
EXAMPLE_NAMES = {
    ExampleKind.QUESTION: lazy_translate("سؤال"),
    ExampleKind.NAME: lazy_translate("اسم"),
    ExampleKind.DARIJA: lazy_translate("بالدارجة"),
    ExampleKind.PHRASE: lazy_translate("عبارة"),
}
PART_NAMES = {
    Within.TEXT: lazy_translate("النص كله"),
    Within.LEAD: lazy_translate("العنوان والمقدمة"),
}
SORT_NAMES = {
    Sort.RELEVANCE: lazy_translate("الأقرب"),
    Sort.NEWEST: lazy_translate("الأحدث"),
    Sort.OLDEST: lazy_translate("الأقدم"),
}


def format_number(value: int) -> str:
    """Write a number with its thousands apart: «12 345»; `12,345` in English."""
    separator = _THOUSANDS.get(page_language(), "\N{NARROW NO-BREAK SPACE}")
    return f"{value:,}".replace(",", separator)


def format_decimal(value: float, decimals: int) -> str:
    """Write a number with a decimal point, or with the comma of French."""
    text = f"{value:.{decimals}f}"
    return text.replace(".", ",") if page_language() == "fr" else text


def format_percent(text: str) -> str:
    """Write a number as a percentage: «12.5٪»; `12,5 %`; `12.5%`."""
    return f"{text}{_PERCENT[page_language()]}"


def format_count(value: int, noun: Noun) -> str:
    """Write a number with its noun: «وثيقة واحدة»، «3 وثائق»، «11 وثيقة»; `11 documents`."""
    if not is_arabic():
        return str(ngettext(noun.one, noun.few, value, number=format_number(value)))
    if value <= 2:
        return (noun.zero, noun.one, noun.two)[value]
    last_digits = value % 100
    form = noun.few if 3 <= last_digits <= 10 else noun.many if last_digits > 10 else noun.other
    return f"{format_number(value)} {form}"


def format_duration(took_ms: float) -> str:
    """Write the time of a search: «4 مللي ثانية», or «1.2 ثانية» from one second on."""
    if took_ms >= 1000:
        return translate("%(count)s ثانية", count=format_decimal(took_ms / 1000, 1))
    return translate("%(count)s ملي ثانية", count=max(round(took_ms), 1))


def format_day(day: date) -> str:
    """Write a day: «26 دجنبر 2020», as Moroccan papers do; `26 décembre 2020`, `1er mai 2020`."""
    if is_arabic():
        return write_date(day)
    is_first_in_french = day.day == 1 and get_locale().language == "fr"
    return str(format_date(day, "d'er' MMMM y" if is_first_in_french else "d MMMM y"))


def format_month(month: date, *, with_year: bool = True) -> str:
    """Write the month of a day: «دجنبر 2020»."""
    if not is_arabic():
        return str(format_date(month, "LLLL y" if with_year else "LLL"))
    name = MOROCCAN_MONTHS[month.month - 1]
    return f"{name} {month.year}" if with_year else name


def name_months() -> list[str]:
    """Return the names of the months as `format_day` writes them."""
    if is_arabic():
        return list(MOROCCAN_MONTHS)
    return [str(format_date(date(2000, month, 1), "MMMM")) for month in range(1, 13)]


def name_language(code: str) -> str:
    """Return the name of a language: `fr` -> «الفرنسية»; the code itself where it has no name."""
    if code == "und":
        return translate("لغة غير معروفة")
    locale = get_locale()
    return str(locale.languages.get(code, code)) if locale else code
