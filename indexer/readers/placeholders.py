"""Recognize placeholders, the values that stand for a missing value.

Databases, spreadsheets, pandas and templates write them where there is no value. A placeholder in
the column of ids would make one document of all records.
"""

import re
import unicodedata
from math import isnan
from urllib.parse import parse_qsl, unquote, urlsplit

# Placeholders in any column, with letters of any case.
_ANYWHERE = frozenset(
    (
        "",
        *("nan", "nat", "<na>", "null", "(null)", "[null]", "<null>", "nil", "none", "undefined"),
        *("\\n", "n/a", "#n/a", "#null!", "#value!", "#ref!", "-", "--", "---", "—", "–", "#"),
    )
)
# Further placeholders in the column of a name, with or without brackets or quotation marks: a title
# may be a number or a word. A value without letter and digit, or a number such as 0, is not listed.
_NAMES = frozenset(
    (
        *("false", "true", "na", "n.a", "n.a.", "nan", "nat", "null", "nil", "none", "undefined"),
        *(
            "unknown",
            "void",
            "void(0",
            "empty",
            "blank",
            "missing",
            "tbd",
            "object object",
            "#name?",
        ),
        *("#div/0!", "\\\\n", "about:blank", "vide", "néant", "aucun", "aucune", "inconnu"),
        *(
            "لا يوجد",
            "لايوجد",
            "لا شيء",
            "غير متوفر",
            "غير معروف",
            "غير محدد",
            "مجهول",
            "بدون",
            "فارغ",
        ),
        *("00000000-0000-0000-0000-000000000000",),
    )
)
_TEXTS = ("title", "body")
_SPOKEN = ("author", "section")  # a number is the key of a table that the dump does not hold
_LONGEST = max(map(len, _ANYWHERE | _NAMES))
_AROUND = " \t\"'`«»“”‘’()[]{}<>"
_NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|inf(?:inity)?|nan)")
_NO_NUMBERS = (0.0, -1.0, float("inf"), float("-inf"))
_NO_PAGES = (
    *("javascript:", "vbscript:", "about:", "data:", "blob:", "file:", "mailto:", "tel:", "void("),
)
TRACKING = ("utm_", "fbclid", "gclid", "mc_")  # beginnings of parameters that name no page
_LANGUAGES = ("ar", "fr", "en", "es")
_ENDINGS = ("", ".html", ".htm", ".php", ".asp", ".aspx", ".jsp")
_FRONT_PAGES = frozenset(
    (
        *("", "null", "undefined", "#", *_LANGUAGES),
        *(f"{name}{end}" for name in ("index", "default", "home", "main") for end in _ENDINGS),
    )
)


def is_missing(field: str, value: object) -> bool:
    """Return whether a value of this field stands for a missing value."""
    if value is None:
        return True
    if isinstance(value, (list, tuple, dict, bytes)):
        return not value or (field in _SPOKEN and all(isinstance(item, int) for item in value))
    if isinstance(value, float):
        return isnan(value) or (field not in _TEXTS and value in (0.0, -1.0))
    if isinstance(value, bool):
        return True
    text = str(value)
    if len(text) > _LONGEST + 8:  # for spaces around it
        return not text.strip()
    plain = text.strip().casefold()
    if field in _SPOKEN and plain.removesuffix(".0").isdigit():
        return True
    return plain in _ANYWHERE or (field not in _TEXTS and _is_no_name(plain))


def _is_no_name(text: str) -> bool:
    if not text.isascii():
        visible = (char for char in text if unicodedata.category(char) != "Cf" and char != "ـ")
        text = unicodedata.normalize("NFKC", "".join(visible)).casefold()
    if text in _NAMES or not any(map(str.isalnum, text)):
        return True
    plain = text.strip(_AROUND)
    if _NUMBER.fullmatch(plain):
        return isnan(number := float(plain)) or number in _NO_NUMBERS
    return plain in _NAMES


def has_no_page(url: str) -> bool:
    """Return whether an address leads to no page of its own: a script, a bare homepage.

    «https://www.site.com/», «https://site.com/index.php», «https://site.com/#top»
    """
    if url.casefold().startswith(_NO_PAGES):
        return True
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    parameters = (key for key, value in parse_qsl(parts.query) if value and not _is_ignored(key))
    if any(parameters) or (parts.query and "=" not in parts.query) or is_route(parts.fragment):
        return False
    path = unquote(parts.path).strip("/").casefold()
    if parts.netloc or parts.scheme:
        return path in _FRONT_PAGES or parts.netloc.casefold() in ("null", "undefined")
    # «site.com» without a scheme is read as a path.
    return not path or ("." in path and "/" not in parts.path[:-1] and not parts.path[0].isdigit())


def _is_ignored(parameter: str) -> bool:
    return parameter.casefold().startswith(TRACKING) or parameter.casefold() in ("lang", "hl")


def is_route(fragment: str) -> bool:
    """Return whether a fragment is a page's route («#!/a/1», «#/a/1»), not a place («#top»)."""
    return fragment.startswith(("!", "/")) and bool(fragment.strip("!/"))
