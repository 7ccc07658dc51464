"""Unify the spellings of an Arabic word, and keep twins apart. Pure.

«مسئول» is «مسؤول» with the hamza on another seat; «كتابة» (writing) and «كتابه» (his book) are
twins: they differ in their last letter alone, which folding would unify. Two lists hold these words
(`python -m indexer.training.frequencies`). A third, `alefs.tsv`, was written by hand:
words whose «آ» or «أ» tells them from another word, «آثار» (ruins) from «أثار» (stirred up), «فأس»
(axe) from «فاس» (Fez). Counting does not find them, since names are written either way: «آرسنال»,
«أرسنال».
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from search.language.clitics import without_clitics
from search.language.folding import fold_but_alefs, fold_simplified
from search.tables import read_table, read_words

HAMZA, TWINS, ALEFS = "hamza.tsv", "twins.tsv", "alefs.tsv"
HAMZA_SEATS = frozenset("أإؤئء")
# These rules apply to words that the list lacks, the unusual seat first: «شئون», «هيأة».
_RULES = (("ئو", "ؤو"), ("يأة", "يئة"))
_FOLDER = Path(__file__).parent


def term_of_simplified(word: str) -> str:
    """Return the term of a simplified word, which is stored and matched: «والمسئول» -> «مسوول»."""
    if not HAMZA_SEATS.isdisjoint(word[1:]):
        word = _usual(word)
    word = _usual(without_clitics(word))
    folded = term = fold_simplified(word)
    if ("آ" in word or "أ" in word[1:]) and fold_but_alefs(word) in _folded_alefs():
        term = fold_but_alefs(word)
    if word[-1] in "ةى" and folded[:-1] + word[-1] in twins():
        term = term[:-1] + word[-1]
    return term


def _usual(word: str) -> str:
    if usual := _hamza().get(word):
        return usual
    for unusual, usual in _RULES:
        word = word.replace(unusual, usual)
    return _hamza().get(word, word)


@cache
def _hamza() -> Mapping[str, str]:
    return {word: usual for word, usual in read_table(_FOLDER / HAMZA, ("word", "usual"))}


@cache
def words_by_alef() -> frozenset[str]:
    """Return the words whose «آ» or «أ» tells them from another word, simplified."""
    return read_words(_FOLDER / ALEFS)


@cache
def _folded_alefs() -> frozenset[str]:
    return frozenset(map(fold_but_alefs, words_by_alef()))


@cache
def twins() -> frozenset[str]:
    """Return the terms in «ة» or «ى» whose twin in «ه» or «ي» is another word."""
    return read_words(_FOLDER / TWINS)
