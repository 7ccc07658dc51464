"""Spell names and numbers as one word or as two: «بنكيران», «بن كيران»; «12500», «12 500». Pure."""

from functools import lru_cache

from search.language.analysis import term_of

Terms = tuple[str, ...]

# The beginnings of these names, folded: «عبد الكريم», «أبو ظبي», «بن كيران», «آيت منة».
_BEGINNINGS = ("عبد", "ابو", "ابي", "ابا", "بو", "بن", "ايت")
_MIN_LETTERS = 3  # of what follows
_MAX_SPELLINGS = 8
# Digits of a number that the French write with a space: a shorter number is as often a year.
_MIN_DIGITS, _MAX_DIGITS = 5, 6


@lru_cache(maxsize=10_000)
def spellings_of(terms: Terms) -> tuple[Terms, ...]:
    """Return all spellings of terms in a row, with names joined or apart; the terms come first.

    `("عبد", "كريم")` -> `("عبد", "كريم"), ("عبدالكريم",)`.
    """
    spellings = {terms: None}
    waiting = [terms]
    while waiting:
        spelling = waiting.pop(0)
        for place in range(len(spelling)):
            if len(spellings) == _MAX_SPELLINGS:
                return tuple(spellings)
            for size, other in _varied(spelling, place):
                varied = spelling[:place] + other + spelling[place + size :]
                if varied not in spellings and len(spellings) < _MAX_SPELLINGS:
                    spellings[varied] = None
                    waiting.append(varied)
    return tuple(spellings)


def _varied(terms: Terms, place: int) -> list[tuple[int, Terms]]:
    """Return the terms that may replace those at a place, each with how many it replaces."""
    term = terms[place]
    if term.isdigit():
        return _varied_number(terms[place : place + 2])
    varied: list[tuple[int, Terms]] = []
    if term in _BEGINNINGS and place + 1 < len(terms):
        name = terms[place + 1]
        joined = {term_of(f"{term}{article}{name}") for article in ("", "ال")}
        varied += [(2, (spelling,)) for spelling in sorted(joined) if spelling]
    for beginning in _BEGINNINGS:
        if term.startswith(beginning) and len(term) >= len(beginning) + _MIN_LETTERS:
            rest = term_of(term[len(beginning) :])
            varied += [(1, (beginning, rest))] if rest else []
    return varied


def _varied_number(terms: Terms) -> list[tuple[int, Terms]]:
    """Return a number with its thousands joined to the rest, or apart from it."""
    number = "".join(terms)
    if len(terms) == 2 and terms[1].isdigit() and len(terms[0]) <= 3 == len(terms[1]):
        return [(2, (number,))]
    if _MIN_DIGITS <= len(terms[0]) <= _MAX_DIGITS:
        return [(1, (terms[0][:-3], terms[0][-3:]))]
    return []
