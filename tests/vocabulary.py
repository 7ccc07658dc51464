"""A vocabulary with chosen frequencies, in place of the terms of an index."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Self

from search.language.analysis import is_stem, stem_of, terms, written_words


class ListedVocabulary:
    def __init__(self, frequencies: Mapping[str, int]) -> None:
        self._frequencies = frequencies
        self.passages = 1_000_000

    @classmethod
    def of_words(cls, frequencies: Mapping[str, int]) -> Self:
        """Return the vocabulary of the terms and the stems of written words."""
        counts: Counter[str] = Counter()
        for word, frequency in frequencies.items():
            levels = {*terms(word), *map(stem_of, written_words(word))} - {""}
            counts.update(dict.fromkeys(levels, frequency))
        return cls(counts)

    @classmethod
    def of_text(cls, words: Iterable[str], frequency: int = 3) -> Self:
        return cls.of_words(dict.fromkeys(words, frequency))

    def frequency(self, term: str) -> int:
        return self._frequencies.get(term, 0)

    def terms_with_prefix(self, prefix: str, *, stems: bool = False) -> list[tuple[str, int]]:
        return [
            (term, frequency)
            for term, frequency in self._frequencies.items()
            if term.startswith(prefix) and is_stem(term) is stems
        ]
