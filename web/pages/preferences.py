"""What a reader prefers: the language of the page and its colours, by address, kept in a cookie.

`?ui=fr` and `?theme=dark` choose; a cookie remembers. Without either the page is Arabic, in the
colours that the reader's system asks for.
"""

from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode

from flask import Flask, Response, g, request
from flask_babel import Babel
from markupsafe import Markup

from web.pages.wording import say

INTERFACES = {"ar": "العربية", "fr": "Français", "en": "English"}
THEMES = ("light", "dark", "auto")
_YEAR_S = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Preferences:
    """The language and the colours of the page that is asked for."""

    ui: str
    theme: str

    @property
    def direction(self) -> str:
        return "rtl" if self.ui == "ar" else "ltr"


def register(app: Flask) -> None:
    Babel(app, default_locale="ar", locale_selector=lambda: preferences().ui)
    # Flask-Babel's own looks for the locale at each of a page's hundred sentences, and Jinja's
    # fills each in, also where there is nothing to fill.
    app.jinja_env.globals["_"] = _sentence
    app.after_request(_remember)
    app.context_processor(
        lambda: {
            "preferences": preferences(),
            "interfaces": INTERFACES,
            "here_with": here_with,
        }
    )


def preferences() -> Preferences:
    known: Preferences | None = g.get("preferences")
    if known is None:
        ui, theme = _chosen("ui", tuple(INTERFACES)), _chosen("theme", (THEMES[2], *THEMES))
        known = g.preferences = Preferences(ui, theme)
    return known


def here_with(name: str, value: str) -> str:
    """Give the address of this page with one preference changed."""
    if "here" not in g:  # one page has five of these
        query = request.query_string.decode(errors="replace")
        kept = [pair for pair in parse_qsl(query) if pair[0] not in ("ui", "theme")]
        g.here = f"{request.path}?{urlencode([*kept, ('', '')])[:-1]}"
    return f"{g.here}{urlencode({name: value})}"


def _sentence(text: str, **values: object) -> Markup:
    """Say a sentence of a template; `values` are escaped."""
    said = _translated(preferences().ui, text)
    return said % values if values else said


@lru_cache(maxsize=1024)  # more than the templates have, in three languages
def _translated(_ui: str, text: str) -> Markup:
    return Markup(say(text))


def _chosen(name: str, values: tuple[str, ...]) -> str:
    """Take what the address says, else the cookie, else the first value."""
    for given in (request.args.get(name), request.cookies.get(name)):
        if given in values:
            return str(given)
    return values[0]


def _remember(response: Response) -> Response:
    for name, values in (("ui", tuple(INTERFACES)), ("theme", THEMES)):
        given = request.args.get(name)
        if given in values and given != request.cookies.get(name):
            # Not HttpOnly: the script changes the colours without asking the server.
            response.set_cookie(name, str(given), max_age=_YEAR_S, samesite="Lax")
    if response.mimetype == "text/html":
        response.vary.add("Cookie")
    return response
