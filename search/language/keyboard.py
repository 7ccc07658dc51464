"""Read Arabic that was typed with the keyboard set to Latin: «hgsd,g» -> «السيول». Pure.

Recognise also what a hand on the keys types without any sense: «شسيبل», `asdf`.

The keys are those of the Arabic (101) layout of PCs, under QWERTY and under AZERTY. The archive
decides which reading is meant: `search.query.autocomplete` keeps the readings made of words that
the archive knows.
"""

import re
from itertools import pairwise, product

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

# Arabic (101), QWERTY, AZERTY.
_ROWS = (
    "ضصثقفغعهخحجد", "شسيبلاتنمكط", "ئءؤرلاىةوزظ",
    "qwertyuiop", "asdfghjkl;'", "zxcvbnm,./",
    "azertyuiop", "qsdfghjklm", "wxcvbn,;:!",
)  # fmt: skip
_NEIGHBOURS = frozenset(
    pair for row in _ROWS for pair in (*pairwise(row), *pairwise(reversed(row)))
)
_SHORTEST_RUN = 4  # letters
# The least share of neighbouring letters in a run. Of 856 slips in words of titles, none is a run
# by this share; with three fifths, four are, and no more of what hands type is recognised.
_RUN_SHARE = 0.75
# «ة» and «ى» end a word (swapped with the letter before, they are last but one), no word begins
# with «ؤ» or «ئ», and two hamzas never meet.
_IMPOSSIBLE = re.compile(r"[ةى](?=[ء-ي]{2})|\b[ؤئ]|[ءؤئ]{2}")
_CONSONANTS = re.compile(r"[bcdfghjklmnpqrstvwxz]{5}", re.IGNORECASE)

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


def is_key_run(word: str) -> bool:
    """Return whether nearly all letters of a word repeat a letter or follow it on the keyboard.

    «شسيبل», `asdf` and «ههههه» are such runs.
    """
    word = word.lower().removeprefix("ال")  # whose letters are neighbours
    pairs = list(pairwise(word))
    near = sum(pair in _NEIGHBOURS or pair[0] == pair[1] for pair in pairs)
    return len(word) >= _SHORTEST_RUN and near >= _RUN_SHARE * len(pairs)


def is_mash(word: str) -> bool:
    """Return whether the letters of a word have no sense in their order, in any language.

    Many words that mean nothing look like words, and are not recognised.
    """
    if is_key_run(word) or _IMPOSSIBLE.search(word):
        return True
    return word.isascii() and (is_unreadable(word) or bool(_CONSONANTS.search(word)))


def _letters(key: str) -> tuple[str, ...]:
    if key in _SLIPS:
        return _SLIPS[key]
    return (_QWERTY.get(key) or _QWERTY.get(key.lower(), key),)
