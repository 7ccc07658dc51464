"""Strip the clitics off the front of Arabic words: «وبالمدارس» -> «مدارس». Pure.

A clitic is stripped unless the word is listed in `own_initials.tsv`, as a word that begins with a
letter of its own: «والي», «وجدة», «لاعب». The list was made by counting (`python -m
indexer.training.frequencies`). Words that the list does not know always lose the same clitics, so
that a name is found however it is split. A letter before two others is a preposition only where
these are a noun, by `short_nouns.tsv`: «لفن» comes from «فن», and «كتم» is a whole word.
"""

import re
from collections.abc import Set as AbstractSet
from functools import cache
from pathlib import Path

from search.tables import read_words

OWN_INITIALS, SHORT_NOUNS = "own_initials.tsv", "short_nouns.tsv"

_SHORTEST_AFTER_ARTICLE = _SHORTEST_NOUN = 2
# Letters that are a word of their own before a word, and the fewest letters that follow each, since
# many short words begin with these letters themselves.
_CONJUNCTIONS, _PREPOSITIONS = ("و", "ف"), ("ب", "ل", "ك")
_PARTICLES = {"و": 2, "ف": 2, "ب": 3, "ل": 3, "ك": 3}
_NOT_BEHIND_PREPOSITIONS = ("و", *_PREPOSITIONS)
_BEFORE_SHORT_NOUNS = ("ب", "ل")  # «كرد» and «كحل» are more often whole words

# Endings that are removed to find a word in the list: «وحدتنا» comes from «وحدة».
_ENDING = re.compile("(?<=...)(?:ت?(?:هما|هم|ها|نا)|ته|تي|ات|ان|ين|ون)$")
# Pronouns alone are removed behind letters like an article, which never stands with a pronoun, and
# never from short words: «التزامها» comes from «التزام», but «الانسان» does not come from «الانس»,
# nor «الفهم» from «ألف».
_PRONOUN = re.compile("(?<=....)(?:هما|هم|ها|نا)$")
_ARTICLES = ("ال", "وال", "فال", "بال", "كال")


def without_clitics(word: str) -> str:
    """Strip conjunction, preposition and article off a word that is simplified, not folded."""
    if word[:1] in _CONJUNCTIONS:
        word = _strip_first(word)
    return word if word[:1] in _CONJUNCTIONS else _strip_first(word)


def _strip_first(word: str) -> str:
    rest = without_first_clitic(word)
    if rest is None or begins_with_own_letter(word):
        return word
    # No preposition stands before a conjunction or preposition: «بوعزة» and «بلعيد» are whole words
    is_whole_word = (
        word[0] in _PREPOSITIONS
        and word[1] == rest[0]
        and rest[0] in _NOT_BEHIND_PREPOSITIONS
        and without_first_clitic(rest) is not None
        and not begins_with_own_letter(rest)
    )
    return word if is_whole_word else rest


def without_first_clitic(word: str, short_nouns: AbstractSet[str] | None = None) -> str | None:
    """Return the word without its first clitic; None if it has none, or too little is left.

    Where `short_nouns` is None, the shipped list is used.
    """
    least = _SHORTEST_AFTER_ARTICLE
    if word.startswith("ال"):
        rest = word[2:]
    elif word[1:3] == "ال" and word[0] in "بك":
        rest = word[3:]
    elif word.startswith("لل"):
        # «للجنة» holds «لجنة» behind an article, and «للص» «لص»; «للحكومة» holds «حكومة»
        is_of_lam = word[1:] in _own_initials() or len(word) == least + 1
        rest = word[1:] if is_of_lam else word[2:]
    else:
        rest, least = word[1:], _PARTICLES.get(word[:1], len(word))
        if len(rest) == _SHORTEST_NOUN and word[0] in _BEFORE_SHORT_NOUNS:
            listed = _short_nouns() if short_nouns is None else short_nouns
            least = _SHORTEST_NOUN if rest in listed else least
    return rest if len(rest) >= least else None


def begins_with_own_letter(word: str) -> bool:
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
