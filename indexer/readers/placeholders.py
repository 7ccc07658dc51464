"""Tells the values that stand in the place of a missing one: they name nothing.

What databases, spreadsheets, pandas and templates write where there is no value. Such a value in
the column of ids would make one document of all records.
"""

from math import isnan
from urllib.parse import urlsplit

# In any column, whatever the case of their letters.
_ANYWHERE = frozenset(
    (
        "",
        *("nan", "nat", "<na>", "null", "(null)", "[null]", "<null>", "nil", "none", "undefined"),
        *("\\n", "n/a", "#n/a", "#null!", "#value!", "#ref!", "-", "--", "---", "—", "–", "#"),
    )
)
# In the column of a name as well: a title may be a number or a word.
_NAMES = frozenset(
    (
        *("0", "0.0", "-1", "-1.0", "false", "true", "na", "?", "??", "???", ".", "..."),
        *("00000000-0000-0000-0000-000000000000", "000000000000000000000000"),
    )
)
_TEXTS = ("title", "body")
_LONGEST = max(map(len, _ANYWHERE | _NAMES))
_NO_PAGES = ("javascript:", "about:", "data:", "mailto:", "tel:")
_FRONT_PAGES = ("index.html", "index.htm", "index.php", "index.asp", "index.aspx", "index.jsp")


def is_missing(field: str, value: object) -> bool:
    """Tell whether a value of this field stands for none."""
    if value is None:
        return True
    if isinstance(value, (list, tuple, dict, bytes)):
        return not value
    if isinstance(value, float):
        return isnan(value) or (field not in _TEXTS and value in (0.0, -1.0))
    if isinstance(value, bool):
        return True
    text = str(value)
    if len(text) > _LONGEST + 8:  # of spaces around
        return not text.strip()
    plain = text.strip().casefold()
    return plain in _ANYWHERE or (field not in _TEXTS and plain in _NAMES)


def names_no_page(url: str) -> bool:
    """Tell whether an address leads to no page of its own: a script, a bare homepage.

    «https://www.site.com/», «https://site.com/index.php», «https://site.com/#top»
    """
    if url.casefold().startswith(_NO_PAGES):
        return True
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if parts.query or names_page(parts.fragment):
        return False
    path = parts.path.strip("/").casefold()
    if parts.netloc or parts.scheme:
        return path in ("", *_FRONT_PAGES)
    # «site.com» without a scheme is read as a path.
    return not path or ("." in path and "/" not in parts.path and not parts.path[0].isdigit())


def names_page(fragment: str) -> bool:
    """Tell whether a fragment is a page's route («#!/a/1», «#/a/1») and no place in it («#top»)."""
    return fragment.startswith(("!", "/")) and bool(fragment.strip("!/"))
