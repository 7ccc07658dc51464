"""Repairs text at the door, the same way for every format, before anything is stored.

Stored text is NFC, its entities decoded, its presentation forms brought back to letters. Kept, for
they change what a reader sees: tatweel, zero-width joiners, and the marks that order mixed lines.
Matching drops them (`search.language.analysis.fold`). Words glued where a line feed was lost stay
glued: no rule tells them from words.
"""

import html
import re
import unicodedata

# Control characters but the line feed and tab; a NUL ends a string for SQLite, and none is ever
# meant.
_CONTROLS = "\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff\ufffe\uffff\ud800-\udfff"
# Invisible, and of no use to what is seen: break opportunities, soft hyphens, and embeddings,
# overrides and isolates, which reach beyond the text they stand in when their end was cut off.
_INVISIBLE = "\u00ad\u034f\u180e\u200b\u202a-\u202e\u2060-\u2069\ufff9-\ufffc"
_PRESENTATION = "\ufb50-\ufdff\ufe70-\ufefc"
_WANTING = re.compile(f"[{_CONTROLS}{_INVISIBLE}{_PRESENTATION}]")
_CONTROL = re.compile(f"[{_CONTROLS}]")
_UNSEEN = re.compile(f"[{_INVISIBLE}]+")
_FORM = re.compile(f"[{_PRESENTATION}]+")
_TATWEEL_MARK = re.compile("[ \u0640](?=[\u064b-\u0652])")


def clean_line(text: str) -> str:
    """Repair, and put one space where there was any white space."""
    return " ".join(_repair(text).split())


def clean_body(text: str) -> str:
    """As clean_line, but paragraphs stay apart: one line feed between them."""
    lines = (" ".join(line.split()) for line in _repair(text).splitlines())
    return "\n".join(line for line in lines if line)


def _repair(text: str) -> str:
    if "&" in text:
        text = html.unescape(text)
    if _WANTING.search(text):
        text = _FORM.sub(_letters, _UNSEEN.sub("", _CONTROL.sub(_replacement, text)))
    return unicodedata.normalize("NFC", text)


def _replacement(control: re.Match[str]) -> str:
    # \x1c to \x1e and \x85 end lines, as \v and \f do; half a surrogate pair cannot be stored.
    if "\ud800" <= control[0] <= "\udfff":
        return ""
    return "\n" if control[0] in "\v\f\r\x1c\x1d\x1e\x85" else " "


def _letters(forms: re.Match[str]) -> str:
    """Bring presentation forms back: «ﻣﺪﺭﺳﺔ» -> «مدرسة», «ﷲ» -> «الله»."""
    # Vowel marks alone decompose to a space and the mark, or a tatweel and the mark
    return _TATWEEL_MARK.sub("", unicodedata.normalize("NFKC", forms[0]))
