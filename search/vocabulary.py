"""What expansion and spelling ask of an index, and the query in terms that is put to it."""

from dataclasses import dataclass
from itertools import chain
from typing import Protocol


class Vocabulary(Protocol):
    """The terms of one state of an index."""

    @property
    def passages(self) -> int:
        """Give the number of passages."""

    def frequency(self, term: str) -> int:
        """Give the number of passages that hold the term; 0 for a term that is not there."""

    def starting_with(self, prefix: str) -> list[tuple[str, int]]:
        """List the terms that begin so, each with its frequency."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """A term, or several in a row, that one word of a query is found by.

    `weight` is 1 for the word itself, less for what may be meant by it. A related one, a
    translation or a synonym, does not count as the word where it is found.
    """

    terms: tuple[str, ...]
    weight: float = 1.0
    is_related: bool = False


@dataclass(frozen=True, slots=True)
class LexicalQuery:
    """A query in terms: for each word its alternatives, of which the best counts.

    Documents must hold every one of `phrases` and none of `excluded`, terms in a row each; what is
    found must itself hold every one of `frequent`.
    """

    words: tuple[tuple[Alternative, ...], ...]
    phrases: tuple[tuple[str, ...], ...] = ()
    frequent: tuple[tuple[str, ...], ...] = ()
    excluded: tuple[tuple[str, ...], ...] = ()
    lists_all: bool = False  # without a word, everything else is found

    @property
    def is_narrow(self) -> bool:
        """Tell whether it asks for more than words."""
        return bool(self.lists_all or self.phrases or self.frequent)

    @property
    def terms(self) -> list[str]:
        """Every term that a word of the query may be found by, in the query's order.

        Those that are demanded in a row stand together, with spaces between them.
        """
        return self._terms(are_related=False)

    @property
    def related_terms(self) -> list[str]:
        """Every term that only means what a word of the query does, in the query's order."""
        return self._terms(are_related=True)

    def _terms(self, *, are_related: bool) -> list[str]:
        alternatives = chain.from_iterable(self.words)
        found = (" ".join(one.terms) for one in alternatives if one.is_related is are_related)
        return list(dict.fromkeys(found))
