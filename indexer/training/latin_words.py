"""List the French and English words of bilingual sentences.

The functions are pure; `indexer.training.frequencies` writes the lists.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from search.language.folding import fold
from search.language.transliteration import MIN_LETTERS

_WRITTEN_WORD, _WORD = re.compile("[A-Za-z\u00c0-\u017f]+"), re.compile("[a-z]+")
MIN_SEEN = 3
_MAX_LISTED, _MORE_IN_ONE = 8000, 5  # words of each language, times as frequent as in the other


def common_latin_words(records: Iterable[Mapping[str, str]]) -> list[str]:
    """Return the words, folded, that French and English sentences mostly write in small letters."""
    small, capital = _count_by_case(records)
    return [
        word
        for word, count in small.items()
        if count >= max(MIN_SEEN, capital[word]) and len(word) >= MIN_LETTERS
    ]


def _count_by_case(records: Iterable[Mapping[str, str]]) -> tuple[Counter[str], Counter[str]]:
    """Count the folded French and English words in small letters, and those with a capital."""
    small: Counter[str] = Counter()
    capital: Counter[str] = Counter()
    for record in records:
        for side in ("a", "b"):
            if record.get(f"lang_{side}") in ("fr", "en"):
                # The first word of a sentence has a capital in any case.
                for number, word in enumerate(_WRITTEN_WORD.findall(record[side])):
                    if word.islower():
                        small[fold(word)] += 1
                    elif number > 0:
                        capital[fold(word)] += 1
    return small, capital


def latin_words(records: Sequence[Mapping[str, str]]) -> dict[str, list[str]]:
    """Return the folded words of French alone, and of English alone, in bilingual records.

    Words that mostly have a capital are left out: names show no language.
    """
    counts: dict[str, Counter[str]] = {"fr": Counter(), "en": Counter()}
    for record in records:
        for side in ("a", "b"):
            if (words := counts.get(record.get(f"lang_{side}", ""))) is not None:
                words.update(_WORD.findall(fold(record[side])))
    small, capital = _count_by_case(records)
    words_by_language = {}
    for language, other in (("fr", "en"), ("en", "fr")):
        size, size_of_other = counts[language].total(), max(1, counts[other].total())
        words_by_language[language] = [
            word
            for word, count in counts[language].most_common(_MAX_LISTED)
            if small[word] >= capital[word]
            and count / size > _MORE_IN_ONE * counts[other][word] / size_of_other
        ]
    return words_by_language
