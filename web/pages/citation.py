"""Write the citation of a document as a line of text, in the language of the page.

The parts of a citation may be of either direction. A part with letters of the other direction is
isolated by invisible marks (Unicode Bidirectional Algorithm, section 2.4), so that the order of the
parts also holds where the text is pasted.
"""

from datetime import date
from unicodedata import bidirectional

from web.localization import is_arabic, translate
from web.pages.wording import format_day
from web.references.reference import Reference

_DIRECTIONS = {"L": "ltr", "R": "rtl", "AL": "rtl"}
_ISOLATES = {
    "ltr": "\N{LEFT-TO-RIGHT ISOLATE}",
    "rtl": "\N{RIGHT-TO-LEFT ISOLATE}",
    "auto": "\N{FIRST STRONG ISOLATE}",
}
# The quotation marks within a title, by the mark that opens the title.
_INNER_QUOTES = {"«": str.maketrans("«»", "“”"), "“": str.maketrans("“”", "‘’")}


def write_citation(reference: Reference, title_direction: str, accessed: date) -> str:
    """Write author, title, newspaper, day, address and day of access.

    Examples: «العنوان»، المصدر، 26 دجنبر 2020، https://… (تاريخ الاطلاع: 30 نونبر 2026).
    « Titre », Journal, 26 décembre 2020, https://… (consulté le 30 novembre 2026).
    """
    quoted = translate("«%(title)s»")
    title = reference.title.translate(_INNER_QUOTES[quoted[0]])
    parts = [
        _isolate(reference.author or ""),
        quoted % {"title": _isolate(title, title_direction)},
        _isolate(reference.newspaper or ""),
        format_day(reference.date) if reference.date else translate("د.ت."),
        translate(
            "%(url)s (تاريخ الاطلاع: %(day)s)",
            url=_isolate(reference.url, "ltr"),
            day=format_day(accessed),
        ),
    ]
    return translate("، ").join(part for part in parts if part) + "."


def _isolate(text: str, direction: str = "auto") -> str:
    """Isolate a text, unless all of its letters run in the direction of the citation."""
    own = {_DIRECTIONS.get(bidirectional(char)) for char in text} - {None}
    if own <= {"rtl" if is_arabic() else "ltr"}:
        return text
    return f"{_ISOLATES[direction]}{text}\N{POP DIRECTIONAL ISOLATE}"
