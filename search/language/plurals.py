"""Look up broken plurals, which no ending shows: «قارب», «قوارب». Pure.

`plurals.tsv` was written by hand. It lists the plurals that the press writes most; each form was
seen at least twenty times in the training corpora. Plurals in endings share the stem of their
singular and are not listed.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

from search.language.analysis import stem_of, term_of
from search.tables import read_table

PLURALS = "plurals.tsv"


def other_numbers_of(stem: str) -> Sequence[str]:
    """Return the stems of the plurals of a stem, or of its singular and the other plurals."""
    return _numbers(stem_of).get(stem, ())


def plural_terms_of(term: str) -> Sequence[str]:
    """Return the terms of the listed plurals of a word, or of its singular and other plurals."""
    return _numbers(term_of).get(term, ())


@cache
def _numbers(level_of: Callable[[str], str]) -> Mapping[str, Sequence[str]]:
    others: dict[str, dict[str, None]] = defaultdict(dict)  # in the order of the table
    for singular, plurals in read_table(Path(__file__).parent / PLURALS, ("singular", "plurals")):
        forms = dict.fromkeys(map(level_of, (singular, *plurals.split())))
        for form in forms:
            others[form] |= {other: None for other in forms if other != form}
    return {form: tuple(listed) for form, listed in others.items()}
