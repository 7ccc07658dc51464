"""Reads Arabic that was typed with the keyboard on Latin: «hgsd,g» -> «السيول». Pure.

The keys are those of the Arabic (101) layout of PCs, under QWERTY and under AZERTY. Which reading
is meant is for the archive to say: `search.query.autocomplete` keeps the ones made of words it
knows.
"""

import re
from itertools import product

_QWERTY = dict(
    zip(
        "qwertyuiop[]asdfghjkl;'zxcvnm,./`",
        "ضصثقفغعهخحجدشسيبلاتنمكطئءؤرىةوزظذ",
        strict=True,
    )
) | {"b": "لا", "H": "أ", "Y": "إ", "N": "آ", "G": "لأ", "T": "لإ", "B": "لآ"}
# What the same key says where the letters are arranged as in French.
_AZERTY_KEYS = str.maketrans("azqwm,;:!^$ù", "qwaz;m,./[]'")
# Readers take `x` for the zay of `.` on the same row; its own hamza is rare. Both are read.
_SLIPS = {"x": ("ز", "ء")}
_MOST_READINGS = 8

_TYPED = re.compile(r"[A-Za-z\[\];',./`:!^$ù\s]+")


def readings(text: str) -> tuple[str, ...]:
    """Return what the same keys say in Arabic, likeliest first; nothing for other text.

    `hgyhx` -> «الغاز», «الغاء».
    """
    if not _TYPED.fullmatch(text) or sum(char.isalpha() for char in text) < 2:
        return ()
    found: dict[str, None] = {}
    for keys in (text, text.translate(_AZERTY_KEYS)):
        letters = [_letters(key) for key in keys]
        for reading in product(*letters):
            found.setdefault("".join(reading))
            if len(found) >= _MOST_READINGS:
                return tuple(found)
    return tuple(found)


def is_unreadable(text: str) -> bool:
    """Return whether Latin letters are no word of a Latin language: long, and without vowels."""
    letters = [char for char in text.lower() if char.isalpha()]
    has_vowel = bool(set(letters) & set("aeiouy"))
    return (len(letters) >= 4 and not has_vowel) or text.lower().startswith("hg")


def _letters(key: str) -> tuple[str, ...]:
    if key in _SLIPS:
        return _SLIPS[key]
    return (_QWERTY.get(key) or _QWERTY.get(key.lower(), key),)
