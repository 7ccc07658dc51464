"""The words of the pages: names of the choices, and nouns that agree with their number.

Arabic is the original and stands in the code; French and English come from `translations/`.
"""

from dataclasses import dataclass
from datetime import date

from flask import g, has_app_context
from flask_babel import format_date, get_locale, gettext, ngettext
from flask_babel.speaklater import LazyString

from search.language.dates import MOROCCAN_MONTHS, write_date
from search.records import Kind, Mode, Sort

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


# The catalogues know a noun by `one` and `few`.
RESULTS = Noun("لا نتائج", "نتيجة واحدة", "نتيجتان", "نتائج", "نتيجة", "نتيجة")
ARTICLES = Noun("لا مقالات", "مقال واحد", "مقالان", "مقالات", "مقالا", "مقال")
HEADLINES = Noun("لا عناوين", "عنوان واحد", "عنوانان", "عناوين", "عنوانا", "عنوان")
SOURCES = Noun("لا مصادر", "مصدر واحد", "مصدران", "مصادر", "مصدرا", "مصدر")
PAPERS = Noun("", "صحيفة أخرى", "صحيفتين", "صحف", "صحيفة", "صحيفة")  # after «في»
TIMES = Noun("", "مرة أخرى", "مرتين أخريين", "مرات أخرى", "مرة أخرى", "مرة أخرى")


def number(value: int) -> str:
    """Write a number in digits, thousands apart: «12 345» with a narrow space that never breaks."""
    return f"{value:,}".replace(",", _THIN_SPACE)


def say(text: str, **values: object) -> str:
    """Say a sentence in the reader's language, with `%(name)s` filled in."""
    if is_arabic():
        return text % values if values else text
    return str(gettext(text, **values))


def say_later(text: str) -> LazyString:
    """Say a sentence each time it is shown, in the language of that reader."""
    return LazyString(say, text)


KIND_NAMES = {Kind.ARTICLE: say_later("مقال"), Kind.HEADLINE: say_later("عنوان")}
MODE_NAMES = {
    Mode.HYBRID: say_later("بالمعنى وبالكلمات"),
    Mode.SEMANTIC: say_later("بالمعنى وحده"),
    Mode.LEXICAL: say_later("بالكلمات وحدها"),
}
SORT_NAMES = {
    Sort.RELEVANCE: say_later("الأقرب"),
    Sort.NEWEST: say_later("الأحدث"),
    Sort.OLDEST: say_later("الأقدم"),
}


def count_of(value: int, noun: Noun) -> str:
    """Count things: «نتيجة واحدة»، «نتيجتان»، «3 نتائج»، «11 نتيجة»; `11 résultats`."""
    if not is_arabic():
        return str(ngettext(noun.one, noun.few, value, number=number(value)))
    if value <= 2:
        return (noun.none, noun.one, noun.two)[value]
    last = value % 100
    form = noun.few if 3 <= last <= 10 else noun.many if last > 10 else noun.hundreds
    return f"{number(value)} {form}"


def more_than(value: int, noun: Noun) -> str:
    """Count what is at least so many: «أزيد من 124 نتيجة»; the dual bends after «من»."""
    counted = count_of(value, noun)
    if value == 2 and is_arabic():
        counted = f"{noun.two.removesuffix('ان')}ين"
    return say("أزيد من %(counted)s", counted=counted)


def duration(took_ms: float) -> str:
    """Write a search's time: «4 مللي ثانية»، or «1.2 ثانية» where it took that long."""
    if took_ms >= 1000:
        return say("%(count)s ثانية", count=f"{took_ms / 1000:.1f}")
    return say("%(count)s مللي ثانية", count=max(round(took_ms), 1))


def day_name(day: date) -> str:
    """Write a day: «26 دجنبر 2020», as Moroccan papers do; `26 décembre 2020`."""
    return write_date(day) if is_arabic() else str(format_date(day, "d MMMM y"))


def month_name(month: date, *, with_year: bool = True) -> str:
    """Write the month of a day: «دجنبر 2020»."""
    if not is_arabic():
        return str(format_date(month, "LLLL y" if with_year else "LLL"))
    name = MOROCCAN_MONTHS[month.month - 1]
    return f"{name} {month.year}" if with_year else name


def language_name(code: str) -> str:
    """Name a language in the reader's: `fr` -> «الفرنسية»; the code where it has no name."""
    if code == "und":
        return say("لغة غير معروفة")
    locale = get_locale()
    return str(locale.languages.get(code, code)) if locale else code


def is_arabic() -> bool:
    """Tell that the page speaks Arabic, as it does where no reader chose."""
    if not has_app_context():
        return True
    known: bool | None = g.get("is_arabic")
    if known is None:
        locale = get_locale()
        known = g.is_arabic = locale is None or locale.language == "ar"
    return known
