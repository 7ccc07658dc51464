"""Find the Arabic terms that a word in Latin letters spells, as alternatives of the word."""

import re
from collections.abc import Callable

from search.index import TermStatistics
from search.language.analysis import term_of
from search.language.stemming import is_stem
from search.language.transliteration import (
    Transliteration,
    choose_candidate,
    find_transliterations,
    part_before_allah,
)
from search.lexicon.gazetteer import Gazetteer
from search.plan import Alternative

WEIGHT_OF_TRANSLITERATION = 0.8  # letter by letter; the cost of the spelling is subtracted
MIN_WEIGHT_OF_TRANSLITERATION = 0.2
ALLAH = term_of("الله")

_LATIN_WORD = re.compile("[a-z0-9]{3,}")


def spell_in_arabic(
    word: str, vocabulary: TermStatistics, gazetteer: Gazetteer, *, is_darija: bool
) -> tuple[list[Alternative], list[Alternative]]:
    """Return the Arabic spellings of a word in Latin letters, and those of the likeliest candidate.

    Both have the words of the press for a word of Moroccan Arabic.
    """
    if not _LATIN_WORD.fullmatch(word) or word.isdigit():
        return [], []
    part = part_before_allah(word)
    spell: Callable[[Transliteration], list[Alternative]]
    if part and (candidates := find_transliterations(part, vocabulary)):
        spell = _with_allah
    else:
        candidates = find_transliterations(word, vocabulary)
        candidates = candidates or find_transliterations(word, vocabulary, stems=True)
        spell = _as_alternatives
    chosen = choose_candidate(candidates)
    spellings = [alternative for candidate in candidates for alternative in spell(candidate)]
    chosen_spellings = spell(chosen) if chosen else []
    meanings = [
        Alternative(other.terms, other.weight * max(0.0, 1 - candidate.cost))
        for candidate in find_transliterations(word, gazetteer.darija_terms)[:1]
        if is_darija
        for other in gazetteer.others_of(candidate.term)
    ]
    return [*spellings, *meanings], [*chosen_spellings, *meanings]


def _as_alternatives(candidate: Transliteration) -> list[Alternative]:
    is_only_stem = is_stem(candidate.term)
    return [Alternative((candidate.term,), _weight_of(candidate), only_ranks=is_only_stem)]


def _with_allah(candidate: Transliteration) -> list[Alternative]:
    """Return the spellings of a name with «الله»: «عبد الله», «عبدالله»."""
    apart, joined = (candidate.term, ALLAH), (term_of(f"{candidate.term}الله"),)
    return [Alternative(terms, _weight_of(candidate)) for terms in (apart, joined)]


def _weight_of(candidate: Transliteration) -> float:
    return max(MIN_WEIGHT_OF_TRANSLITERATION, WEIGHT_OF_TRANSLITERATION - candidate.cost)
