"""Read and store the preferences of a reader: the language of the page and its colours.

`?ui=fr` and `?theme=dark` set them, and a cookie keeps them. Without a preference, the page is in
Arabic, with the colours of the reader's system.
"""

from dataclasses import dataclass
from functools import lru_cache, partial
from urllib.parse import parse_qsl, urlencode

from flask import Flask, Response, g, request
from flask_babel import Babel
from markupsafe import Markup

from web.localization import set_page_language, translate

INTERFACES = {"ar": "العربية", "fr": "Français", "en": "English"}
THEMES = ("light", "dark", "auto")
_YEAR_S = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Preferences:
    """The language and the colours of the requested page."""

    ui: str
    theme: str

    @property
    def direction(self) -> str:
        return "rtl" if self.ui == "ar" else "ltr"


def register(app: Flask) -> None:
    """Register the languages, the variables of the templates, and the cookies."""
    Babel(app, default_locale="ar", locale_selector=lambda: preferences().ui)
    app.before_request(lambda: set_page_language(preferences().ui))
    app.teardown_request(lambda _: set_page_language())
    app.after_request(_set_cookies)
    app.context_processor(_make_variables)


def _make_variables() -> dict[str, object]:
    """Return the variables of all templates.

    `ours` are the attributes of what the page says itself, inside a document of another language.
    """
    chosen = preferences()
    return {
        # A page has a hundred sentences: Flask-Babel's own function looks up the locale for each of
        # them, and Jinja's function fills in values even where there are none.
        "_": partial(_translate_escaped, chosen.ui),
        "preferences": chosen,
        "ours": Markup(' lang="{}" dir="{}"').format(chosen.ui, chosen.direction),
        "interfaces": INTERFACES,
        "url_with": build_url_with,
    }


def preferences() -> Preferences:
    """Return the preferences of the current request."""
    cached: Preferences | None = g.get("preferences")
    if cached is None:
        ui, theme = _choose("ui", tuple(INTERFACES)), _choose("theme", (THEMES[2], *THEMES))
        cached = g.preferences = Preferences(ui, theme)
    return cached


def build_url_with(name: str, value: str) -> str:
    """Build the address of this page with one preference changed."""
    if "url_without_preferences" not in g:  # one page has five of these links
        query = request.query_string.decode(errors="replace")
        others = [pair for pair in parse_qsl(query) if pair[0] not in ("ui", "theme")]
        g.url_without_preferences = f"{request.path}?{urlencode([*others, ('', '')])[:-1]}"
    return f"{g.url_without_preferences}{urlencode({name: value})}"


def _translate_escaped(ui: str, text: str, **values: object) -> Markup:
    """Translate a sentence of a template; `values` are escaped."""
    sentence = _cached_translation(ui, text)
    return sentence % values if values else sentence


@lru_cache(maxsize=1024)  # more than the sentences of all templates in three languages
def _cached_translation(_ui: str, text: str) -> Markup:
    return Markup(translate(text))


def _choose(name: str, values: tuple[str, ...]) -> str:
    """Return the value in the address, else that in the cookie, else the first of `values`."""
    for value in (request.args.get(name), request.cookies.get(name)):
        if value in values:
            return str(value)
    return values[0]


def _set_cookies(response: Response) -> Response:
    for name, values in (("ui", tuple(INTERFACES)), ("theme", THEMES)):
        value = request.args.get(name)
        if value in values and value != request.cookies.get(name):
            # Not HttpOnly: the script changes the colours without a request.
            response.set_cookie(name, str(value), max_age=_YEAR_S, samesite="Lax")
    if response.mimetype == "text/html":
        response.vary.add("Cookie")
    return response
