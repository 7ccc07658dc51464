"""Find the words of a text that a query is matched by, and where they stand.

A target is a term, a stem, or a name: several terms with a space between them, which are found
where its words follow one another, written joined or apart.

The terms are searched for in the folded text. All letters that may carry or stand for a hamza are
taken for the same letter; otherwise a term is a part of each word that it stands for. So only the
tokens, the parts between white space, that contain a term are analysed.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cache, lru_cache
from itertools import accumulate, pairwise

import numpy as np
import numpy.typing as npt

from search.language.analysis import (
    STEM_MARK,
    THOUSANDS_SPACES,
    Word,
    fold,
    is_stem,
    words,
    written_words,
)
from search.language.names import spellings_of

Units = npt.NDArray[np.uint16]
Terms = tuple[str, ...]

# A letter that does not fold to a single letter folds to nothing, as a vowel mark does, or to text
# that depends on more: several letters of a word, half of a pair, a sigma that may end its word.
_NOTHING, _UNKNOWN = 0, 1


@lru_cache(maxsize=10_000)
def words_of(token: str) -> tuple[Word, ...]:
    """Return the `words` of a token, from a cache."""
    return tuple(words(token))


def find_words(text: str, targets: AbstractSet[str]) -> list[Word]:
    """Return those `words` of `text` whose term or stem is a target, in their order.

    The term of each is its target: the stem, for a word of which the stem alone is a target.
    """
    return find_words_of_each([text], targets)[0]


def find_words_of_each(texts: Sequence[str], targets: AbstractSet[str]) -> list[list[Word]]:
    """Return the words that `find_words` returns for each text, in half the time."""
    names = _names(targets)
    parts = targets | {
        term for spellings in names.values() for _, name in spellings for term in name
    }
    listed = _listed(texts, parts)
    return [
        list(_join_names(text, target_words, targets, names))
        for text, target_words in zip(texts, listed, strict=True)
    ]


def _names(targets: AbstractSet[str]) -> Mapping[str, Sequence[tuple[str, Terms]]]:
    """Return the target names and all their spellings, by first term, the longest first.

    Names of a single term are those that may be written apart, or that several joined terms make.
    """
    spelled = sorted(
        # Where two names share a spelling, the name that is written so goes first.
        (-len(name), name != own_name, target, name)
        for target in targets
        if not is_stem(target)
        for own_name in [tuple(target.split(" "))]
        for name in spellings_of(own_name)
    )
    names: dict[str, list[tuple[str, Terms]]] = defaultdict(list)
    for *_, target, name in spelled:
        if name != (target,):
            names[name[0]].append((target, name))
    return names


def _join_names(
    text: str,
    target_words: Sequence[Word],
    targets: AbstractSet[str],
    names: Mapping[str, Sequence[tuple[str, Terms]]],
) -> Iterator[Word]:
    """Join the words of each name; leave out single words that are targets only within a name."""
    place = 0
    while place < len(target_words):
        word, size = target_words[place], 1
        for target, name in names.get(word.term, ()):
            row = target_words[place : place + len(name)]
            if name == tuple(part.term for part in row) and _follow_one_another(text, row):
                word, size = Word(word.start, row[-1].end, target), len(name)
                break
        if word.term in targets:
            yield Word(word.start, word.end, word.term)
        elif word.stem in targets:
            yield Word(word.start, word.end, word.stem)
        place += size


def _follow_one_another(text: str, row: Sequence[Word]) -> bool:
    gaps = (text[first.end : second.start] for first, second in pairwise(row))
    return not any(gap != " " and written_words(gap) for gap in gaps)


def _listed(texts: Sequence[str], targets: AbstractSet[str]) -> list[list[Word]]:
    """Return the words of each text that have one of these terms."""
    target_words = _look_for(targets, "\n".join(texts))
    if target_words is None and len(texts) > 1:  # at least one of them cannot be searched this way
        return [_listed([text], targets)[0] for text in texts]
    if target_words is None:
        return [[word for word in words(text) if _is_target(word, targets)] for text in texts]
    begins = list(accumulate((len(text) + 1 for text in texts), initial=0))
    listed: list[list[Word]] = [[] for _ in texts]
    for start, end, term, stem in target_words:
        number = bisect_right(begins, start) - 1
        listed[number].append(Word(start - begins[number], end - begins[number], term, stem))
    return listed


def _is_target(word: Word, targets: AbstractSet[str]) -> bool:
    return word.term in targets or word.stem in targets


def _look_for(targets: AbstractSet[str], text: str) -> list[Word] | None:
    """Return the target words; None where a letter of the text does not fold to a single letter."""
    units = _letters().take(np.frombuffer(text.encode("utf-16-le", "replace"), "<u2"))
    least = int(units.min(initial=_UNKNOWN + 1))
    if least <= _UNKNOWN and _UNKNOWN in units:
        return None
    kept = np.flatnonzero(units) if least == _NOTHING else None
    folded = (units if kept is None else units[kept]).tobytes().decode("utf-16-le")
    target_words: list[Word] = []
    for start, end in _tokens_with(targets, folded):
        if kept is None:
            begin, stop = start, end
        else:
            begin = int(kept[start - 1]) + 1 if start else 0
            stop = int(kept[end]) if end < len(kept) else len(text)
        for word in words_of(text[begin:stop]):
            if _is_target(word, targets):
                target_words.append(
                    Word(begin + word.start, begin + word.end, word.term, word.stem)
                )
    return sorted(target_words)


def places_of(token: str, text: str) -> Iterator[int]:
    """Yield the places where `token` stands in `text` between white space."""
    place = text.find(token)
    while place >= 0:
        end = place + len(token)
        if (not place or text[place - 1].isspace()) and (end == len(text) or text[end].isspace()):
            yield place
        place = text.find(token, place + 1)


def _tokens_with(targets: AbstractSet[str], folded: str) -> set[tuple[int, int]]:
    """Return start and end of the tokens that hold any of these terms."""
    tokens: set[tuple[int, int]] = set()
    for term in {_part_in_text(term) for term in targets}:
        place = folded.find(term)
        while place >= 0:
            end = folded.find(" ", place)
            end = len(folded) if end < 0 else end
            tokens.add((folded.rfind(" ", 0, place) + 1, end))
            place = folded.find(term, end)
    return tokens


@lru_cache(maxsize=10_000)
def _part_in_text(term: str) -> str:
    """Return the part of a term or stem that stands in every text with it, folded by `_letters`."""
    if term.isdigit():
        return term[-3:]  # behind the last mark between thousands
    part = fold(term.removesuffix(STEM_MARK))
    if is_stem(term) and len(part) > 3:
        part = part.removesuffix("ه")  # «نقابه» is the stem of «نقابات» too
    return part.translate(_ONE_FOR_ALL)


# The letters that a hamza sits on, or that are written instead of it: «مسؤول», «مسئول».
_ONE_FOR_ALL = str.maketrans("وءي", "ااا")


@cache
def _letters() -> Units:
    """Return the folded form of each letter, by its number; white space folds to a space."""
    table = np.full(0x10000, _UNKNOWN, dtype="<u2")
    numbers = [number for number in range(0x10000) if not 0xD800 <= number < 0xE000]
    # They are folded at once, a line each: singly they take twenty times as long.
    lines = fold("\n".join(" " if chr(number).isspace() else chr(number) for number in numbers))
    lines = lines.translate(_ONE_FOR_ALL)
    for number, letters in zip(numbers, lines.split("\n"), strict=True):
        if not letters:
            table[number] = _NOTHING
        elif len(letters) == 1 and ord(letters) < len(table):
            table[number] = ord(letters)
        elif not written_words(letters):
            table[number] = ord(".")  # «…» folds to three dots: one dot separates words as well
    table[[ord(space) for space in THOUSANDS_SPACES]] = ord(".")  # a number is a part of one token
    table[[_NOTHING, _UNKNOWN, ord("Σ")]] = _UNKNOWN
    return table
