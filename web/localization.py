"""Translate sentences into the reader's language.

Arabic is the original and stands in the code; French and English come from `translations/`.
`web.pages.preferences` reads which language the reader chose.
"""

from contextvars import ContextVar

from flask_babel import gettext
from flask_babel.speaklater import LazyString

_ARABIC = "ar"
# Set for each request: Flask-Babel's own look-up takes ten times as long, and a page has hundreds.
_language = ContextVar("language of the page", default=_ARABIC)


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
    return _language.get() == _ARABIC


def page_language() -> str:
    """Return the code of the page's language: "ar", "fr" or "en"."""
    return _language.get()


def set_page_language(code: str = _ARABIC) -> None:
    """Set the language of the page that this thread builds."""
    _language.set(code)
