"""Words and terms of Arabic, French and English text: one place for indexing and for queries.

A *word* is a span of the text as written; its *term* is what is stored and matched: folded
(letter variants, vowel marks, accents, case, digits) and, for Arabic, lightly stemmed.
Left out: synonyms and spellings in another script (search.query.expansion), spelling correction.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import NamedTuple

from search.language.stemming import stem
from search.language.stopwords import stop_words_by_language

RULES_VERSION = 2
"""Raised whenever the same text would give other terms.

An archive stores the number it was built with.
"""

# Combining marks and what is never seen (tatweel, zero-width and direction signs) are not \\w:
# without them «كَتَبَ» falls into three pieces.
_MARKS = "\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed"
_UNSEEN = "\u00ad\u0640\u061c\u0674\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff"
_WORD = re.compile(
    rf"[^\W_{_UNSEEN}][^\W_{_MARKS}{_UNSEEN}]*(?:[{_MARKS}{_UNSEEN}]+[^\W_{_MARKS}{_UNSEEN}]*)*"
)
_DROPPED = re.findall(f"[{_MARKS}{_UNSEEN}]", "".join(map(chr, range(0x10000))))

# What Unicode decomposition leaves apart: look-alikes, letters of Persian, Urdu and the Maghreb for
# sounds that Arabic lacks, both digit sets.
_LETTERS = str.maketrans(
    {
        **dict.fromkeys(_DROPPED),
        **dict.fromkeys("ىیېےۍێ", "ي"),
        **dict.fromkeys("ةہھەۃ", "ه"),
        **dict.fromkeys("کڪگڭݣ", "ك"),
        **dict.fromkeys("ٱٲٳ", "ا"),
        **dict.fromkeys("ۆۇۋ", "و"),
        **dict.fromkeys("ڤڥڢ", "ف"),
        **dict.fromkeys("ڨڧ", "ق"),
        **{"پ": "ب", "چ": "ج", "ژ": "ز", "ٹ": "ت", "ڈ": "د", "ڑ": "ر", "ں": "ن"},
        **{"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "ı": "i"},
        **{chr(zero + digit): str(digit) for zero in (0x660, 0x6F0) for digit in range(10)},
    }
)


class Word(NamedTuple):
    """One word of a text: `text[start:end]`, and the term it is matched by."""

    start: int
    end: int
    term: str


def fold(text: str) -> str:
    """Bring spelling variants together: «أَخْبَارُ» -> «اخبار», «Été ٢٠٢٠» -> «ete 2020».

    Hamza seats, alef forms, vowel marks and accents fall with the combining marks of NFKD.
    """
    return unicodedata.normalize("NFKD", text).lower().translate(_LETTERS)


@lru_cache(maxsize=200_000)
def term_of(word: str) -> str:
    """Give the term of one written word; the empty string when nothing of it is left."""
    return stem(fold(word))


def words(text: str) -> Iterator[Word]:
    """Walk over the words of `text` in their order, with character offsets into it as given."""
    for match in _WORD.finditer(text):
        term = term_of(match[0])
        if term:
            yield Word(match.start(), match.end(), term)


def written_words(text: str) -> list[str]:
    """List the words of `text` as they are written, in their order."""
    return _WORD.findall(text)


def terms(text: str) -> list[str]:
    """List the terms of `text` in their order, repetitions kept."""
    return [term for match in _WORD.findall(text) if (term := term_of(match))]


@cache
def folded_stop_words() -> frozenset[str]:
    """Return the stop words of all languages, folded."""
    return frozenset(fold(word) for listed in stop_words_by_language().values() for word in listed)


@lru_cache(maxsize=10_000)
def is_stop_word(word: str) -> bool:
    """Tell whether a written word says nothing of a subject, with «و» or «ف» before it too."""
    folded, listed = fold(word), folded_stop_words()
    return folded in listed or (folded[:1] in ("و", "ف") and folded[1:] in listed)


def content_words(text: str) -> list[Word]:
    """List the words of `text` but the stop words; all of them where nothing else is there."""
    found = list(words(text))
    return [word for word in found if not is_stop_word(text[word.start : word.end])] or found


def query_terms(query: str) -> list[str]:
    """List the distinct terms to look a query up by.

    Without stop words, unless nothing else is there.
    """
    return list(dict.fromkeys(word.term for word in content_words(query)))


def language_of(text: str) -> str:
    """Tell the language by its letters and commonest words.

    `ar`, `fr`, `en`, or `und` for none of them.
    """
    sample = text[:500]
    arabic = sum(map(len, _ARABIC.findall(sample)))
    latin = sum(map(len, _LATIN.findall(sample)))
    if arabic == latin == 0:
        return "und"
    if arabic >= latin:
        return "ar"
    seen = re.findall(r"[^\W\d_]+", sample.lower())
    french = sum(word in _FRENCH_MARKERS for word in seen)
    english = sum(word in _ENGLISH_MARKERS for word in seen)
    return "en" if english > french else "fr"


_ARABIC = re.compile("[\u0600-\u06ff]+")
_LATIN = re.compile("[A-Za-z\u00c0-\u017f]+")
_FRENCH_MARKERS = frozenset(
    "le la les l un une des du de d et en à au aux dans sur pour par que qui est ce".split()
)
_ENGLISH_MARKERS = frozenset(
    "the of and to in is are on for with by at from that this it as an be has".split()
)
