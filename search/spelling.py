"""Finds, for a word that the index lacks, those it holds one slip of the finger away. Pure.

Every string one letter dropped, added, exchanged or swapped away is looked up (Norvig, "How to
Write a Spelling Corrector", 2007): some 500 look-ups of a dictionary that is there anyway, against
a table of deletions as large as the vocabulary.
"""

from collections import Counter
from collections.abc import Iterable
from difflib import SequenceMatcher

from search.stemming import stem
from search.text import fold, term_of, words
from search.vocabulary import Vocabulary

SHORTEST_WORD = 5  # a slip in a shorter word makes another word, too often
LONGEST_WORD = 30  # letters; a thousand of them would take half a second
MOST_CORRECTIONS = 3
_ARABIC = "ءابتثجحخدذرزسشصضطظعغفقكلمنهوي"
_LATIN = "abcdefghijklmnopqrstuvwxyz"


def find_corrections(typed: str, vocabulary: Vocabulary) -> list[str]:
    """List the terms of the words one slip away from `typed` that the index holds.

    The commonest first.
    """
    if len(typed) > LONGEST_WORD:
        return []
    # Of the whole word, not of its term: one slip may hide an ending, «الزعفارن» for «الزعفران».
    near_terms = {stem(near) for near in _one_slip_away(fold(typed))} - {term_of(typed)}
    frequencies = {near: vocabulary.frequency(near) for near in near_terms}
    known = [near for near, frequency in frequencies.items() if frequency]
    return sorted(known, key=lambda near: (-frequencies[near], near))[:MOST_CORRECTIONS]


def choose_written(term: str, typed: str, texts: Iterable[str]) -> str | None:
    """Choose how to write `term`: of the words in `texts` with that term, the likest to `typed`."""
    written = Counter(
        text[word.start : word.end] for text in texts for word in words(text) if word.term == term
    )
    folded = fold(typed)

    def likeness(word: str) -> tuple[float, int, str]:
        return SequenceMatcher(None, folded, fold(word)).ratio(), written[word], word

    return max(written, key=likeness, default=None)


def _one_slip_away(word: str) -> set[str]:
    alphabet = _LATIN if word.isascii() else _ARABIC
    splits = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    near = {left + right[1:] for left, right in splits if right}
    near |= {left + right[1] + right[0] + right[2:] for left, right in splits if len(right) > 1}
    near |= {left + letter + right[1:] for left, right in splits if right for letter in alphabet}
    near |= {left + letter + right for left, right in splits for letter in alphabet}
    return near
