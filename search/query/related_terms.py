"""Find the translations and the synonyms of a word of a query that an index holds. Pure."""

import re
from collections.abc import Iterator
from itertools import chain
from math import log

from search.index import TermStatistics
from search.language.analysis import STEM_MARK, Word
from search.language.common_latin import is_common_latin
from search.language.stemming import as_stem
from search.lexicon.thesaurus import RelatedTerm, synonyms_of, translations_of
from search.plan import Alternative

# Factors of the cosine of a translation and of a synonym. A translation does not stand beside the
# word in the same text; synonyms gain half as much with half the weight, and the whole weight costs
# questions .008.
WEIGHT_OF_TRANSLATION, WEIGHT_OF_SYNONYM = 1.0, 0.8
# Factor of a translation of the base form alone. With 1.0, ntrex-fr-ar gains .001 more of RR@20,
# and French readers' queries lose .02 of nDCG@10.
WEIGHT_OF_BASE_FORM = 0.5
# From this cosine on a document matches by a translation; it always matches by the nearest. Most of
# the third translations between .55 and .65 are other words («irak»: «صدر» .61, «سعود» .80).
MIN_COSINE_OF_MATCHING_TRANSLATION = 0.65
# Synonyms are searched for in up to this many passages. In more, the word itself is found often
# enough, and synonyms double the time of the search by words: among 900,000 from 4 ms to 9.5.
MAX_PASSAGES_FOR_SYNONYMS = 200_000
# Content words of a query from which on synonyms are searched for: a shorter query means its words.
MIN_WORDS_FOR_SYNONYMS = 3
# Least passages with a related term for each passage with the word itself: a term that the archive
# hardly holds would outweigh the word by being rare. All figures are within .005 from .02 to .3.
MIN_SHARE = 0.1
# Endings of French and English plurals and feminines, and what the base form has instead.
_INFLECTIONS = (("ies", "y"), ("aux", "al"), ("s", ""), ("es", ""), ("e", ""))
_DOUBLED = re.compile(r"([^aeiou])\1$")
_SHORTEST_BASE = 4  # letters before the ending, since short words end alike by chance


def idf(frequency: int, vocabulary: TermStatistics) -> float:
    """Return the weight of a term in BM25 (its idf) by the number of passages that hold it."""
    return log(1 + (vocabulary.passages - frequency + 0.5) / (frequency + 0.5))


def find_related(
    word: Word, frequency: int, vocabulary: TermStatistics, *, by_meaning: bool, with_synonyms: bool
) -> list[Alternative]:
    """Return translations, and synonyms if they are wanted; both are listed by stems.

    In the search by words alone, only a word without a stem that the index does not hold is
    translated.
    """
    if not by_meaning and (word.stem or frequency):
        return []
    term = (word.stem or word.term).removesuffix(STEM_MARK)
    translations, weight = translations_of(term), WEIGHT_OF_TRANSLATION
    if not translations and not word.stem:
        translations, weight = _translations_of_base_form(term), WEIGHT_OF_BASE_FORM
    related = [
        Alternative(
            (as_stem(near.term),),
            weight * near.cosine,
            is_related=True,
            only_ranks=place > 0 and near.cosine < MIN_COSINE_OF_MATCHING_TRANSLATION,
        )
        for place, near in enumerate(translations)
    ]
    if with_synonyms and vocabulary.passages <= MAX_PASSAGES_FOR_SYNONYMS:
        related += _find_synonyms(term, frequency, vocabulary)
    least = max(1.0, MIN_SHARE * frequency)
    return [other for other in related if vocabulary.frequency(other.terms[0]) >= least]


def _translations_of_base_form(term: str) -> list[RelatedTerm]:
    """Return the translations of the word that a French or English term is inflected from.

    Participles are left out: those of English cost `ntrex-en-ar` .001 of RR@20 by words.
    """
    forms = filter(is_common_latin, base_forms(term))
    return next(filter(None, map(translations_of, forms)), [])


def base_forms(term: str) -> list[str]:
    """Return what a folded French or English term may be a plural or feminine of, nearest first.

    `saoudiennes` -> `saoudienne`, `saoudienn`, `saoudien`: each is one or two endings away.
    """
    nearest = list(_without_ending(term))
    return list(dict.fromkeys([*nearest, *chain.from_iterable(map(_without_ending, nearest))]))


def _without_ending(term: str) -> Iterator[str]:
    for ending, replacement in _INFLECTIONS:
        rest = term.removesuffix(ending)
        if term.endswith(ending) and len(rest) >= _SHORTEST_BASE:
            yield rest + replacement
            if not replacement and _DOUBLED.search(rest):
                yield rest[:-1]


def _find_synonyms(term: str, frequency: int, vocabulary: TermStatistics) -> Iterator[Alternative]:
    """Yield the synonyms of a word; a synonym rarer than it scores as if it were as common.

    BM25 would otherwise put a text with a rare synonym before a text with the word itself.
    """
    own_weight = idf(frequency, vocabulary)
    for near in synonyms_of(term):
        stem = as_stem(near.term)
        rarity = idf(vocabulary.frequency(stem), vocabulary)
        weight = WEIGHT_OF_SYNONYM * near.cosine
        if frequency and rarity > own_weight:
            weight *= own_weight / rarity
        yield Alternative((stem,), weight, is_related=True, only_ranks=True)
