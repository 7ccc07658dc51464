"""Find names in a query, and their other names, by the lexicons (`entries`).

A gazetteer holds places, people, institutions and set phrases in Arabic, French and English, months
of the three calendars in use, and words of Moroccan Arabic with the words that the press writes for
them.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import NamedTuple, Self

from search.language.analysis import content_words, fold, terms, words
from search.language.dates import MONTH_NAMES
from search.language.names import spellings_of
from search.language.stemming import stem
from search.lexicon.entries import ARCHIVE_LEXICON, Entry, EntryKind, read_entries, shipped_entries
from search.plan import Alternative

WEIGHT_OF_NAME = 0.9
WEIGHT_OF_DARIJA = 0.6

# Encoders know places, but hardly an institution by its initials or a king by his number.
_GLOSSED = frozenset({EntryKind.PERSON, EntryKind.INSTITUTION, EntryKind.SET_PHRASE})

_PROPER = frozenset({EntryKind.PLACE, EntryKind.PERSON})

# Names of months that are words of their own as well.
_AMBIGUOUS = frozenset(map(fold, ("ماي", "آب", "أوت", "جوان", "may", "mai", "mars", "march")))

# A name's terms with spaces between them -> its other names.
Table = Mapping[str, tuple[Alternative, ...]]


class FoundNames(NamedTuple):
    """The names among the words of a text.

    `others` holds the other names of each, by the start of its first content word. `covered` holds
    the starts of all words of names of several words, `proper` those of places and people, which
    are not transliterated or translated. `glosses` are the names in the Arabic press for names in
    Latin letters, in the text's order. `renamed` holds the other names of a name of several words,
    by the start of each of its further words.
    """

    others: Mapping[int, tuple[Alternative, ...]]
    covered: frozenset[int]
    proper: frozenset[int]
    glosses: tuple[str, ...]
    renamed: Mapping[int, tuple[Alternative, ...]]


class Gazetteer:
    """The names of some lexicons. It never changes, so any number of threads may share it."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        """Build the tables, which takes some tens of ms for the shipped lexicons."""
        self.entries = tuple(entries)
        keys = {name: _key(name) for entry in entries for name in entry.names}
        self._table = _build_table(entries, keys)
        proper = (entry for entry in entries if entry.kind in _PROPER)
        self._proper = {keys[name] for entry in proper for name in entry.names}
        self._longest = _measure_names(self._table)
        self._glosses = {
            keys[name]: entry.arabic[0]
            for entry in entries
            if entry.kind in _GLOSSED
            for name in entry.latin_names
        }
        listed = {keys[name] for entry in _darija(entries) for name in entry.aliases}
        self.darija_terms = TermList(key for key in listed if " " not in key and key in self._table)

    @classmethod
    @cache
    def shipped(cls) -> Self:
        """Return the gazetteer of the lexicons that ship with the program."""
        return cls(shipped_entries())

    @classmethod
    def with_archive(cls, entries: Sequence[Entry]) -> Self:
        """Build the gazetteer of the shipped lexicons and of an archive's own entries.

        Where both gloss a name, the archive's gloss counts.
        """
        return cls([*shipped_entries(), *entries])

    def find_names(self, text: str) -> FoundNames:
        """Find the names in a text; at each word, the longest name counts."""
        listed = list(words(text))
        content_starts = {word.start for word in content_words(text)}
        others: dict[int, tuple[Alternative, ...]] = {}
        covered: set[int] = set()
        proper: set[int] = set()
        glosses: list[str] = []
        renamed: dict[int, tuple[Alternative, ...]] = {}
        place = 0
        while place < len(listed):
            for size in range(self._longest.get(listed[place].term, 0), 0, -1):
                span = listed[place : place + size]
                key = " ".join(word.term for word in span)
                starts = [word.start for word in span if word.start in content_starts]
                if starts and (other_names := self._table.get(key)):
                    others[starts[0]] = other_names
                    renamed.update(dict.fromkeys(starts[1:], other_names))
                    if key in self._glosses:
                        glosses.append(self._glosses[key])
                    covered.update(word.start for word in span if size > 1)
                    if key in self._proper:
                        proper.update(word.start for word in span)
                    place += size - 1
                    break
            place += 1
        return FoundNames(others, frozenset(covered), frozenset(proper), tuple(glosses), renamed)

    def others_of(self, term: str) -> tuple[Alternative, ...]:
        """Return the other names of a name of one word; none where no lexicon has it."""
        return self._table.get(term, ())


def read_archive_lexicon(folder: Path) -> Gazetteer:
    """Read the `lexicon.tsv` in an archive's folder beside the shipped lexicons.

    Return the shipped gazetteer where the archive has none.

    Raises:
        LexiconError: the file cannot be read or has a mistake; the message names file and line.
    """
    path = folder / ARCHIVE_LEXICON
    return Gazetteer.with_archive(read_entries(path)) if path.exists() else Gazetteer.shipped()


class TermList:
    """A list of terms, as the vocabulary that a transliteration may spell."""

    passages = 0

    def __init__(self, listed: Iterable[str]) -> None:
        self._by_start: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for term in sorted(set(listed)):
            self._by_start[term[:3]].append((term, 1))

    def frequency(self, term: str) -> int:
        return int((term, 1) in self._by_start.get(term[:3], ()))

    def terms_with_prefix(self, prefix: str, *, stems: bool = False) -> list[tuple[str, int]]:
        del stems  # the names of a lexicon are listed by their terms
        return [pair for pair in self._by_start.get(prefix[:3], ()) if pair[0].startswith(prefix)]


def _build_table(entries: Sequence[Entry], keys: Mapping[str, str]) -> Table:
    table: dict[str, dict[str, Alternative]] = defaultdict(dict)
    for entry in entries:
        if entry.kind is not EntryKind.DARIJA:
            name_keys = {keys[name] for name in entry.names}
            is_by_stem = entry.kind is EntryKind.SET_PHRASE
            _link(table, name_keys, name_keys, WEIGHT_OF_NAME, is_by_stem=is_by_stem)
    for names in MONTH_NAMES:
        name_keys = {_key(name) for name in names if fold(name) not in _AMBIGUOUS}
        _link(table, name_keys, name_keys, WEIGHT_OF_NAME)
    # Moroccan words come last: a word that is a name as well keeps the weight of a name.
    for entry in _darija(entries):
        moroccan = {keys[name] for name in entry.aliases}
        standard = {keys[name] for name in entry.arabic}
        _link(table, moroccan, standard, WEIGHT_OF_DARIJA, is_by_stem=True, is_other_language=True)
    listed = {
        key: tuple(alternative for _, alternative in sorted(others.items()))
        for key, others in table.items()
    }
    for key in table:
        for spelling in spellings_of(tuple(key.split(" "))):
            listed.setdefault(" ".join(spelling), listed[key])
    return listed


def _measure_names(table: Table) -> Mapping[str, int]:
    """Return, by first term, the number of terms of the longest name."""
    longest: dict[str, int] = {}
    for key in table:
        first, size = key.partition(" ")[0], key.count(" ") + 1
        longest[first] = max(longest.get(first, 0), size)
    return longest


def _darija(entries: Sequence[Entry]) -> list[Entry]:
    return [entry for entry in entries if entry.kind is EntryKind.DARIJA]


def _link(
    table: dict[str, dict[str, Alternative]],
    names: set[str],
    others: set[str],
    weight: float,
    *,
    is_by_stem: bool = False,
    is_other_language: bool = False,
) -> None:
    """Add `others` as alternatives of each of `names`, without those that shorter names find too.

    Where `is_by_stem`, a single Arabic word is found in its other forms too: it is no name. Where
    `is_other_language`, the others are translations even where both are in Arabic letters.
    """
    # Padded, so that a name is found in another at whole words alone.
    padded = {name: f" {name} " for name in names | others}
    shortest = [
        (other, padded[other], Alternative(_found_by(other, is_by_stem=is_by_stem), weight))
        for other in others
        if not any(padded[part] in padded[other] for part in others if part != other)
    ]
    for name in names:
        outer = padded[name]
        for other, inner, alternative in shortest:
            if inner not in outer and outer not in inner:
                # Another name in the same language is a synonym, by which no document matches.
                is_synonym = not is_other_language and _is_arabic(name) and _is_arabic(other)
                table[name].setdefault(other, replace(alternative, only_ranks=is_synonym))


def _found_by(key: str, *, is_by_stem: bool) -> tuple[str, ...]:
    if is_by_stem and " " not in key:
        return (stem(key) or key,)
    return tuple(key.split(" "))


def _is_arabic(key: str) -> bool:
    return not key.isascii()


def _key(name: str) -> str:
    return " ".join(terms(name))
