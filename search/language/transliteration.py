"""Find the Arabic terms that a word in Latin letters may spell: `9nitra` -> «قنيطر». Pure.

Moroccans write Arabic in Latin letters with digits for the sounds that Latin lacks (3 ع, 7 ح, 9 ق),
newspapers write names without these digits, and each writer spells vowels freely. So every Latin
unit stands for a few Arabic letters, each with a cost, and a short vowel may stand for none. The
candidates of a word are the index's own terms that some choice of letters spells, ordered by cost
less a bonus for common terms.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import inf, log10
from typing import Protocol

from search.language.analysis import STEM_MARK, fold

MAX_CANDIDATES = 4
MIN_LETTERS = 3  # of a candidate: a spelling of two letters stands for too many words
_HIGHEST_COST = 1.2
_MAX_COST_DIFFERENCE = 0.4  # «lkilo» is «كيلو» letter by letter, and so it is not «قال»
# From this lead in penalty on, a commoner term is chosen before the cheapest one: «مليون» for
# `malyoun`, not «ماليون». Leaving out uncertain terms costs Arabizi .02 to .09 of nDCG@10 instead.
_FAR_LIKELIER = 0.15
_FREQUENCY_BONUS = 0.1  # of a tenfold frequency, in costs: the commoner of two is likelier

# Arabic letters by Latin unit: the likeliest is free, each further one dearer by _STEP.
_STEP = 0.12
_LETTERS = {
    **{"b": "ب", "p": "ب", "f": "ف", "v": "ف", "ph": "ف", "j": "جي", "r": "ر", "l": "ل", "m": "م"},
    **{"n": "ن", "t": "تطث", "th": "ثتذ", "d": "دضذظ", "dh": "ذضظد", "z": "زذظض", "s": "سص"},
    **{"c": "كسق", "ch": "شخ", "sh": "ش", "k": "كق", "q": "قك", "g": "كجغق", "x": "خ"},
    **{"kh": "خ", "gh": "غ", "h": "هح", "7": "ح", "3": "ع", "9": "ق", "5": "خ", "8": "غ", "ة": "ه"},
}
# The letters that vowels and half vowels may stand for; a short vowel stands for none.
_VOWELS = {
    "a": (("ا", 0.0), ("", 0.1), ("ع", 0.2), ("عا", 0.3), ("ي", 0.5)),
    "e": (("", 0.0), ("ا", 0.2), ("ي", 0.2), ("ع", 0.3)),
    "i": (("ي", 0.0), ("", 0.1), ("عي", 0.2), ("ع", 0.4), ("ا", 0.4)),
    "o": (("و", 0.0), ("", 0.15), ("ع", 0.4), ("ا", 0.4)),
    "w": (("و", 0.0), ("", 0.4)),
    "y": (("ي", 0.0), ("", 0.25)),
    "2": (("ا", 0.0), ("", 0.1), ("ء", 0.1), ("و", 0.2), ("ي", 0.2)),
}
_FIRST_VOWELS = {
    "a": (("ا", 0.0), ("ع", 0.1), ("عا", 0.2)),
    "e": (("ا", 0.0), ("ع", 0.2), ("اي", 0.2)),
    "i": (("ا", 0.0), ("اي", 0.1), ("ي", 0.2), ("ع", 0.2), ("عي", 0.2)),
    "o": (("او", 0.0), ("ا", 0.1), ("و", 0.2), ("ع", 0.2)),
}
# At the end of a word «i» and «o» are written, «a» and «e» may be short, or an ending that the stem
# has lost.
_LAST_VOWELS = {
    vowel: (("", cost), *((letters, 0.0) for letters in written))
    for vowel, cost, written in (
        ("a", 0.1, "اهعي"),
        ("e", 0.1, "اهي"),
        ("i", 0.5, "ي"),
        ("o", 0.5, "و"),
    )
}
_CONSONANTS = {
    unit: tuple((letter, place * _STEP) for place, letter in enumerate(letters))
    for unit, letters in _LETTERS.items()
}
_PROSTHETIC = (("", 0.0), ("ا", 0.1))  # «انصار», where Latin begins with two consonants: `nsar`
_UNIT = re.compile("kh|gh|ch|sh|th|dh|ph|[aeiowy2]|[bcdfghjklmnpqrstvxz35789ة]")
_ALIKE = ((re.compile("ou|u"), "o"), (re.compile("ei|ai|ee"), "i"), (re.compile(r"(.)\1+"), r"\1"))
_ARTICLE = re.compile(r"^(?:[bfwd]?l|el|al)(?=...)")
# A name may begin with «ب ل ف و», which its stem has lost, as any word loses its particle.
_LOST_INITIAL = re.compile(r"^(?:[blf][aei]?(?=.{4})|[ow][aei]?(?=.{3}))")
_COST_OF_LOST_INITIAL = 0.1
# «ة» is pronounced, or written, behind its vowel: `lajnat` and `lajneh` are «لجنة».
_FEMININE = re.compile("[ae][th]$")
_ENDINGS = ("iya", "ia", "ya", "at", "ate", "in", "ine", "yin", "an", "s")
_COST_OF_ENDING = 0.1
_MIN_UNITS = 3  # that must be left of a word without its ending
_COST_OF_ARTICLE = 0.05  # in front of a word, where none was typed
_MIN_LETTERS_OF_BEGINNING = 2
_MAX_BEGINNINGS = 8
_MAX_GROWING = 100  # beginnings that are spelled further

_BEFORE_ALLAH = re.compile(r"(.{2,}?[^aeiou])(?:[aeiou]|ou)?llah$")

Choices = tuple[tuple[str, float], ...]  # Arabic spellings of a unit, and the cost of each
Reading = tuple[Choices, ...]


class TermsByPrefix(Protocol):
    """Terms that can be looked up by their first letters: those of an index, or of a table."""

    def terms_with_prefix(self, prefix: str, *, stems: bool = False) -> list[tuple[str, int]]:
        """Return the terms that begin with `prefix`, or the stems, each with its frequency."""


@dataclass(frozen=True, slots=True)
class Transliteration:
    """A term that the word may spell; a `cost` of 0 is letter by letter, 1 is far-fetched.

    `penalty` is the cost less a bonus for a common term; candidates are ordered by it, least first.
    """

    term: str
    cost: float
    penalty: float


def find_transliterations(
    word: str, vocabulary: TermsByPrefix, *, stems: bool = False
) -> list[Transliteration]:
    """Return the terms, or the stems, that a folded Latin word may spell, least penalty first."""
    spelled: dict[str, tuple[float, int]] = {}
    for reading, cost_of_reading in _readings(word):
        spells = _pattern(reading).fullmatch
        for prefix in _prefixes(reading):
            for term, frequency in vocabulary.terms_with_prefix(prefix, stems=stems):
                letters = fold(term.removesuffix(STEM_MARK))
                if len(letters) >= MIN_LETTERS and spells(letters):
                    cost = cost_of_reading + _cost(reading, letters)
                    if cost < spelled.get(term, (_HIGHEST_COST, 0))[0]:
                        spelled[term] = cost, frequency

    return _choose_likeliest(spelled, MAX_CANDIDATES)


def find_beginnings(
    word: str, count_words: Callable[[Sequence[str]], Sequence[int]]
) -> list[Transliteration]:
    """Return the Arabic beginnings that a folded Latin beginning may spell, least penalty first.

    `count_words` returns how many words begin with each of some letters. A word may have an article
    that was not typed: `riy` -> «الري».
    """
    for pattern, replacement in _ALIKE:
        word = pattern.sub(replacement, word)
    spelled: dict[str, tuple[float, int]] = {}
    for form in {word, _ARTICLE.sub("", word)}:
        for beginning, (cost, count) in _spell_units(form, count_words).items():
            if cost < spelled.get(beginning, (_HIGHEST_COST, 0))[0]:
                spelled[beginning] = cost, count
    return _choose_likeliest(spelled, _MAX_BEGINNINGS)


def _spell_units(
    form: str, count_words: Callable[[Sequence[str]], Sequence[int]]
) -> dict[str, tuple[float, int]]:
    """Return the cost of each beginning that words have, and their number, unit by unit."""
    reading = _read(form)
    if reading:  # its last vowel need not be the end of the word
        last = _UNIT.findall(form)[-1]
        reading = (*reading[:-1], (*reading[-1], *_VOWELS.get(last, ())))
    growing = {"": (0.0, 0), "ال": (_COST_OF_ARTICLE, 0)}
    for choices in reading:
        costs: dict[str, float] = {}
        for start, (cost, _) in growing.items():
            for letters, extra in choices:
                longer = start + letters
                costs[longer] = min(costs.get(longer, _HIGHEST_COST), cost + extra)
        cheapest = sorted(costs, key=costs.__getitem__)[:_MAX_GROWING]
        counts = zip(cheapest, count_words(cheapest), strict=True)
        growing = {beginning: (costs[beginning], count) for beginning, count in counts if count}
    return {
        beginning: found
        for beginning, found in growing.items()
        if len(beginning.removeprefix("ال")) >= _MIN_LETTERS_OF_BEGINNING
    }


def _choose_likeliest(
    spelled: Mapping[str, tuple[float, int]], count: int
) -> list[Transliteration]:
    """Return the terms of least penalty; `spelled` holds the cost and the frequency of each."""
    highest = min((cost for cost, _ in spelled.values()), default=0.0) + _MAX_COST_DIFFERENCE
    near = [
        Transliteration(term, cost, cost - _FREQUENCY_BONUS * log10(frequency))
        for term, (cost, frequency) in spelled.items()
        if cost <= highest
    ]
    return sorted(near, key=lambda candidate: (candidate.penalty, candidate.term))[:count]


def choose_candidate(candidates: Sequence[Transliteration]) -> Transliteration | None:
    """Return the candidate of least cost, or the first where its frequency makes it far likelier.

    Candidates come in the order of `find_transliterations`.
    """
    cheapest = min(candidates, key=lambda candidate: candidate.cost, default=None)
    if cheapest is not None and cheapest.penalty - candidates[0].penalty > _FAR_LIKELIER:
        return candidates[0]
    return cheapest


def part_before_allah(word: str) -> str:
    """Return what stands before «الله» in a Latin name: `fadlallah` -> `fadl`; empty for others."""
    name = _BEFORE_ALLAH.match(word)
    return name[1] if name else ""


def _readings(word: str) -> list[tuple[Reading, float]]:
    """Return the readings of a word, as it is and without what its stem loses, with their costs.

    In front a stem loses the article or an initial like a particle, and behind an ending.
    """
    for pattern, replacement in _ALIKE:
        word = pattern.sub(replacement, word)
    cost_by_reading: dict[Reading, float] = {}
    costs = {_LOST_INITIAL.sub("", word): _COST_OF_LOST_INITIAL, _ARTICLE.sub("", word): 0.0}
    for form, cost in {**costs, word: 0.0}.items():
        cost_by_reading.setdefault(_read(form), cost)
        if _FEMININE.search(form):
            cost_by_reading.setdefault(_read(_FEMININE.sub("ة", form)), cost)
        for ending in _ENDINGS:
            reading = _read(form.removesuffix(ending))
            if form.endswith(ending) and len(reading) >= _MIN_UNITS:
                cost_by_reading.setdefault(reading, cost + _COST_OF_ENDING)
    return [(reading, cost) for reading, cost in cost_by_reading.items() if len(reading) > 1]


def _read(form: str) -> Reading:
    units = _UNIT.findall(form)
    choices = [_CONSONANTS.get(unit) or _VOWELS[unit] for unit in units]
    if not choices:
        return ()
    choices[-1] = _LAST_VOWELS.get(units[-1], choices[-1])
    choices[0] = _FIRST_VOWELS.get(units[0], choices[0])
    if len(units) > 1 and units[0] in _CONSONANTS and units[1] in _CONSONANTS:
        choices.insert(0, _PROSTHETIC)
    return tuple(choices)


def _prefixes(reading: Reading) -> set[str]:
    """Return every beginning that the reading allows, of `MIN_LETTERS` letters."""
    growing, grown = {""}, set()
    for choices in reading:
        longer = {start + letters for start in growing for letters, _ in choices}
        grown |= {start[:MIN_LETTERS] for start in longer if len(start) >= MIN_LETTERS}
        growing = {start for start in longer if len(start) < MIN_LETTERS}
    return grown


def _pattern(reading: Reading) -> re.Pattern[str]:
    groups = ("|".join(letters for letters, _ in choices) for choices in reading)
    return re.compile("".join(f"(?:{group})" for group in groups))


def _cost(reading: Reading, term: str) -> float:
    """Return the least cost of spelling `term` by the reading; infinite where it cannot."""
    reached = {0: 0.0}  # cost by the number of letters spelled
    for choices in reading:
        further: dict[int, float] = {}
        for place, cost in reached.items():
            for letters, extra in choices:
                if term.startswith(letters, place):
                    end = place + len(letters)
                    further[end] = min(further.get(end, inf), cost + extra)
        reached = further
    return reached.get(len(term), inf)
