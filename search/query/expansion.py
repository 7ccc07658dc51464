"""Gives each word of a query the other terms it may be found by in this index.

Names of months, places, people and institutions, and set phrases, in other tongues and scripts,
what it is in Arabic, French or English, other words for it, what the press writes for a word of
Moroccan Arabic, the Arabic terms that a word in Latin letters spells, and, for a word that the
index does not hold, those one slip of the finger away. Only terms that the index holds, each with a
weight below the word's own.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
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

WEIGHT_OF_SOUND = 0.8  # of a word spelled letter by letter; the cost of the spelling comes off
LEAST_WEIGHT_OF_SOUND = 0.2
WEIGHT_OF_CORRECTION = 0.6
WEIGHT_OF_STEM = 0.8  # of the stem of a correction or of a name
WEIGHT_OF_PLURAL = 0.6  # of a broken plural, or of its singular
# Passages at most, and in a small index one for so many of it. With words of up to 20 as well,
# misspelt titles gain .003 of nDCG@10, and every title asks for four times the look-ups.
RARE, RARE_BESIDE = 2, 1000
COMMONER, FAR_COMMONER = 100, 1000  # times: to be looked for too, to be offered instead

# Of a translation's and a synonym's cosine. The one has no word beside it in the same text; of the
# others half the weight gains half, the whole costs questions .008.
WEIGHT_OF_TRANSLATION, WEIGHT_OF_SYNONYM = 1.0, 0.8
# Cosine from which on a document matches by a translation; by the nearest one always. Of the third
# translations between .55 and .65 most are other words («irak»: «صدر» .61, «سعود» .80).
COUNTED_TRANSLATION = 0.65
# Passages, up to which synonyms are looked for. In more the word itself is found often enough, and
# they double the time of the search by words: among 900,000 from 4 ms to 9.5.
SYNONYMS_UP_TO = 200_000
# Passages with one for each with the word itself: what the archive hardly has would outweigh the
# word by being rare. Between .02 and .3 all is within .005.
LEAST_SHARE = 0.1

MOST_GUESSED = 16  # words of a query: a millisecond or more each, and a longer text says enough

_LATIN_WORD = re.compile("[a-z0-9]{3,}")


@dataclass(frozen=True, slots=True)
class Expansion:
    """A query's words, each with its alternatives, and the corrections among these.

    `counted` are the words with the alternatives by which a document matches. `corrections` gives
    the likeliest term for each word, as typed, that the index does not hold; `glosses` what the
    press would most likely write for the words of Moroccan Arabic, and for people, institutions and
    set phrases in Latin letters.
    """

    words: tuple[tuple[Alternative, ...], ...]
    counted: tuple[tuple[Alternative, ...], ...] = ()
    corrections: tuple[tuple[str, str], ...] = ()
    glosses: tuple[str, ...] = ()


def expand(
    text: str, vocabulary: TermStatistics, gazetteer: Gazetteer, *, by_meaning: bool = True
) -> Expansion:
    """Find the alternatives of every word of `text` but the stop words.

    Synonyms only where words are found `by_meaning`; without, translations only of words that the
    index does not hold.
    """
    named, covered, proper, of_names, renamed = gazetteer.find_names(text)
    is_latin_darija = looks_like_latin_darija(text)
    is_arabic_darija = looks_like_arabic_darija(text)
    groups: dict[str, tuple[Alternative, ...]] = {}
    counted: dict[str, tuple[Alternative, ...]] = {}
    corrections: list[tuple[str, str]] = []
    glosses: list[str] = []
    sounded: list[str] = []
    content = content_words(text)
    joined = _joined(content, vocabulary)
    common = _common_latin([text[word.start : word.end] for word in content])
    for number, word in enumerate(content):
        typed = text[word.start : word.end]
        frequency = vocabulary.frequency(word.term)
        of_stem = vocabulary.frequency(word.stem) if word.stem else frequency
        is_known = frequency > 0 or of_stem > 0
        called = _called(named.get(word.start, ()), frequency or of_stem, vocabulary)
        if frequency and not (is_latin_darija or is_arabic_darija or word.start in covered):
            called = _as_standard_arabic(word, called)
        in_other_numbers = _called(_in_other_numbers(word), of_stem, vocabulary)
        others = [*joined.get(number, ()), *called, *in_other_numbers]
        is_guessed = word.start not in covered and number < MOST_GUESSED
        related = _related(word, of_stem, vocabulary, by_meaning=by_meaning) if is_guessed else []
        is_name = word.start in proper
        is_homograph = is_name and not word.stem and _are_of_another_word(related, others)
        if is_homograph:
            related = []
        is_carried = number in common and (by_meaning or related)
        if is_guessed and (is_latin_darija or not (is_known or others or is_name or is_carried)):
            spelled = _spelled(fold(typed), vocabulary, gazetteer, is_darija=is_latin_darija)
            others = _heaviest([*others, *_held(spelled, vocabulary)])
            sounded += _likeliest_arabic(others)
        is_rare = max(frequency, of_stem) <= min(RARE, vocabulary.passages / RARE_BESIDE)
        if is_guessed and is_rare and not others and not related:
            near = _meant(typed, of_stem, vocabulary)
            others = _levels_of(near, WEIGHT_OF_CORRECTION, vocabulary)
            if near and vocabulary.frequency(near[0]) >= FAR_COMMONER * of_stem:
                corrections.append((typed, near[0]))
        if is_homograph or is_latin_darija or is_arabic_darija:
            glosses += _likeliest_arabic(others if typed.isascii() else named.get(word.start, ()))
        if is_known or others or word.start not in covered:
            all_others = _heaviest([*others, *related])
            groups.setdefault(word.term, (*_own(word), *all_others))
            # Of a name of several words, each is there where the name is, however it is called.
            of_name = _held(renamed.get(word.start, ()), vocabulary)
            plurals = _held(_alternatives(plural_terms_of(word.term)), vocabulary)
            counting = (*groups[word.term], *plurals, *of_name)
            counted.setdefault(
                word.term, tuple(one for one in dict.fromkeys(counting) if not one.only_ranks)
            )
    if len(sounded) == len(content) and not is_latin_darija:
        glosses += sounded  # names alone, of which an encoder knows few
    return Expansion(
        tuple(groups.values()),
        tuple(counted.values()),
        tuple(corrections),
        (*of_names, *glosses),
    )


def _alternatives(terms: Iterable[str]) -> list[Alternative]:
    return [Alternative((term,)) for term in terms]


def _are_of_another_word(related: Iterable[Alternative], names: Iterable[Alternative]) -> bool:
    """Return whether what a Latin word means is not its name: «Salé» is salty, or for sale."""
    arabic = {stem(term.removesuffix(STEM_MARK)) for one in names for term in one.terms} - {""}
    meanings = {term for one in related for term in one.terms if is_stem(term)}
    return bool(arabic and meanings) and arabic.isdisjoint(meanings)


def _common_latin(typed: Sequence[str]) -> set[int]:
    """Return the places of the common French and English words among the words of a query.

    A capital tells a name, «Umm al-Doom», but at the beginning of words in small letters.
    """
    is_sentence = any(map(str.islower, typed))
    return {
        place
        for place, word in enumerate(typed)
        if is_common_latin(word) and (word.islower() or (place == 0 and is_sentence))
    }


def _own(word: Word) -> tuple[Alternative, ...]:
    term = Alternative((word.term,))
    if not word.stem:
        return (term,)
    return term, Alternative((word.stem,), is_own_stem=True, only_ranks=True)


def _in_other_numbers(word: Word) -> list[Alternative]:
    """Give the broken plurals of a word, or its singular."""
    return [
        Alternative((one,), WEIGHT_OF_PLURAL, only_ranks=True)
        for one in other_numbers_of(word.stem)
    ]


def _joined(
    content: Sequence[Word], vocabulary: TermStatistics
) -> Mapping[int, Sequence[Alternative]]:
    """Give, by the numbers of words, the names that these are joined to or taken apart."""
    joined: dict[int, list[Alternative]] = defaultdict(list)
    for number, word in enumerate(content):
        for apart in spellings_of((word.term,))[1:]:
            joined[number].append(Alternative(apart))
        if number + 1 < len(content):
            pair = (word.term, content[number + 1].term)
            joined[number + 1] += [Alternative(one) for one in spellings_of(pair) if len(one) == 1]
    return {number: held for number, one in joined.items() if (held := _held(one, vocabulary))}


def _levels_of(
    terms: Iterable[str], weight: float, vocabulary: TermStatistics
) -> list[Alternative]:
    """Look for terms, and for their stems with less weight where other words have these too."""
    found = []
    for term in terms:
        found.append(Alternative((term,), weight, only_ranks=True))
        of_term = stem(term)
        if of_term and vocabulary.frequency(of_term) > vocabulary.frequency(term):
            found.append(Alternative((of_term,), weight * WEIGHT_OF_STEM, only_ranks=True))
    return found


def _called(
    names: Iterable[Alternative], frequency: int, vocabulary: TermStatistics
) -> list[Alternative]:
    """Give what a word is also called in this index, counting no more than the word.

    BM25 counts for much what an index hardly has, and a name of several words by all of them. With
    the whole weight 250 Saudi titles with the name of a place find their article with nDCG@10 .772,
    with this .775; 251 with a name of another kind with .717, and .722.
    """
    held = _held(names, vocabulary)
    if not frequency:
        return held
    own = _tells(frequency, vocabulary)
    telling = (
        sum(_tells(vocabulary.frequency(term), vocabulary) for term in one.terms) for one in held
    )
    return [
        replace(one, weight=one.weight * min(1.0, own / tells))
        for one, tells in zip(held, telling, strict=True)
    ]


def _as_standard_arabic(word: Word, called: Iterable[Alternative]) -> list[Alternative]:
    """Let no document match by what a word that the press writes means in Moroccan Arabic.

    «حملة» is a campaign, and there a flood.
    """
    return [
        replace(one, only_ranks=True) if word.stem and not one.terms[0].isascii() else one
        for one in called
    ]


def _held(others: Iterable[Alternative], vocabulary: TermStatistics) -> list[Alternative]:
    return [one for one in others if all(map(vocabulary.frequency, one.terms))]


def _tells(frequency: int, vocabulary: TermStatistics) -> float:
    """Give how much BM25 counts a term that so many passages hold."""
    return log(1 + (vocabulary.passages - frequency + 0.5) / (frequency + 0.5))


def _related(
    word: Word, frequency: int, vocabulary: TermStatistics, *, by_meaning: bool
) -> list[Alternative]:
    """Give translations and synonyms, which the tables list by stems.

    In the search by words alone only translations of what is not there, and by what it is called.
    """
    term = (word.stem or word.term).removesuffix(STEM_MARK)
    least = max(1.0, LEAST_SHARE * frequency)
    if not by_meaning and (word.stem or frequency):
        return []
    translations = translations_of(term)
    listed = [
        (WEIGHT_OF_TRANSLATION, one, place > 0 and one.cosine < COUNTED_TRANSLATION)
        for place, one in enumerate(translations)
    ]
    if by_meaning and vocabulary.passages <= SYNONYMS_UP_TO:
        listed += [(WEIGHT_OF_SYNONYM, one, True) for one in synonyms_of(term)]
    return [
        Alternative((found,), weight * near.cosine, is_related=True, only_ranks=only_ranks)
        for weight, near, only_ranks in listed
        if vocabulary.frequency(found := as_stem(near.term)) >= least
    ]


def _likeliest_arabic(alternatives: Iterable[Alternative]) -> list[str]:
    """Give the Arabic alternative that counts most, in a list; none where there is none."""
    arabic = (one for one in alternatives if not any(map(str.isascii, one.terms)))
    likeliest = max(arabic, key=lambda one: one.weight, default=None)
    return [] if likeliest is None else [" ".join(likeliest.terms).removesuffix(STEM_MARK)]


def _meant(typed: str, frequency: int, vocabulary: TermStatistics) -> list[str]:
    """Give the terms one slip away that a word may stand for; the commonest first.

    Newspapers misspell too: a word that stands in a few passages is taken for a slip only where
    another is far commoner, and so is a short word that stands in none, unless the other sounds
    the same.
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
    """Keep of each the one that counts most: what a table and the sound both say is said once."""
    ordered = sorted(alternatives, key=lambda one: -one.weight)
    return list({one.terms: one for one in reversed(ordered)}.values())[::-1]


def _spelled(
    word: str, vocabulary: TermStatistics, gazetteer: Gazetteer, *, is_darija: bool
) -> list[Alternative]:
    if not _LATIN_WORD.fullmatch(word) or word.isdigit():
        return []
    spelled = [
        Alternative(
            (found.term,),
            max(LEAST_WEIGHT_OF_SOUND, WEIGHT_OF_SOUND - found.cost),
            only_ranks=is_stem(found.term),
        )
        for found in find_spelled(word, vocabulary) or find_spelled(word, vocabulary, stems=True)
    ]
    if not is_darija:
        return spelled
    for found in find_spelled(word, gazetteer.darija_terms)[:1]:
        spelled += [
            Alternative(other.terms, other.weight * max(0.0, 1 - found.cost))
            for other in gazetteer.others_of(found.term)
        ]
    return spelled
