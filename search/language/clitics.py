"""Takes the clitics off the front of Arabic words: «وبالمدارس» -> «مدارس». Pure.

A clitic is taken off unless the word is listed in `own_initials.tsv` as one that begins with a
letter of its own: «والي», «وجدة», «لاعب». The list was made by counting (`python -m
indexer.training.frequencies`). Words that the list does not know lose their clitics, always the
same ones, so that a name is found however it is taken apart. A preposition before two letters is
one only where these are a noun, by `short_nouns.tsv`: «لفن» is of «فن», and «كتم» is one word.
"""

import re
from collections.abc import Set as AbstractSet
from functools import cache
from pathlib import Path

from search.tables import read_words

OWN_INITIALS, SHORT_NOUNS = "own_initials.tsv", "short_nouns.tsv"

_SHORTEST_AFTER_ARTICLE = _SHORTEST_NOUN = 2
# Letters that are a word of their own before a word, and the fewest letters that follow each: they
# begin many short words themselves.
_CONJUNCTIONS, _PREPOSITIONS = ("و", "ف"), ("ب", "ل", "ك")
_PARTICLES = {"و": 2, "ف": 2, "ب": 3, "ل": 3, "ك": 3}
_NOT_BEHIND_PREPOSITIONS = ("و", *_PREPOSITIONS)
_BEFORE_SHORT_NOUNS = ("ب", "ل")  # «كرد» and «كحل» are oftener words of their own

# Endings behind which a word of the list is looked for: «وحدتنا» is of «وحدة».
_ENDING = re.compile("(?<=...)(?:ت?(?:هما|هم|ها|نا)|ته|تي|ات|ان|ين|ون)$")
# Of what looks like an article only pronouns tell, which no article stands with, and behind no
# short word: «التزامها» is of «التزام», but «الانسان» is not of «الانس», nor «الفهم» of «ألف».
_PRONOUN = re.compile("(?<=....)(?:هما|هم|ها|نا)$")
_ARTICLES = ("ال", "وال", "فال", "بال", "كال")


def without_clitics(word: str) -> str:
    """Take conjunction, preposition and article off a word that was simplified, not folded."""
    if word[:1] in _CONJUNCTIONS:
        word = _without_one(word)
    return word if word[:1] in _CONJUNCTIONS else _without_one(word)


def _without_one(word: str) -> str:
    rest = rest_of(word)
    if rest is None or begins_with_its_own(word):
        return word
    # No preposition stands before a conjunction or another: «بوعزة» and «بلعيد» are one word
    is_one_word = (
        word[0] in _PREPOSITIONS
        and word[1] == rest[0]
        and rest[0] in _NOT_BEHIND_PREPOSITIONS
        and rest_of(rest) is not None
        and not begins_with_its_own(rest)
    )
    return word if is_one_word else rest


def rest_of(word: str, short_nouns: AbstractSet[str] | None = None) -> str | None:
    """Return what the first clitic leaves; None where there is none, or too little is left.

    `short_nouns` None is those of the list.
    """
    least = _SHORTEST_AFTER_ARTICLE
    if word.startswith("ال"):
        rest = word[2:]
    elif word[1:3] == "ال" and word[0] in "بك":
        rest = word[3:]
    elif word.startswith("لل"):
        # «للجنة» is «لجنة» behind an article, and «للص» is «لص»; «للحكومة» is «حكومة»
        is_of_lam = word[1:] in _own_initials() or len(word) == least + 1
        rest = word[1:] if is_of_lam else word[2:]
    else:
        rest, least = word[1:], _PARTICLES.get(word[:1], len(word))
        if len(rest) == _SHORTEST_NOUN and word[0] in _BEFORE_SHORT_NOUNS:
            listed = _short_nouns() if short_nouns is None else short_nouns
            least = _SHORTEST_NOUN if rest in listed else least
    return rest if len(rest) >= least else None


def begins_with_its_own(word: str) -> bool:
    """Return whether the first letter of a simplified word belongs to the word itself."""
    listed = _own_initials()
    if word in listed:
        return True
    ending = (_PRONOUN if word.startswith(_ARTICLES) else _ENDING).search(word)
    if ending is None:
        return False
    base = word[: ending.start()]
    return base in listed or f"{base}ة" in listed


@cache
def _own_initials() -> frozenset[str]:
    return read_words(Path(__file__).parent / OWN_INITIALS)


@cache
def _short_nouns() -> frozenset[str]:
    return read_words(Path(__file__).parent / SHORT_NOUNS)
