"""Look up terms that mean the same: translations between scripts, and Arabic synonyms.

Two tables list them. `indexer.training.thesaurus` learned them with the shipped encoder from the
words that it knows whole, by how near their vectors lie; they serve any encoder. One table holds
translations between Arabic and French or English, the other Arabic words for the same thing, among
them the broken plurals that no stemming unifies.
"""

from bisect import bisect_left
from functools import cache
from pathlib import Path
from typing import NamedTuple

MODEL = Path(__file__).parent
TRANSLATIONS, SYNONYMS = "translations.tsv", "synonyms.tsv"


class Near(NamedTuple):
    """A term, and how near it is in meaning, as a cosine of .4 or more."""

    term: str
    cosine: float


def translations_of(term: str) -> list[Near]:
    """Return the terms of the other script that mean the same as `term`, the nearest first."""
    return _listed(TRANSLATIONS, term)


def synonyms_of(term: str) -> list[Near]:
    """Return the Arabic terms that mean the same as an Arabic `term`, the nearest first."""
    return _listed(SYNONYMS, term)


def _listed(table: str, term: str) -> list[Near]:
    lines = _lines(table)
    place = bisect_left(lines, f"{term}\t")
    if place == len(lines) or not lines[place].startswith(f"{term}\t"):
        return []
    listed = (pair.split(":") for pair in lines[place].split("\t")[1].split())
    return [Near(near_term, int(hundredths) / 100) for near_term, hundredths in listed]


@cache
def _lines(table: str) -> list[str]:
    """Return the lines of a table, ascending; a dictionary would take six times the memory."""
    return (MODEL / table).read_text(encoding="utf-8").splitlines()
