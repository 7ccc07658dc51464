"""Write Arabic in Latin letters as Moroccans type it, for training.

«القصر الكبير» -> `lksar lkbir`.

Spellings vary from writer to writer, so choices are drawn. Short vowels are not written in Arabic;
a writer's are guessed by breaking long runs of consonants with `e`, `i` or `a`.
"""

import random
import re
from collections.abc import Iterator

from search.language.analysis import fold

_LETTERS: dict[str, tuple[str, ...]] = {
    "ا": ("a",),
    "ب": ("b",),
    "ت": ("t",),
    "ث": ("t", "th"),
    "ج": ("j",),
    "ح": ("7", "h"),
    "خ": ("kh", "5"),
    "د": ("d",),
    "ذ": ("d",),
    "ر": ("r",),
    "ز": ("z",),
    "س": ("s",),
    "ش": ("ch", "sh"),
    "ص": ("s",),
    "ض": ("d",),
    "ط": ("t",),
    "ظ": ("d",),
    "ع": ("3", "a", ""),
    "غ": ("gh",),
    "ف": ("f",),
    "ق": ("9", "q", "k"),
    "ك": ("k",),
    "ل": ("l",),
    "م": ("m",),
    "ن": ("n",),
    "ه": ("h", ""),
    "و": ("ou", "w", "o"),
    "ي": ("i", "y"),
    "ء": ("", "2"),
}
_VOWELS = frozenset("aeiouy")
_FINAL_TA_MARBUTA = re.compile("[ةه]$")


def romanise(text: str, rng: random.Random, *, with_digits: bool = True) -> str:
    """Return a drawn Latin spelling of the Arabic words of `text`, without its other words.

    A spelling with digits is that of messages («حكيمي» -> `7akimi`); a spelling without digits is
    that of printed names (`hakimi`).
    """
    spelled = (
        _romanise_word(word, rng, with_digits) for word in re.findall(r"[\u0621-\u064a]+", text)
    )
    return " ".join(word for word in spelled if word)


def _romanise_word(word: str, rng: random.Random, with_digits: bool) -> str:
    article = ""
    if word.startswith("ال") and len(word) > 4:
        article, word = rng.choice(("l", "l", "el ", "al ")), word[2:]
    word = _FINAL_TA_MARBUTA.sub("ا", word)
    letters = [rng.choice(_spellings(letter, with_digits)) for letter in fold(word)]
    return article + "".join(_break_consonants(letters, rng))


def _spellings(letter: str, with_digits: bool) -> tuple[str, ...]:
    spellings = _LETTERS.get(letter, ("",))
    return spellings if with_digits else tuple(s for s in spellings if not s.isdigit())


def _break_consonants(letters: list[str], rng: random.Random) -> Iterator[str]:
    run = 0
    for letter in filter(None, letters):
        run = 0 if letter[0] in _VOWELS else run + 1
        if run == 3 or (run == 2 and rng.random() < 0.4):
            yield rng.choice("eeia")
            run = 1
        yield letter
