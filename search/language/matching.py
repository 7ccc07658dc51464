"""Finds the words of a text that a query is matched by, and where they stand.

What is wanted is a term, a stem, or several terms with a space between them: a name, which is found
as one where its words follow one another, written joined or apart.

By looking for the terms in the folded text: but for letters that may carry or stand for a hamza,
which are all taken for one, a term is a part of each word that it stands for, so that only the
tokens, the parts between white space, in which one is found are looked at closely.
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

# What a letter folds to instead of one letter: nothing, as a vowel mark does, or what is not told
# by it alone: several letters of a word, half of a pair, a sigma that may end its word.
_NOTHING, _UNTOLD = 0, 1


@lru_cache(maxsize=10_000)
def words_of(token: str) -> tuple[Word, ...]:
    """Give the `words` of a token that is looked at more closely."""
    return tuple(words(token))


def find_words(text: str, wanted: AbstractSet[str]) -> list[Word]:
    """List those `words` of `text` whose term or stem is wanted, in their order.

    The term of each is what is wanted: the stem of a word that is wanted by its stem alone.
    """
    return find_words_of_each([text], wanted)[0]


def find_words_of_each(texts: Sequence[str], wanted: AbstractSet[str]) -> list[list[Word]]:
    """List what `find_words` lists, of several texts: in one look, which takes half the time."""
    names = _names(wanted)
    parts = wanted | {term for one in names.values() for _, name in one for term in name}
    listed = _listed(texts, parts)
    return [
        list(_joined(text, found, wanted, names)) for text, found in zip(texts, listed, strict=True)
    ]


def _names(wanted: AbstractSet[str]) -> Mapping[str, Sequence[tuple[str, Terms]]]:
    """Give the wanted names and all their spellings by the first term of these, the longest first.

    Of one term alone are the names that may be written apart, or that several terms joined make.
    """
    spelled = (
        (one, name)
        for one in wanted
        if not is_stem(one)
        for name in spellings_of(tuple(one.split(" ")))
    )
    names: dict[str, list[tuple[str, Terms]]] = defaultdict(list)
    for one, name in sorted(spelled, key=lambda pair: -len(pair[1])):
        if name != (one,):
            names[name[0]].append((one, name))
    return names


def _joined(
    text: str,
    found: Sequence[Word],
    wanted: AbstractSet[str],
    names: Mapping[str, Sequence[tuple[str, Terms]]],
) -> Iterator[Word]:
    """Join the words of each name; leave out what stands alone and is wanted in a name only."""
    place = 0
    while place < len(found):
        word, size = found[place], 1
        for wanted_name, name in names.get(word.term, ()):
            row = found[place : place + len(name)]
            if name == tuple(one.term for one in row) and _follow_one_another(text, row):
                word, size = Word(word.start, row[-1].end, wanted_name), len(name)
                break
        if word.term in wanted:
            yield Word(word.start, word.end, word.term)
        elif word.stem in wanted:
            yield Word(word.start, word.end, word.stem)
        place += size


def _follow_one_another(text: str, row: Sequence[Word]) -> bool:
    gaps = (text[one.end : other.start] for one, other in pairwise(row))
    return not any(gap != " " and written_words(gap) for gap in gaps)


def _listed(texts: Sequence[str], wanted: AbstractSet[str]) -> list[list[Word]]:
    """List the words of each text that have one of these terms."""
    found = _look_for(wanted, "\n".join(texts))
    if found is None and len(texts) > 1:  # one of them at least is hard to look through
        return [_listed([text], wanted)[0] for text in texts]
    if found is None:
        return [[word for word in words(text) if _is_wanted(word, wanted)] for text in texts]
    begins = list(accumulate((len(text) + 1 for text in texts), initial=0))
    listed: list[list[Word]] = [[] for _ in texts]
    for start, end, term, stem in found:
        number = bisect_right(begins, start) - 1
        listed[number].append(Word(start - begins[number], end - begins[number], term, stem))
    return listed


def _is_wanted(word: Word, wanted: AbstractSet[str]) -> bool:
    return word.term in wanted or word.stem in wanted


def _look_for(wanted: AbstractSet[str], text: str) -> list[Word] | None:
    """List the wanted words; None where a letter of the text does not fold to one."""
    units = _letters().take(np.frombuffer(text.encode("utf-16-le", "replace"), "<u2"))
    least = int(units.min(initial=_UNTOLD + 1))
    if least <= _UNTOLD and _UNTOLD in units:
        return None
    kept = np.flatnonzero(units) if least == _NOTHING else None
    folded = (units if kept is None else units[kept]).tobytes().decode("utf-16-le")
    found: list[Word] = []
    for start, end in _tokens_with(wanted, folded):
        if kept is None:
            begin, stop = start, end
        else:
            begin = int(kept[start - 1]) + 1 if start else 0
            stop = int(kept[end]) if end < len(kept) else len(text)
        for word in words_of(text[begin:stop]):
            if _is_wanted(word, wanted):
                found.append(Word(begin + word.start, begin + word.end, word.term, word.stem))
    return sorted(found)


def places_of(token: str, text: str) -> Iterator[int]:
    """Give where `token` stands in `text` between white space."""
    place = text.find(token)
    while place >= 0:
        end = place + len(token)
        if (not place or text[place - 1].isspace()) and (end == len(text) or text[end].isspace()):
            yield place
        place = text.find(token, place + 1)


def _tokens_with(wanted: AbstractSet[str], folded: str) -> set[tuple[int, int]]:
    """Give where the tokens begin and end that hold any of these terms."""
    tokens: set[tuple[int, int]] = set()
    for term in {_part_in_text(term) for term in wanted}:
        place = folded.find(term)
        while place >= 0:
            end = folded.find(" ", place)
            end = len(folded) if end < 0 else end
            tokens.add((folded.rfind(" ", 0, place) + 1, end))
            place = folded.find(term, end)
    return tokens


@lru_cache(maxsize=10_000)
def _part_in_text(term: str) -> str:
    """Return what stands in every text, read by `_letters`, that holds a term or a stem."""
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
    """Give what each letter folds to, by its number; what parts tokens to a space."""
    table = np.full(0x10000, _UNTOLD, dtype="<u2")
    told = [number for number in range(0x10000) if not 0xD800 <= number < 0xE000]
    # All at once, a line each: one by one they take twenty times as long.
    lines = fold("\n".join(" " if chr(number).isspace() else chr(number) for number in told))
    lines = lines.translate(_ONE_FOR_ALL)
    for number, letters in zip(told, lines.split("\n"), strict=True):
        if not letters:
            table[number] = _NOTHING
        elif len(letters) == 1 and ord(letters) < len(table):
            table[number] = ord(letters)
        elif not written_words(letters):
            table[number] = ord(".")  # «…» is three of them: one parts words as well
    table[[ord(space) for space in THOUSANDS_SPACES]] = ord(".")  # a number is a part of one token
    table[[_NOTHING, _UNTOLD, ord("Σ")]] = _UNTOLD
    return table
