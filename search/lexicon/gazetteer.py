"""Finds names in a query and tells what else they are called, by tables made for this project.

Places, people, institutions and set phrases in Arabic, French and English, months of the three
calendars in use, and words of Moroccan Arabic with what the press writes for them.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import chain
from typing import NamedTuple

from search.language.analysis import fold, is_stop_word, terms, words
from search.language.dates import MONTH_NAMES
from search.lexicon.countries import COUNTRIES
from search.lexicon.darija import DARIJA
from search.lexicon.institutions import INSTITUTIONS
from search.lexicon.people import PEOPLE
from search.lexicon.places import PLACES
from search.lexicon.set_phrases import SET_PHRASES
from search.plan import Alternative

WEIGHT_OF_NAME = 0.9
WEIGHT_OF_DARIJA = 0.6

# Names of months that are words of their own as well.
_AMBIGUOUS = frozenset(map(fold, ("ماي", "آب", "أوت", "جوان", "may", "mai", "mars", "march")))

# A name's terms with spaces between them -> what else it is called.
Table = Mapping[str, tuple[Alternative, ...]]


class Names(NamedTuple):
    """The names among the words of a text.

    `others` gives what else each is called, by the start of its first word that says anything;
    `covered` has the starts of all words of the names of several words. `glosses` gives what the
    Arabic press calls those that are written in Latin letters, in the text's order.
    """

    others: Mapping[int, tuple[Alternative, ...]]
    covered: frozenset[int]
    glosses: tuple[str, ...]


def find_names(text: str) -> Names:
    """Find the names in a text, at each word the longest."""
    table, longest = _table(), _longest()
    found = list(words(text))
    others: dict[int, tuple[Alternative, ...]] = {}
    covered: set[int] = set()
    glosses: list[str] = []
    place = 0
    while place < len(found):
        for size in range(longest.get(found[place].term, 0), 0, -1):
            span = found[place : place + size]
            key = " ".join(word.term for word in span)
            if called := table.get(key):
                telling = (one for one in span if not is_stop_word(text[one.start : one.end]))
                others[next(telling, span[0]).start] = called
                glosses += _glosses().get(key, ())
                covered.update(word.start for word in span if size > 1)
                place += size - 1
                break
        place += 1
    return Names(others, frozenset(covered), tuple(glosses))


def others_of(term: str) -> tuple[Alternative, ...]:
    """Give what else a name of one word is called; nothing where it is in no table."""
    return _table().get(term, ())


class _Listed:
    """Some terms, as the vocabulary that a spelling may mean."""

    passages = 0

    def __init__(self, listed: Iterable[str]) -> None:
        self._by_start: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for term in sorted(set(listed)):
            self._by_start[term[:3]].append((term, 1))

    def frequency(self, term: str) -> int:
        return int((term, 1) in self._by_start[term[:3]])

    def terms_with_prefix(self, prefix: str) -> list[tuple[str, int]]:
        return [one for one in self._by_start.get(prefix[:3], ()) if one[0].startswith(prefix)]


@cache
def darija_terms() -> _Listed:
    """Give the words of Moroccan Arabic that the table has."""
    keys = {_key(name) for names, _ in _lines(DARIJA) for name in names}
    return _Listed(key for key in keys if " " not in key and key in _table())


@cache
def _table() -> Table:
    table: dict[str, dict[str, float]] = defaultdict(dict)
    for left, right in (*_lines(PLACES), *_lines(COUNTRIES), *_glossed()):
        keys = set(map(_key, (*left, *right)))
        _link(table, keys, keys, WEIGHT_OF_NAME)
    for names in MONTH_NAMES:
        keys = {_key(name) for name in names if fold(name) not in _AMBIGUOUS}
        _link(table, keys, keys, WEIGHT_OF_NAME)
    for left, right in _lines(DARIJA):
        _link(table, set(map(_key, left)), set(map(_key, right)), WEIGHT_OF_DARIJA)
    return {
        key: tuple(
            Alternative(tuple(other.split(" ")), weight) for other, weight in sorted(others.items())
        )
        for key, others in table.items()
    }


@cache
def _longest() -> Mapping[str, int]:
    """Give the most terms of a name that begins with a term."""
    longest: dict[str, int] = defaultdict(int)
    for key in _table():
        first, *others = key.split(" ")
        longest[first] = max(longest[first], 1 + len(others))
    return longest


@cache
def _glosses() -> Mapping[str, tuple[str]]:
    """Give what the Arabic press calls what is written so in Latin letters.

    Encoders know places, but hardly an institution by its initials or a king by his number.
    """
    return {_key(name): (left[0],) for left, right in _glossed() for name in right}


def _glossed() -> Iterator[tuple[list[str], list[str]]]:
    return chain.from_iterable(map(_lines, (PEOPLE, INSTITUTIONS, SET_PHRASES)))


def _link(
    table: dict[str, dict[str, float]], names: set[str], others: set[str], weight: float
) -> None:
    """Let each of `names` be called any of `others`, but what one of these finds as well."""
    shortest = [one for one in others if not any(_holds(one, other) for other in others - {one})]
    for name in names:
        for other in shortest:
            if not _holds(name, other) and not _holds(other, name):
                table[name].setdefault(other, weight)


def _holds(name: str, part: str) -> bool:
    return part in name and f" {part} " in f" {name} "


def _key(name: str) -> str:
    return " ".join(terms(name))


def _lines(table: str) -> list[tuple[list[str], list[str]]]:
    """Read «a, b = c, d», one a line."""
    sides = (line.split("=") for line in table.strip().splitlines())
    return [
        ([name.strip() for name in left.split(",")], [name.strip() for name in right.split(",")])
        for left, right in sides
    ]
