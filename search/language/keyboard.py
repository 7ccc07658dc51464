"""Read Arabic that was typed with the keyboard set to Latin: «hgsd,g» -> «السيول». Pure.

The keys are those of the Arabic (101) layout of PCs, under QWERTY and under AZERTY. The archive
decides which reading is meant: `search.query.autocomplete` keeps the readings made of words that
the archive knows.
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
# The QWERTY key in the place of each key of a French keyboard.
_AZERTY_KEYS = str.maketrans("azqwm,;:!^$ù", "qwaz;m,./[]'")
# Readers take `x` for the zay of `.` on the same row; the hamza of `x` is rare. Both are read.
_SLIPS = {"x": ("ز", "ء")}
_MAX_READINGS = 8

_TYPED = re.compile(r"[A-Za-z\[\];',./`:!^$ù\s]+")


def keyboard_readings(text: str) -> tuple[str, ...]:
    """Return the Arabic readings of the same keys, likeliest first; none for other text.

    `hgyhx` -> «الغاز», «الغاء».
    """
    if not _TYPED.fullmatch(text) or sum(char.isalpha() for char in text) < 2:
        return ()
    unique: dict[str, None] = {}
    for keys in (text, text.translate(_AZERTY_KEYS)):
        letters = [_letters(key) for key in keys]
        for reading in product(*letters):
            unique.setdefault("".join(reading))
            if len(unique) >= _MAX_READINGS:
                return tuple(unique)
    return tuple(unique)


def is_unreadable(text: str) -> bool:
    """Return whether Latin letters are no word: long without vowels, or beginning with `hg`."""
    letters = [char for char in text.lower() if char.isalpha()]
    has_vowel = bool(set(letters) & set("aeiouy"))
    return (len(letters) >= 4 and not has_vowel) or text.lower().startswith("hg")


def _letters(key: str) -> tuple[str, ...]:
    if key in _SLIPS:
        return _SLIPS[key]
    return (_QWERTY.get(key) or _QWERTY.get(key.lower(), key),)
