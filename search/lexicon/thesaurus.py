"""Finds terms that mean the same: what a word is in Arabic, French or English, and its like.

By two tables, learned with the shipped encoder from the words that it knows whole, by how near
their vectors lie (`indexer.training.thesaurus` writes them): of translations into the other script,
and of Arabic words for one thing, among them the broken plurals that no stemming brings together.
They serve any encoder.
"""

from bisect import bisect_left
from functools import cache
from pathlib import Path
from typing import NamedTuple

MODEL = Path(__file__).parent
TRANSLATIONS, SYNONYMS = "translations.tsv", "synonyms.tsv"


class Near(NamedTuple):
    """A term, and how near it is in meaning: a cosine of .4 and more."""

    term: str
    cosine: float


def translations_of(term: str) -> list[Near]:
    """Return the terms of the other script that mean what `term` does, the nearest first."""
    return _listed(TRANSLATIONS, term)


def synonyms_of(term: str) -> list[Near]:
    """Return the Arabic terms for what an Arabic `term` means, the nearest first."""
    return _listed(SYNONYMS, term)


def _listed(table: str, term: str) -> list[Near]:
    lines = _lines(table)
    place = bisect_left(lines, f"{term}\t")
    if place == len(lines) or not lines[place].startswith(f"{term}\t"):
        return []
    listed = (one.split(":") for one in lines[place].split("\t")[1].split())
    return [Near(found, int(hundredths) / 100) for found, hundredths in listed]


@cache
def _lines(table: str) -> list[str]:
    """Return the lines of a table, ascending: a dictionary of them would take six times as much."""
    return (MODEL / table).read_text(encoding="utf-8").splitlines()
