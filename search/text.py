"""Words and terms of Arabic, French and English text: one place for indexing and for queries.

A *word* is a span of the text as written; its *term* is what is stored and matched: folded
(letter variants, vowel marks, accents, case, digits) and, for Arabic, stemmed with light10.
Left out: synonyms, spelling correction, stemming of French and English.

light10: Larkey, Ballesteros and Connell, "Light Stemming for Arabic Information Retrieval" (2007).
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

RULES_VERSION = 1
"""Raised whenever the same text would give other terms.

An archive stores the number it was built with.
"""

# Combining marks and the tatweel are not \w: without them «كَتَبَ» falls into three pieces.
_MARKS = "\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed"
_JOINERS = "\u0640\u200c\u200d"
_WORD = re.compile(
    rf"[^\W_][^\W_{_MARKS}{_JOINERS}]*(?:[{_MARKS}{_JOINERS}]+[^\W_{_MARKS}{_JOINERS}]*)*"
)

_MARK = re.compile(f"[{_MARKS}]+")

# What Unicode decomposition leaves apart: look-alike letters, Persian and Urdu forms, both digit
# sets.
_LETTERS = str.maketrans(
    {
        "ة": "ه",
        "ى": "ي",
        "ی": "ي",
        "ې": "ي",
        "ک": "ك",
        "ڪ": "ك",
        "گ": "ك",
        "ڭ": "ك",
        "ڤ": "ف",
        "پ": "ب",
        "ٱ": "ا",
        "ہ": "ه",
        "ھ": "ه",
        "ە": "ه",
        "ـ": None,
        "\u200c": None,
        "\u200d": None,
        "œ": "oe",
        "æ": "ae",
        **{chr(0x660 + digit): str(digit) for digit in range(10)},
        **{chr(0x6F0 + digit): str(digit) for digit in range(10)},
    }
)

_PREFIXES = ("ال", "وال", "بال", "كال", "فال", "لل", "و")
_SUFFIXES = (
    "ها",
    "ان",
    "ات",
    "ون",
    "ين",
    "يه",
    "ه",
    "ي",
)  # after folding «ية» and «ة» are «يه», «ه»

STOP_WORDS = frozenset(
    """
    في من على الى إلى عن مع هذا هذه ذلك تلك التي الذي الذين اللذين اللتين اللواتي ما ماذا لماذا
    هل كيف متى أين أي أية كم أن إن أنّ كان كانت يكون تكون ليس ليست قد لقد كل بعض غير بين بعد قبل
    عند عندما حيث حتى إذا إذ لو لولا لم لن لا ثم أو أم بل لكن و ف هو هي هم هن نحن أنا أنت أنتم
    كما مثل منذ خلال ضد نحو حول فوق تحت أمام وراء دون سوى إنه إنها أنه أنها فيه فيها منه منها
    عليه عليها به بها له لها لهم التى الى ديال د دي اللي شنو علاش فين واش شي حنا هاد هادي داكشي
    باش le la les l un une des du de d et en à au aux ce cette ces qui que quoi dont où est sont
    a ont dans sur pour par avec sans ne pas plus se sa son ses leur leurs il elle ils elles on
    nous vous the of and to in is are was were on for with by at from that this these those it
    its as an be has have had or not what which who when where how why do does did
    """.split()
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
    decomposed = unicodedata.normalize("NFKD", text)
    return _MARK.sub("", decomposed).lower().translate(_LETTERS)


def stem(word: str) -> str:
    """Strip the article, conjunctions and endings light10 strips, from a folded word.

    «والمدارس» -> «مدارس».
    """
    for prefix in _PREFIXES:
        # «و» alone is often a root letter: light10 wants three letters after it, two after the
        # others.
        shortest = 4 if len(prefix) == 1 else len(prefix) + 2
        if len(word) >= shortest and word.startswith(prefix):
            word = word[len(prefix) :]
            break
    for suffix in _SUFFIXES:
        if len(word) >= len(suffix) + 2 and word.endswith(suffix):
            word = word[: -len(suffix)]
    return word


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


def terms(text: str) -> list[str]:
    """List the terms of `text` in their order, repetitions kept."""
    return [term for match in _WORD.findall(text) if (term := term_of(match))]


_STOP_TERMS = frozenset(term for word in STOP_WORDS if (term := term_of(word)))


def query_terms(query: str) -> list[str]:
    """List the distinct terms to look a query up by.

    Without stop words, unless nothing else is there.
    """
    found = list(dict.fromkeys(terms(query)))
    content = [term for term in found if term not in _STOP_TERMS]
    return content or found


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
