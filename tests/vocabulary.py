"""A vocabulary for tests of what only asks an index for its terms."""

from collections.abc import Mapping


class ListedVocabulary:
    def __init__(self, frequencies: Mapping[str, int]) -> None:
        self._frequencies = frequencies
        self.passages = 1_000_000

    def frequency(self, term: str) -> int:
        return self._frequencies.get(term, 0)

    def terms_with_prefix(self, prefix: str) -> list[tuple[str, int]]:
        return [one for one in self._frequencies.items() if one[0].startswith(prefix)]
