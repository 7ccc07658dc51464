"""Find, for a word that the index lacks, indexed terms one slip of the finger away. Pure.

Every string that differs by one dropped, added, exchanged or swapped letter is looked up (Norvig,
"How to Write a Spelling Corrector", 2007). This takes some 500 look-ups in a dictionary that exists
anyway; the alternative is a table of deletions as large as the vocabulary.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from difflib import SequenceMatcher
from functools import cache
from itertools import pairwise, permutations

from search.index import TermStatistics
from search.language.analysis import fold, term_of, term_of_folded
from search.language.matching import find_words

SHORTEST_WORD = 5  # a slip in a shorter word too often makes another word
LONGEST_WORD = 30  # letters; a thousand of them would take half a second
MAX_CORRECTIONS = 4
COMMONER = 100  # times as common as a rare word: a correction of the word is searched for too
# A word counts this many times as common where a likelier slip explains the typed word: a letter
# was left out, swapped with the next, or replaced by a letter of like shape, like sound or a
# neighbouring key. It ranks .81 of the misspelt words of training titles first instead of .63; 100
# would rank .85 first, but the rules that misspelt those words make few other slips.
LIKELY_SLIP_FACTOR = 12
_ARABIC = "ءابتثجحخدذرزسشصضطظعغفقكلمنهوي"
_LATIN = "abcdefghijklmnopqrstuvwxyz"
_ALIKE = ("بتثني", "جحخ", "دذ", "رز", "سشص", "صضظط", "طت", "ذزظ", "عغ", "فق", "قك", "اءهع")
_HARD_G = str.maketrans("قكگڭ", "قققق")
_KEYS = ("ضصثقفغعهخحجد", "شسيبلاتنمكط", "ءرىهوزظ", "qwertyuiop", "asdfghjkl", "zxcvbnm")


def find_corrections(typed: str, vocabulary: TermStatistics) -> list[str]:
    """Return the indexed terms of the words one slip away from `typed`.

    They are in descending order of frequency, weighted by how likely the slip is.
    """
    if len(typed) > LONGEST_WORD:
        return []
    folded = fold(typed)
    # Slips are sought in the whole word, not in its term, since a slip may hide an ending:
    # «الزعفارن» for «الزعفران».
    near_by_term: dict[str, list[str]] = defaultdict(list)
    for near in _one_slip_away(folded) - {folded}:
        near_by_term[term_of_folded(near)].append(near)
    near_by_term.pop(term_of(typed), None)
    weights = {
        term: frequency
        * (LIKELY_SLIP_FACTOR if any(is_likely_slip(folded, word) for word in near) else 1)
        for term, near in near_by_term.items()
        if (frequency := vocabulary.frequency(term))
    }
    return sorted(weights, key=lambda term: (-weights[term], term))[:MAX_CORRECTIONS]


def find_likely_corrections(typed: str, frequency: int, vocabulary: TermStatistics) -> list[str]:
    """Return the terms one slip away that a word may stand for, the commonest first.

    Newspapers misspell too: a word that stands in a few passages is taken for a slip only where
    another term is far commoner. The same holds for a short word that stands in no passage, unless
    the other term sounds the same.
    """
    letters = len(fold(typed))
    if letters < SHORTEST_WORD - 1:
        return []
    least = frequency * COMMONER if frequency else (COMMONER if letters < SHORTEST_WORD else 1)
    near = find_corrections(typed, vocabulary)
    sounds = {_sound_of(fold(typed)), _sound_of(term_of(typed))}
    return [
        term for term in near if vocabulary.frequency(term) >= least or _sound_of(term) in sounds
    ]


def is_likely_slip(typed: str, word: str) -> bool:
    """Return whether `typed` is one of the slips for `word` that hurried writers make most."""
    if len(typed) != len(word):
        return len(typed) < len(word)
    differing = [pair for pair in zip(typed, word, strict=True) if pair[0] != pair[1]]
    return len(differing) > 1 or differing[0] in _confused()


@cache
def _confused() -> frozenset[tuple[str, str]]:
    """Return the pairs of letters that are taken for each other, in both orders."""
    pairs = [pair for group in _ALIKE for pair in permutations(group, 2)]
    for row in _KEYS:
        pairs += [*pairwise(row), *pairwise(reversed(row))]
    return frozenset(pairs)


def _sound_of(term: str) -> str:
    """Return a term with one letter for the hard g of names: «لكجع» and «لقجع» sound the same."""
    return term.translate(_HARD_G)


def choose_written(term: str, typed: str, texts: Iterable[str]) -> str | None:
    """Return the word of `texts` with this term that is most similar to `typed`, or None."""
    written = Counter(
        text[word.start : word.end] for text in texts for word in find_words(text, {term})
    )
    folded = fold(typed)

    def similarity(word: str) -> tuple[float, int, str]:
        return SequenceMatcher(None, folded, fold(word)).ratio(), written[word], word

    return max(written, key=similarity, default=None)


def replace_word(text: str, word: str, by: str) -> str:
    """Return a text with the first whole-word occurrence of `word` replaced."""
    return re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", lambda _: by, text, count=1)


def _one_slip_away(word: str) -> set[str]:
    alphabet = _LATIN if word.isascii() else _ARABIC
    splits = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    near = {left + right[1:] for left, right in splits if right}
    near |= {left + right[1] + right[0] + right[2:] for left, right in splits if len(right) > 1}
    near |= {left + letter + right[1:] for left, right in splits if right for letter in alphabet}
    near |= {left + letter + right for left, right in splits for letter in alphabet}
    return near
