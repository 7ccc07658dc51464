"""Repairs text at the door, the same way for every format, before anything is stored."""

import re
import unicodedata

# Control characters but the line feed and tab; a NUL ends a string for SQLite, and none is ever
# meant.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff\ufffe\uffff]")
_SPACES = re.compile(r"[^\S\n]+")
_BLANK_LINES = re.compile(r"\s*\n\s*")


def clean_line(text: str) -> str:
    """Compose characters, drop controls, and put one space where there was any white space."""
    return " ".join(_compose(text).split())


def clean_body(text: str) -> str:
    """As clean_line, but paragraphs stay apart: one line feed between them."""
    unified = _compose(text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2029", "\n"))
    return _BLANK_LINES.sub("\n", _SPACES.sub(" ", unified)).strip()


def _compose(text: str) -> str:
    # Lone surrogates come from JSON escapes and cannot be stored as UTF-8.
    sound = text.encode("utf-8", "ignore").decode("utf-8")
    return unicodedata.normalize("NFC", _CONTROLS.sub(" ", sound))
