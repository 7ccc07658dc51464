"""Split Arabic, French and English text into words and terms, for indexing and for queries.

A *word* is a span of the text as written. It is stored and matched at two levels: by its *term*,
which is folded (letter variants, vowel marks, accents, case, digits) and, for Arabic, without
clitics; and by its *stem*, the term without endings. A stem ends with `STEM_MARK`, so that a string
shows by itself which of the two it is; words in other letters have no stem. A number is a term
without the marks between thousands, and apart from letters that it is glued to. Synonyms and
spellings in another script are left to `search.query.expansion`; spelling is not corrected here.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cache, lru_cache
from itertools import chain
from pathlib import Path
from typing import NamedTuple
from unicodedata import normalize

from search.language.clitics import begins_with_own_letter
from search.language.darija import looks_like_arabic_darija, looks_like_latin_darija
from search.language.folding import INVISIBLE, MARKS, simplify
from search.language.folding import fold as fold
from search.language.spelling import term_of_simplified
from search.language.stemming import STEM_MARK as STEM_MARK
from search.language.stemming import is_stem as is_stem
from search.language.stemming import stem
from search.language.stopwords import stop_words_by_kind
from search.tables import read_table

RULES_VERSION = 4
"""This number is raised whenever the same text would yield other terms.

An archive stores the number that it was built with.
"""

_ARABIC_LETTERS = (
    "\u0620-\u063f\u0641-\u064a\u066e\u066f\u0671-\u0673\u0675-\u06d3\u06d5\u06ee\u06ef\u06fa-\u06fc"
    "\u06ff\u0750-\u077f\u08a0-\u08b4\ufb50-\ufbb1\ufbd3-\ufd3d\ufd50-\ufdfb\ufe70-\ufefc"
)
_OTHER_LETTER = rf"[^\W_{_ARABIC_LETTERS}{MARKS}{INVISIBLE}]"
# Thousands are separated by the same mark each time: «12.500», «12,500», «١٢٬٥٠٠», or by a narrow
# or non-breaking space, as in French.
THOUSANDS_SPACES = "\u00a0\u2007\u2009\u202f"
_THOUSANDS = "|".join(
    rf"(?<![\d.,])\d{{1,3}}(?:{mark}\d{{3}})+(?!\d|[.,]\d)"
    for mark in (r"\.", ",", "٫", "٬", "،", "'", *THOUSANDS_SPACES)
)
# Letters of another script and digits glued to Arabic ones are words of their own («سنة2017»), and
# so are two digits behind Latin letters («covid19»). A single digit among these is a letter of
# Moroccan Arabic, or a part of a name («G7»).
_WORD = re.compile(
    rf"[{_ARABIC_LETTERS}][{_ARABIC_LETTERS}{MARKS}{INVISIBLE}]*"
    rf"|(?=\d)(?:{_THOUSANDS})"
    rf"|[^\W\d_{_ARABIC_LETTERS}{INVISIBLE}]+(?=\d\d)"
    rf"|[^\W_{_ARABIC_LETTERS}{INVISIBLE}]{_OTHER_LETTER}*(?:[{MARKS}{INVISIBLE}]+{_OTHER_LETTER}*)*"
)
_PLAIN = re.compile("[\u0621-\u063a\u0641-\u064a]+").fullmatch


LATIN_WORDS = "latin_words.tsv"


class Word(NamedTuple):
    """A word of a text, `text[start:end]`, with the term and the stem that it is matched by."""

    start: int
    end: int
    term: str
    stem: str = ""


class TermAndStem(NamedTuple):
    """The term and the stem of a word; a word in other than Arabic letters has no stem."""

    term: str
    stem: str


@lru_cache(maxsize=200_000)
def analyse(word: str) -> TermAndStem:
    """Return the term and the stem of a written word; both are empty if it holds only marks."""
    if word.isascii():
        term = word.lower()
        return TermAndStem(term if term.isalnum() else re.sub(r"\W", "", term), "")
    simple = word if _PLAIN(word) else simplify(word)
    if not "\u0620" <= simple[:1] <= "\u064a":
        folded = fold(simple)
        return TermAndStem(folded if folded.isalnum() else "".join(filter(str.isalnum, folded)), "")
    term = term_of_simplified(simple)
    return TermAndStem(term, stem(term))


def term_of(word: str) -> str:
    """Return the term of a written word; the empty string when nothing of it is left."""
    return analyse(word).term


def term_of_folded(word: str) -> str:
    """Return the term of a folded word without caching it, for words that nobody may write."""
    return term_of_simplified(word) if "\u0620" <= word[:1] <= "\u064a" else word


def stem_of(word: str) -> str:
    """Return the stem of a written word, or the term of a word that has no stem."""
    analysed = analyse(word)
    return analysed.stem or analysed.term


def words(text: str) -> Iterator[Word]:
    """Yield the words of `text` in their order, with character offsets into the text as passed."""
    for match in _WORD.finditer(text):
        term, stem = analyse(match[0])
        if term:
            yield Word(match.start(), match.end(), term, stem)


def written_words(text: str) -> list[str]:
    """Return the words of `text` as they are written, in their order."""
    return _WORD.findall(text)


def terms(text: str) -> list[str]:
    """Return the terms of `text` in their order, with repetitions."""
    return [term for word in _WORD.findall(text) if (term := analyse(word)[0])]


def terms_and_stems(text: str) -> tuple[list[str], list[str]]:
    """Return the terms of `text` and as many stems; a term without a stem stands for itself.

    If it were left out, an Arabic text would seem to have many stems beside a French text, and BM25
    would give them less weight.
    """
    pairs = [analyse(word) for word in _WORD.findall(text)]
    return [term for term, _ in pairs if term], [stem or term for term, stem in pairs if term]


@cache
def folded_stop_words() -> frozenset[str]:
    """Return the stop words of all languages, folded, except those that Moroccan Arabic shares."""
    listed = folded_stop_words_by_kind().items()
    return frozenset(
        chain.from_iterable(words for kind, words in listed if not kind.endswith("shared"))
    )


@cache
def _arabic_stop_words(*kinds: str) -> frozenset[str]:
    """Return the Arabic stop words, folded but for «ى»: «على» is a stop word, «علي» is not."""
    listed = chain.from_iterable(stop_words_by_kind()[kind] for kind in kinds)
    return frozenset(map(_fold_but_last, listed))


def _fold_but_last(word: str) -> str:
    return fold(word[:-1]) + word[-1] if word.endswith("ى") else fold(word)


@lru_cache(maxsize=10_000)
def is_stop_word(word: str, *, is_darija: bool = False) -> bool:
    """Return whether a written word, also behind «و» or «ف», says nothing of a subject.

    A Latin word is one if any language has it; `content_words` judges it by its context instead.
    """
    if not _ARABIC.search(word):
        return fold(word) in folded_stop_words()
    listed = _arabic_stop_words("ar", "darija", *(("darija-shared",) if is_darija else ()))
    simple = simplify(word)
    if _is_arabic_stop_word(simple, listed):
        return True
    has_conjunction = simple[:1] in ("و", "ف") and not begins_with_own_letter(simple)
    return has_conjunction and _is_arabic_stop_word(simple[1:], listed)


def _is_arabic_stop_word(simple: str, listed: AbstractSet[str]) -> bool:
    return bool(simple) and (
        _fold_but_last(simple) in listed or (simple.endswith("ى") and fold(simple) in listed)
    )


def content_words(text: str) -> list[Word]:
    """Return the words of `text` except stop words; all words where there are only stop words.

    A word is a stop word where the other words show its language: «or» is gold in French, and
    «حدا» is "beside" in Moroccan Arabic and "led to" in Standard Arabic.
    """
    listed = list(words(text))
    written = [text[word.start : word.end] for word in listed]
    is_darija, is_latin_darija = looks_like_arabic_darija(text), looks_like_latin_darija(text)
    is_stop = [
        is_stop_word(spelling, is_darija=is_darija)
        if _ARABIC.search(spelling)
        else _is_latin_stop_word(
            spelling, written[:place] + written[place + 1 :], is_darija=is_latin_darija
        )
        for place, spelling in enumerate(written)
    ]
    return [word for word, dropped in zip(listed, is_stop, strict=True) if not dropped] or listed


def _is_latin_stop_word(word: str, others: Sequence[str], *, is_darija: bool) -> bool:
    """Return whether a Latin word is a stop word beside these other words.

    Moroccan Arabic in Latin letters has its own stop words and those of the French in it.
    """
    latin = [other for other in others if not _ARABIC.search(other) and not other.isdigit()]
    if len(word) == 1:
        return is_stop_word(word)
    if any(map(str.islower, latin)):  # a word in capitals beside them is a name: «UN»
        if word.isupper():
            return False
        latin = [other for other in latin if not other.isupper()]
    folded, by_kind = fold(word), folded_stop_words_by_kind()
    language = language_of_words(latin)
    if language is None and not (is_darija or word.isupper()):
        language = language_of_words([word])  # the others are names: «Tariq et Aisha»
    if is_darija or (latin and language is None):
        kinds = ("darija-latin", "darija-latin-shared")
        if any(folded in by_kind[kind] for kind in kinds):
            return True
    return language is not None and folded in by_kind[language]


@cache
def folded_stop_words_by_kind() -> Mapping[str, frozenset[str]]:
    """Return the stop words of each kind, folded."""
    return {kind: frozenset(map(fold, listed)) for kind, listed in stop_words_by_kind().items()}


def language_of_words(latin: Iterable[str]) -> str | None:
    """Return `fr` or `en`, whichever has more words of its own; None where they have as many.

    A word in small letters with an accent is French.
    """
    french, english = latin_words()
    lead = 0
    for word in latin:
        folded = fold(word)
        is_french = folded in french or (word.islower() and _ACCENT.search(normalize("NFC", word)))
        lead += bool(is_french) - (folded in english and not is_french)
    if lead == 0:
        return None
    return "fr" if lead > 0 else "en"


@cache
def latin_words() -> tuple[frozenset[str], frozenset[str]]:
    """Return words of French alone and words of English alone, folded."""
    by_language: dict[str, set[str]] = {"fr": set(), "en": set()}
    for language, listed in read_table(Path(__file__).parent / LATIN_WORDS, ("language", "words")):
        by_language[language].update(listed.split())
    return frozenset(by_language["fr"]), frozenset(by_language["en"])


def query_terms(query: str) -> list[str]:
    """Return the distinct terms that a query is looked up by.

    Stop words are left out, unless the query has no other words.
    """
    return list(dict.fromkeys(word.term for word in content_words(query)))


def language_of(text: str) -> str:
    """Return the language of a text, by its letters and commonest words.

    It is `ar`, `fr`, `en`, or `und` for none of them.
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
_ACCENT = re.compile("[àâæçéèêëîïôœùû]")
_FRENCH_MARKERS = frozenset(
    "le la les l un une des du de d et en à au aux dans sur pour par que qui est ce".split()
)
_ENGLISH_MARKERS = frozenset(
    "the of and to in is are on for with by at from that this it as an be has".split()
)
