"""Misspell Arabic as hurried writers do: confuse, drop or exchange letters.

Letters are confused with letters of a near shape or sound. The confusions that folding undoes
(hamza seats, ta marbuta, alef maqsura) are left out.
"""

import random

_CONFUSED = ("بتثني", "جحخ", "دذ", "رز", "سش", "صض", "طظ", "عغ", "فق", "سص", "تط", "ذز", "كق")
_ALTERNATIVES = {
    letter: "".join(sorted({c for group in _CONFUSED if letter in group for c in group} - {letter}))
    for letter in set("".join(_CONFUSED))
}
ERRORS = 2
SHORTEST_WORD = 4  # letters; a shorter misspelt word could not be recognised


def misspell(text: str, rng: random.Random) -> str:
    """Confuse, drop or exchange a letter in each of `ERRORS` words of `text`."""
    words = text.split()
    long_words = [place for place, word in enumerate(words) if len(word) >= SHORTEST_WORD]
    for place in rng.sample(long_words, min(ERRORS, len(long_words))):
        words[place] = _misspell_word(words[place], rng)
    return " ".join(words)


def _misspell_word(word: str, rng: random.Random) -> str:
    confusable = [place for place, letter in enumerate(word) if letter in _ALTERNATIVES]
    if confusable and rng.random() < 0.6:
        place = rng.choice(confusable)
        return word[:place] + rng.choice(_ALTERNATIVES[word[place]]) + word[place + 1 :]
    place = rng.randrange(len(word) - 1)
    if rng.random() < 0.5:
        return word[:place] + word[place + 1 :]
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
