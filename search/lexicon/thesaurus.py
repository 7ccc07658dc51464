"""Look up terms that mean the same: translations between scripts, and Arabic synonyms.

Two tables list them; `indexer.training.thesaurus` writes both. One holds translations between
Arabic and French or English, from how near the vectors of words lie in the shipped table. The other
holds Arabic words for the same thing: those of `press_synonyms.tsv`, at cosines that stand for
their order, and for other words those that the table has near.
"""

from bisect import bisect_left
from functools import cache
from pathlib import Path
from typing import NamedTuple

MODEL = Path(__file__).parent
TRANSLATIONS, SYNONYMS = "translations.tsv", "synonyms.tsv"


class RelatedTerm(NamedTuple):
    """A term, and how near it is in meaning, as a cosine of .4 or more."""

    term: str
    cosine: float


def translations_of(term: str) -> list[RelatedTerm]:
    """Return the terms of the other script that mean the same as `term`, the nearest first."""
    return _listed(TRANSLATIONS, term)


def synonyms_of(term: str) -> list[RelatedTerm]:
    """Return the Arabic terms that mean the same as an Arabic `term`, the nearest first."""
    return _listed(SYNONYMS, term)


def _listed(table: str, term: str) -> list[RelatedTerm]:
    lines = _lines(table)
    place = bisect_left(lines, f"{term}\t")
    if place == len(lines) or not lines[place].startswith(f"{term}\t"):
        return []
    listed = (pair.split(":") for pair in lines[place].split("\t")[1].split())
    return [RelatedTerm(near_term, int(hundredths) / 100) for near_term, hundredths in listed]


@cache
def _lines(table: str) -> list[str]:
    """Return the lines of a table, ascending; a dictionary would take six times the memory."""
    return (MODEL / table).read_text(encoding="utf-8").splitlines()
