"""Expand each word of a query to the other terms that it may be found by in this index.

These are the names of months, places, people and institutions, and set phrases, in other languages
and scripts; translations into Arabic, French or English; synonyms; the words that the press writes
for a word of Moroccan Arabic; the Arabic terms that a word in Latin letters spells; and, for a word
that the index does not hold, the terms one slip of the finger away. The index holds each of these
terms, and each has a weight below the word's own.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import log

from search.index import TermStatistics
from search.language.analysis import STEM_MARK, Word, content_words, fold, term_of
from search.language.common_latin import is_common_latin
from search.language.names import spellings_of
from search.language.plurals import other_numbers_of, plural_terms_of
from search.language.stemming import as_stem, is_stem, stem
from search.language.transliteration import find_spelled
from search.lexicon.gazetteer import Gazetteer
from search.lexicon.thesaurus import synonyms_of, translations_of
from search.plan import Alternative
from search.query.darija import looks_like_arabic_darija, looks_like_latin_darija
from search.query.spelling import SHORTEST_WORD, find_corrections, sound_of

WEIGHT_OF_SOUND = 0.8  # of a word spelled letter by letter; the spelling's cost is subtracted
LEAST_WEIGHT_OF_SOUND = 0.2
WEIGHT_OF_CORRECTION = 0.6
WEIGHT_OF_STEM = 0.8  # of the stem of a correction or of a name
WEIGHT_OF_PLURAL = 0.6  # of a broken plural, or of its singular
# A word is rare if at most RARE passages hold it, and at most one in RARE_BESIDE passages. With a
# RARE of 20, misspelt titles gain .003 of nDCG@10, and every title needs four times the look-ups.
RARE, RARE_BESIDE = 2, 1000
# A correction this many times commoner than a rare word is searched for too, or suggested instead.
COMMONER, FAR_COMMONER = 100, 1000

# Factors of the cosine of a translation and of a synonym. A translation does not stand beside the
# word in the same text; synonyms gain half as much with half the weight, and the whole weight costs
# questions .008.
WEIGHT_OF_TRANSLATION, WEIGHT_OF_SYNONYM = 1.0, 0.8
# From this cosine on a document matches by a translation; it always matches by the nearest. Most of
# the third translations between .55 and .65 are other words («irak»: «صدر» .61, «سعود» .80).
COUNTED_TRANSLATION = 0.65
# Synonyms are searched for in up to this many passages. In more, the word itself is found often
# enough, and synonyms double the time of the search by words: among 900,000 from 4 ms to 9.5.
SYNONYMS_UP_TO = 200_000
# Content words of a query from which on synonyms are searched for: a shorter query means its words.
SYNONYMS_FROM = 3
# Least passages with a related term for each passage with the word itself: a term that the archive
# hardly holds would outweigh the word by being rare. All figures are within .005 from .02 to .3.
LEAST_SHARE = 0.1

MOST_GUESSED = 16  # words of a query: each takes 1 ms or more, and a longer text says enough

_LATIN_WORD = re.compile("[a-z0-9]{3,}")


@dataclass(frozen=True, slots=True)
class Expansion:
    """A query's words, each with its alternatives, and the corrections among these.

    `counted` are the words with the alternatives by which a document matches. `corrections` holds
    each typed word that the index does not hold, with its likeliest term. `glosses` are the words
    that the press would most likely write for words of Moroccan Arabic, and for people,
    institutions and set phrases in Latin letters.
    """

    words: tuple[tuple[Alternative, ...], ...]
    counted: tuple[tuple[Alternative, ...], ...] = ()
    corrections: tuple[tuple[str, str], ...] = ()
    glosses: tuple[str, ...] = ()


def expand(
    text: str, vocabulary: TermStatistics, gazetteer: Gazetteer, *, by_meaning: bool = True
) -> Expansion:
    """Return the alternatives of every word of `text` except the stop words.

    Synonyms are added only where words are found `by_meaning`; otherwise translations are added
    only to words that the index does not hold.
    """
    names_by_start, covered, proper, name_glosses, renamed = gazetteer.find_names(text)
    is_latin_darija = looks_like_latin_darija(text)
    is_arabic_darija = looks_like_arabic_darija(text)
    groups: dict[str, tuple[Alternative, ...]] = {}
    counted: dict[str, tuple[Alternative, ...]] = {}
    corrections: list[tuple[str, str]] = []
    glosses: list[str] = []
    transliterations: list[str] = []
    content = content_words(text)
    joined_names = _join_names(content, vocabulary)
    common = _common_latin([text[word.start : word.end] for word in content])
    for number, word in enumerate(content):
        typed = text[word.start : word.end]
        frequency = vocabulary.frequency(word.term)
        stem_frequency = vocabulary.frequency(word.stem) if word.stem else frequency
        is_known = frequency > 0 or stem_frequency > 0
        names = _weigh_names(
            names_by_start.get(word.start, ()), frequency or stem_frequency, vocabulary
        )
        if frequency and not (is_latin_darija or is_arabic_darija or word.start in covered):
            names = _as_standard_arabic(word, names)
        other_numbers = _weigh_names(_other_numbers(word), stem_frequency, vocabulary)
        others = [*joined_names.get(number, ()), *names, *other_numbers]
        is_guessed = word.start not in covered and number < MOST_GUESSED
        related = (
            _find_related(
                word,
                stem_frequency,
                vocabulary,
                by_meaning=by_meaning,
                with_synonyms=by_meaning and len(content) >= SYNONYMS_FROM,
            )
            if is_guessed
            else []
        )
        is_name = word.start in proper
        is_homograph = is_name and not word.stem and _are_of_another_word(related, others)
        if is_homograph:
            related = []
        is_carried = number in common and (by_meaning or related)
        if is_guessed and (is_latin_darija or not (is_known or others or is_name or is_carried)):
            spellings = _transliterate(
                fold(typed), vocabulary, gazetteer, is_darija=is_latin_darija
            )
            others = _heaviest([*others, *_keep_indexed(spellings, vocabulary)])
            transliterations += _likeliest_arabic(others)
        is_rare = max(frequency, stem_frequency) <= min(RARE, vocabulary.passages / RARE_BESIDE)
        if is_guessed and is_rare and not others and not related:
            near_terms = _likely_terms(typed, stem_frequency, vocabulary)
            others = _levels_of(near_terms, WEIGHT_OF_CORRECTION, vocabulary)
            if near_terms and vocabulary.frequency(near_terms[0]) >= FAR_COMMONER * stem_frequency:
                corrections.append((typed, near_terms[0]))
        if is_homograph or is_latin_darija or is_arabic_darija:
            glosses += _likeliest_arabic(
                others if typed.isascii() else names_by_start.get(word.start, ())
            )
        if is_known or others or word.start not in covered:
            all_others = _heaviest([*others, *related])
            groups.setdefault(word.term, (*_own_levels(word), *all_others))
            # A document holds each word of a name of several words where it holds any of its names.
            of_name = _keep_indexed(renamed.get(word.start, ()), vocabulary)
            plurals = _keep_indexed(_alternatives(plural_terms_of(word.term)), vocabulary)
            matching = (*groups[word.term], *plurals, *of_name)
            counted.setdefault(
                word.term,
                tuple(
                    alternative
                    for alternative in dict.fromkeys(matching)
                    if not alternative.only_ranks
                ),
            )
    if len(transliterations) == len(content) and not is_latin_darija:
        glosses += transliterations  # the query is names alone, and an encoder knows few
    return Expansion(
        tuple(groups.values()),
        tuple(counted.values()),
        tuple(corrections),
        (*name_glosses, *glosses),
    )


def _alternatives(terms: Iterable[str]) -> list[Alternative]:
    return [Alternative((term,)) for term in terms]


def _are_of_another_word(related: Iterable[Alternative], names: Iterable[Alternative]) -> bool:
    """Return whether no meaning of a Latin word is its name: «Salé» is salty, or for sale."""
    arabic = {
        stem(term.removesuffix(STEM_MARK)) for alternative in names for term in alternative.terms
    } - {""}
    meanings = {term for alternative in related for term in alternative.terms if is_stem(term)}
    return bool(arabic and meanings) and arabic.isdisjoint(meanings)


def _common_latin(typed: Sequence[str]) -> set[int]:
    """Return the places of the common French and English words among the words of a query.

    A capital marks a name, «Umm al-Doom», except before other words in small letters at the start.
    """
    is_sentence = any(map(str.islower, typed))
    return {
        place
        for place, word in enumerate(typed)
        if is_common_latin(word) and (word.islower() or (place == 0 and is_sentence))
    }


def _own_levels(word: Word) -> tuple[Alternative, ...]:
    term = Alternative((word.term,))
    if not word.stem:
        return (term,)
    return term, Alternative((word.stem,), is_own_stem=True, only_ranks=True)


def _other_numbers(word: Word) -> list[Alternative]:
    """Return the broken plurals of a word, or its singular."""
    return [
        Alternative((other,), WEIGHT_OF_PLURAL, only_ranks=True)
        for other in other_numbers_of(word.stem)
    ]


def _join_names(
    content: Sequence[Word], vocabulary: TermStatistics
) -> Mapping[int, Sequence[Alternative]]:
    """Return, by the numbers of words, the names that result from joining or splitting them."""
    joined: dict[int, list[Alternative]] = defaultdict(list)
    for number, word in enumerate(content):
        for apart in spellings_of((word.term,))[1:]:
            joined[number].append(Alternative(apart))
        if number + 1 < len(content):
            pair = (word.term, content[number + 1].term)
            joined[number + 1] += [
                Alternative(name) for name in spellings_of(pair) if len(name) == 1
            ]
    return {
        number: known
        for number, names in joined.items()
        if (known := _keep_indexed(names, vocabulary))
    }


def _levels_of(
    terms: Iterable[str], weight: float, vocabulary: TermStatistics
) -> list[Alternative]:
    """Return terms as alternatives, and with less weight the stems that other words have too."""
    alternatives = []
    for term in terms:
        alternatives.append(Alternative((term,), weight, only_ranks=True))
        term_stem = stem(term)
        if term_stem and vocabulary.frequency(term_stem) > vocabulary.frequency(term):
            alternatives.append(Alternative((term_stem,), weight * WEIGHT_OF_STEM, only_ranks=True))
    return alternatives


def _weigh_names(
    names: Iterable[Alternative], frequency: int, vocabulary: TermStatistics
) -> list[Alternative]:
    """Return the other names of a word in this index, which count no more than the word.

    BM25 gives a high weight to terms that an index hardly holds, and to a name of several words the
    weight of all of them. At full weight 250 Saudi titles with the name of a place find their
    article with nDCG@10 .772, with this weight .775; 251 titles with a name of another kind find it
    with .717 and .722.
    """
    known = _keep_indexed(names, vocabulary)
    if not frequency:
        return known
    own_weight = _idf(frequency, vocabulary)
    name_weights = (
        sum(_idf(vocabulary.frequency(term), vocabulary) for term in name.terms) for name in known
    )
    return [
        replace(name, weight=name.weight * min(1.0, own_weight / name_weight))
        for name, name_weight in zip(known, name_weights, strict=True)
    ]


def _as_standard_arabic(word: Word, names: Iterable[Alternative]) -> list[Alternative]:
    """Restrict the Moroccan meanings of a word that the press writes to ranking, not matching.

    «حملة» is a campaign, and a flood in Moroccan Arabic.
    """
    return [
        replace(name, only_ranks=True) if word.stem and not name.terms[0].isascii() else name
        for name in names
    ]


def _keep_indexed(others: Iterable[Alternative], vocabulary: TermStatistics) -> list[Alternative]:
    return [other for other in others if all(map(vocabulary.frequency, other.terms))]


def _idf(frequency: int, vocabulary: TermStatistics) -> float:
    """Return the weight of a term in BM25 (its idf) by the number of passages that hold it."""
    return log(1 + (vocabulary.passages - frequency + 0.5) / (frequency + 0.5))


def _find_related(
    word: Word, frequency: int, vocabulary: TermStatistics, *, by_meaning: bool, with_synonyms: bool
) -> list[Alternative]:
    """Return translations, and synonyms if they are wanted; both are listed by stems.

    In the search by words alone, only a word without a stem that the index does not hold is
    translated.
    """
    term = (word.stem or word.term).removesuffix(STEM_MARK)
    least = max(1.0, LEAST_SHARE * frequency)
    if not by_meaning and (word.stem or frequency):
        return []
    related = [
        Alternative(
            (as_stem(near.term),),
            WEIGHT_OF_TRANSLATION * near.cosine,
            is_related=True,
            only_ranks=place > 0 and near.cosine < COUNTED_TRANSLATION,
        )
        for place, near in enumerate(translations_of(term))
    ]
    if with_synonyms:
        related += _find_synonyms(word, frequency, vocabulary)
    return [other for other in related if vocabulary.frequency(other.terms[0]) >= least]


def _find_synonyms(word: Word, frequency: int, vocabulary: TermStatistics) -> Iterator[Alternative]:
    """Yield the synonyms of a word; a synonym rarer than it scores as if it were as common.

    BM25 would otherwise put a text with a rare synonym before a text with the word itself.
    """
    if vocabulary.passages > SYNONYMS_UP_TO:
        return
    own_weight = _idf(frequency, vocabulary)
    for near in synonyms_of((word.stem or word.term).removesuffix(STEM_MARK)):
        stem = as_stem(near.term)
        if vocabulary.frequency(stem) < max(1.0, LEAST_SHARE * frequency):
            continue
        rarity = _idf(vocabulary.frequency(stem), vocabulary)
        weight = WEIGHT_OF_SYNONYM * near.cosine
        if frequency and rarity > own_weight:
            weight *= own_weight / rarity
        yield Alternative((stem,), weight, is_related=True, only_ranks=True)


def _likeliest_arabic(alternatives: Iterable[Alternative]) -> list[str]:
    """Return a list of the Arabic alternative of highest weight; empty where there is none."""
    arabic = (
        alternative for alternative in alternatives if not any(map(str.isascii, alternative.terms))
    )
    likeliest = max(arabic, key=lambda alternative: alternative.weight, default=None)
    return [] if likeliest is None else [" ".join(likeliest.terms).removesuffix(STEM_MARK)]


def _likely_terms(typed: str, frequency: int, vocabulary: TermStatistics) -> list[str]:
    """Return the terms one slip away that a word may stand for, the commonest first.

    Newspapers misspell too: a word that stands in a few passages is taken for a slip only where
    another term is far commoner. The same holds for a short word that stands in no passage, unless
    the other term sounds the same.
    """
    letters = len(fold(typed))
    if letters < SHORTEST_WORD - 1:
        return []
    least = frequency * COMMONER if frequency else (COMMONER if letters < SHORTEST_WORD else 1)
    near = find_corrections(typed, vocabulary)
    sounds = {sound_of(fold(typed)), sound_of(term_of(typed))}
    return [
        term for term in near if vocabulary.frequency(term) >= least or sound_of(term) in sounds
    ]


def _heaviest(alternatives: Iterable[Alternative]) -> list[Alternative]:
    """Return each alternative once, at its highest weight: a table and a sound may both list it."""
    ordered = sorted(alternatives, key=lambda other: -other.weight)
    return list({other.terms: other for other in reversed(ordered)}.values())[::-1]


def _transliterate(
    word: str, vocabulary: TermStatistics, gazetteer: Gazetteer, *, is_darija: bool
) -> list[Alternative]:
    if not _LATIN_WORD.fullmatch(word) or word.isdigit():
        return []
    spellings = [
        Alternative(
            (candidate.term,),
            max(LEAST_WEIGHT_OF_SOUND, WEIGHT_OF_SOUND - candidate.cost),
            only_ranks=is_stem(candidate.term),
        )
        for candidate in find_spelled(word, vocabulary)
        or find_spelled(word, vocabulary, stems=True)
    ]
    if not is_darija:
        return spellings
    for candidate in find_spelled(word, gazetteer.darija_terms)[:1]:
        spellings += [
            Alternative(other.terms, other.weight * max(0.0, 1 - candidate.cost))
            for other in gazetteer.others_of(candidate.term)
        ]
    return spellings
