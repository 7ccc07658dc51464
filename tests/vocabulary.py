"""The terms of an index, for tests of what asks an index for nothing else."""

from collections.abc import Mapping


class ListedVocabulary:
    """Implements `search.index.TermStatistics` by a table of frequencies."""

    def __init__(self, frequencies: Mapping[str, int]) -> None:
        self._frequencies = frequencies
        self.passages = 1_000_000

    def frequency(self, term: str) -> int:
        return self._frequencies.get(term, 0)

    def terms_with_prefix(self, prefix: str) -> list[tuple[str, int]]:
        return [item for item in self._frequencies.items() if item[0].startswith(prefix)]
