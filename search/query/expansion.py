"""Expand each word of a query to the other terms that it may be found by in this index.

These are the names of months, places, people and institutions, and set phrases, in other languages
and scripts; translations into Arabic, French or English; synonyms; the words that the press writes
for a word of Moroccan Arabic; the Arabic terms that a word in Latin letters spells; and, for a word
that the index does not hold, the terms one slip of the finger away. The index holds each of these
terms, and each has a weight below the word's own.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from search.index import TermStatistics
from search.language.analysis import STEM_MARK, Word, content_words, fold
from search.language.common_latin import is_common_latin
from search.language.darija import looks_like_arabic_darija, looks_like_latin_darija
from search.language.names import spellings_of
from search.language.plurals import other_numbers_of, plural_terms_of
from search.language.stemming import is_stem, stem
from search.lexicon.gazetteer import Gazetteer
from search.plan import Alternative
from search.query.latin_spellings import ALLAH, spell_in_arabic
from search.query.related_terms import MIN_WORDS_FOR_SYNONYMS, find_related, idf
from search.query.spelling import find_likely_corrections

WEIGHT_OF_CORRECTION = 0.6
WEIGHT_OF_STEM = 0.8  # of the stem of a correction or of a name
WEIGHT_OF_PLURAL = 0.6  # of a broken plural, or of its singular
# A word is rare if at most RARE passages hold it, and at most one in RARE_BESIDE passages. With a
# RARE of 20, misspelt titles gain .003 of nDCG@10, and every title needs four times the look-ups.
RARE, RARE_BESIDE = 2, 1000
# From this many times the frequency of a rare word on, a correction is suggested instead of it.
FAR_COMMONER = 1000
MAX_GUESSED = 16  # words of a query: each takes 1 ms or more, and a longer text says enough


@dataclass(frozen=True, slots=True)
class Expansion:
    """A query's words, each with its alternatives, and the corrections among these.

    `matching_words` are the words with the alternatives by which a document matches. `corrections`
    holds each typed word that the index does not hold, with its likeliest term. `glosses` are the
    words that the press would most likely write for words of Moroccan Arabic, and for people,
    institutions and set phrases in Latin letters.
    """

    words: tuple[tuple[Alternative, ...], ...]
    matching_words: tuple[tuple[Alternative, ...], ...] = ()
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
    matching_words: dict[str, tuple[Alternative, ...]] = {}
    corrections: list[tuple[str, str]] = []
    glosses: list[str] = []
    transliterations: list[str] = []
    content = content_words(text)
    related_to = partial(
        find_related,
        vocabulary=vocabulary,
        by_meaning=by_meaning,
        with_synonyms=by_meaning and len(content) >= MIN_WORDS_FOR_SYNONYMS,
    )
    joined_names = _join_names(content, vocabulary)
    common = _common_latin([text[word.start : word.end] for word in content])
    for number, word in enumerate(content):
        typed = text[word.start : word.end]
        frequency = vocabulary.frequency(word.term)
        stem_frequency = vocabulary.frequency(word.stem) if word.stem else frequency
        is_known = frequency > 0 or stem_frequency > 0
        own_names = names_by_start.get(word.start, ())
        names = _weigh_names(own_names, frequency or stem_frequency, vocabulary)
        if frequency and not (is_latin_darija or is_arabic_darija or word.start in covered):
            names = _as_standard_arabic(word, names)
        other_numbers = _weigh_names(_other_numbers(word), stem_frequency, vocabulary)
        others = [*joined_names.get(number, ()), *names, *other_numbers]
        for_encoder = others if typed.isascii() else own_names
        is_guessed = word.start not in covered and number < MAX_GUESSED
        related = related_to(word, stem_frequency) if is_guessed else []
        is_name = word.start in proper
        is_homograph = is_name and not word.stem and _are_of_another_word(related, others)
        if is_homograph:
            related = []
        is_carried = number in common and (by_meaning or related)
        if is_guessed and (is_latin_darija or not (is_known or others or is_name or is_carried)):
            spellings, chosen = spell_in_arabic(
                fold(typed), vocabulary, gazetteer, is_darija=is_latin_darija
            )
            with_chosen = [*others, *_keep_indexed(chosen, vocabulary)]
            others = _heaviest([*others, *_keep_indexed(spellings, vocabulary)])
            transliterations += _heaviest_arabic(with_chosen)
            for_encoder = with_chosen if typed.isascii() else for_encoder
        is_rare = max(frequency, stem_frequency) <= min(RARE, vocabulary.passages / RARE_BESIDE)
        if is_guessed and is_rare and not others and not related:
            near_terms = find_likely_corrections(typed, stem_frequency, vocabulary)
            others = _with_stems(near_terms, WEIGHT_OF_CORRECTION, vocabulary)
            if near_terms and vocabulary.frequency(near_terms[0]) >= FAR_COMMONER * stem_frequency:
                corrections.append((typed, near_terms[0]))
        if is_homograph or is_latin_darija or is_arabic_darija:
            glosses += _heaviest_arabic(for_encoder)
        if is_known or others or word.start not in covered:
            group = groups.setdefault(
                word.term, (*_term_and_stem(word), *_heaviest([*others, *related]))
            )
            # A document holds each word of a name of several words where it holds any of its names.
            of_name = renamed.get(word.start, ())
            matching_words.setdefault(word.term, _counted(word, group, of_name, vocabulary))
    if len(transliterations) == len(content) and not is_latin_darija:
        glosses += transliterations  # the query is names alone, and an encoder knows few
    return Expansion(
        tuple(groups.values()),
        tuple(matching_words.values()),
        tuple(corrections),
        (*name_glosses, *glosses),
    )


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


def _term_and_stem(word: Word) -> tuple[Alternative, ...]:
    term = Alternative((word.term,))
    if not word.stem:
        return (term,)
    return term, Alternative((word.stem,), is_own_stem=True, only_ranks=True)


def _counted(
    word: Word,
    alternatives: Iterable[Alternative],
    names: Iterable[Alternative],
    vocabulary: TermStatistics,
) -> tuple[Alternative, ...]:
    """Return the alternatives by which a document matches: also the listed plurals, and `names`."""
    plurals = (Alternative((plural,)) for plural in plural_terms_of(word.term))
    every = dict.fromkeys([*alternatives, *_keep_indexed([*plurals, *names], vocabulary)])
    return tuple(alternative for alternative in every if not alternative.only_ranks)


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


def _with_stems(
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
    own_weight = idf(frequency, vocabulary)
    name_weights = (
        sum(idf(vocabulary.frequency(term), vocabulary) for term in name.terms) for name in known
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


def _heaviest_arabic(alternatives: Iterable[Alternative]) -> list[str]:
    """Return a list of the Arabic alternative of highest weight; empty where there is none."""
    arabic = (
        alternative for alternative in alternatives if not any(map(str.isascii, alternative.terms))
    )
    heaviest = max(arabic, key=lambda alternative: alternative.weight, default=None)
    if heaviest is None:
        return []
    first, *rest = heaviest.terms
    # A term has lost its article, without which «الله» in a name is another word.
    written = [first, *("الله" if term == ALLAH else term for term in rest)]
    return [" ".join(written).removesuffix(STEM_MARK)]


def _heaviest(alternatives: Iterable[Alternative]) -> list[Alternative]:
    """Return each alternative once, at its highest weight: a table and a sound may both list it."""
    ordered = sorted(alternatives, key=lambda other: -other.weight)
    return list({other.terms: other for other in reversed(ordered)}.values())[::-1]
