"""Brings the spellings of one Arabic word together, and keeps twins apart. Pure.

«مسئول» is «مسؤول», a hamza on another seat; «كتابة» (writing) and «كتابه» (his book) are twins,
told apart by their last letter alone, which folding would make the same. Two lists tell
(`python -m indexer.training.frequencies`). A third, `madda.tsv`, was written by hand: words whose
«آ» tells them from another word, «آثار» (ruins) from «أثار» (stirred up). Counting does not find
them, since names are written either way: «آرسنال», «أرسنال».
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from search.language.clitics import without_clitics
from search.language.folding import fold_but_madda, fold_simplified
from search.tables import read_table, read_words

HAMZA, TWINS, MADDA = "hamza.tsv", "twins.tsv", "madda.tsv"
HAMZA_SEATS = frozenset("أإؤئء")
# What the list lacks is written in two ways as a rule: «شئون», «هيأة».
_RULES = (("ئو", "ؤو"), ("يأة", "يئة"))
_FOLDER = Path(__file__).parent


def term_of_simplified(word: str) -> str:
    """Return how a simplified word is stored and matched: «والمسئول» as «مسوول»."""
    if not HAMZA_SEATS.isdisjoint(word[1:]):
        word = _usual(word)
    word = _usual(without_clitics(word))
    folded = term = fold_simplified(word)
    if "آ" in word and fold_but_madda(word) in _folded_madda():
        term = fold_but_madda(word)
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
def madda() -> frozenset[str]:
    """Return the words whose «آ» tells them from another word, simplified."""
    return read_words(_FOLDER / MADDA)


@cache
def _folded_madda() -> frozenset[str]:
    return frozenset(map(fold_but_madda, madda()))


@cache
def twins() -> frozenset[str]:
    """Return the terms in «ة» or «ى» whose twin in «ه» or «ي» is another word."""
    return read_words(_FOLDER / TWINS)
