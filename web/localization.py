"""Translate sentences into the reader's language.

Arabic is the original and stands in the code; French and English come from `translations/`.
`web.pages.preferences` reads which language the reader chose.
"""

from flask import g, has_app_context
from flask_babel import get_locale, gettext
from flask_babel.speaklater import LazyString


def translate(text: str, **values: object) -> str:
    """Return a sentence in the reader's language, with each `%(name)s` filled in."""
    if is_arabic():
        return text % values if values else text
    return str(gettext(text, **values))


def lazy_translate(text: str) -> LazyString:
    """Return a sentence that is translated for the reader each time it is shown."""
    return LazyString(translate, text)


def is_arabic() -> bool:
    """Return whether the page is in Arabic, the language for readers who chose no language."""
    return page_language() == "ar"


def page_language() -> str:
    """Return the code of the page's language: "ar", "fr" or "en"."""
    if not has_app_context():
        return "ar"
    cached: str | None = g.get("page_language")
    if cached is None:
        locale = get_locale()
        cached = g.page_language = "ar" if locale is None else locale.language
    return cached
