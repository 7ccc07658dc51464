"""Detect Moroccan Arabic, in Arabic or Latin letters, among the languages of queries. Pure."""

import re
from functools import cache

from search.language.analysis import fold
from search.language.stopwords import stop_words_by_language

_DIGIT_AS_LETTER = re.compile("[a-z][2379]|[2379][a-z]")
# An ordinal, a measure or an hour («3ème», «2nd», «3D», «9h30»), a numbered thing («COP27», «G7»),
# a name with a number in it («MP3», «CO2», «B2B»).
_NUMBERED = re.compile(
    r"\d+(?:i?eme|ere?|e|nde?|rd|st|th|[dghkmx])\d*|[a-z]+(?:\d\d+|2)"
    r"|[bcdfghj-np-tvwxz]{1,2}\d[bcdfghj-np-tvwxz]?"
)
# Small words of Moroccan Arabic that are French or English as well, or standard Arabic.
_NOT_ONLY_DARIJA_IN_LATIN = frozenset(
    "chi had fin men mnin ila dial bach bash beli machi wash bla".split()
)
_NOT_ONLY_DARIJA = frozenset(
    map(fold, "غير عاد راه راها راهم داك ديك دوك بلي ملي احنا حنا ماشي هاد ديما هادو".split())
)


@cache
def _only_darija() -> frozenset[str]:
    """Return the small words of Moroccan Arabic alone, folded, of three letters or more."""
    listed = stop_words_by_language()["darija"]
    return frozenset(fold(word) for word in listed if len(word) > 2) - _NOT_ONLY_DARIJA


@cache
def _only_darija_in_latin() -> frozenset[str]:
    listed = stop_words_by_language()["darija-latin"]
    return frozenset(word for word in listed if len(word) > 2) - _NOT_ONLY_DARIJA_IN_LATIN


def looks_like_arabic_darija(text: str) -> bool:
    """Return whether a text is Moroccan Arabic in Arabic letters, by its small words."""
    return not _only_darija().isdisjoint(fold(text).split())


def looks_like_latin_darija(text: str) -> bool:
    """Return whether a text is Moroccan Arabic in Latin letters, by digits or small words."""
    only_darija = _only_darija_in_latin()
    return any(
        word in only_darija or (_DIGIT_AS_LETTER.search(word) and not _NUMBERED.fullmatch(word))
        for word in fold(text).split()
    )
