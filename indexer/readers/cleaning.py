"""Repair text before it is stored, in the same way for every format.

Stored text is NFC, its entities are decoded, and its presentation forms are letters again. Tatweel,
zero-width joiners and the marks that order mixed lines are kept, because they change what a reader
sees; matching drops them (`search.language.analysis.fold`). Words that were joined where a line
feed was lost stay joined: no rule tells them from other words.
"""

import re
import unicodedata

from indexer.readers.markup import unescape

# Control characters except line feed and tab: none is ever intended, and NUL ends SQLite strings
_CONTROLS = "\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff\ufffe\uffff\ud800-\udfff"
# Invisible and without use in stored text: break opportunities, soft hyphens, and embeddings,
# overrides and isolates, which affect the text after them when their end was cut off.
_INVISIBLE = "\u00ad\u034f\u180e\u200b\u202a-\u202e\u2060-\u2069\ufff9-\ufffc"
_PRESENTATION = "\ufb50-\ufdff\ufe70-\ufefc"
_DAMAGED = re.compile(f"[{_CONTROLS}{_INVISIBLE}{_PRESENTATION}]")
_CONTROL = re.compile(f"[{_CONTROLS}]")
_INVISIBLES = re.compile(f"[{_INVISIBLE}]+")
_FORM = re.compile(f"[{_PRESENTATION}]+")
_TATWEEL_MARK = re.compile("[ \u0640](?=[\u064b-\u0652])")


def clean_line(text: str) -> str:
    """Repair the text, and replace each run of white space by one space."""
    return " ".join(_repair(text).split())


def clean_body(text: str) -> str:
    """Repair the text like `clean_line`, but keep paragraphs apart by one line feed."""
    lines = (" ".join(line.split()) for line in _repair(text).splitlines())
    return "\n".join(line for line in lines if line)


def _repair(text: str) -> str:
    text = unescape(text)
    if _DAMAGED.search(text):
        text = _FORM.sub(_letters, _INVISIBLES.sub("", _CONTROL.sub(_replacement, text)))
    return unicodedata.normalize("NFC", text)


def _replacement(control: re.Match[str]) -> str:
    # \x1c to \x1e and \x85 end lines like \v and \f; half a surrogate pair cannot be stored
    if "\ud800" <= control[0] <= "\udfff":
        return ""
    return "\n" if control[0] in "\v\f\r\x1c\x1d\x1e\x85" else " "


def _letters(forms: re.Match[str]) -> str:
    """Replace presentation forms by letters: «ﻣﺪﺭﺳﺔ» -> «مدرسة», «ﷲ» -> «الله»."""
    # Vowel marks alone decompose to a space and the mark, or a tatweel and the mark
    return _TATWEEL_MARK.sub("", unicodedata.normalize("NFKC", forms[0]))
