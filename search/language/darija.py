"""Detect Moroccan Arabic, in Arabic or Latin letters, among the languages of queries. Pure."""

import re
from functools import cache

from search.language.folding import fold
from search.language.stopwords import stop_words_by_kind

_DIGIT_AS_LETTER = re.compile("[a-z][2379]|[2379][a-z]")
# An ordinal, a measure or an hour («3ème», «2nd», «3D», «9h30»), a numbered thing («COP27», «G7»),
# a name with a number in it («MP3», «CO2», «B2B»).
_NUMBERED = re.compile(
    r"\d+(?:i?eme|ere?|e|nde?|rd|st|th|[dghkmx])\d*|[a-z]+(?:\d\d+|2)"
    r"|[bcdfghj-np-tvwxz]{1,2}\d[bcdfghj-np-tvwxz]?"
)
_WORD = re.compile(r"\w+")


@cache
def _only_darija(kind: str) -> frozenset[str]:
    """Return the small words of Moroccan Arabic alone, folded, of three letters or more."""
    return frozenset(fold(word) for word in stop_words_by_kind()[kind] if len(word) > 2)


def looks_like_arabic_darija(text: str) -> bool:
    """Return whether a text is Moroccan Arabic in Arabic letters, by its small words."""
    return not _only_darija("darija").isdisjoint(_WORD.findall(fold(text)))


def looks_like_latin_darija(text: str) -> bool:
    """Return whether a text is Moroccan Arabic in Latin letters, by digits or small words."""
    only_darija = _only_darija("darija-latin")
    return any(
        word in only_darija or (_DIGIT_AS_LETTER.search(word) and not _NUMBERED.fullmatch(word))
        for word in _WORD.findall(fold(text))
    )
