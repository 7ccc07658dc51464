"""Finds what a French or English word is in Arabic, and the other way round: as terms.

By a table, learned with the shipped encoder: for each word that it knows whole, those of the other
script whose vectors lie nearest (`indexer.training.translations` writes it). It serves any encoder,
and the search by words alone.
"""

from bisect import bisect_left
from functools import cache
from pathlib import Path
from typing import NamedTuple

TABLE = Path(__file__).parent / "model" / "translations.tsv"


class Translation(NamedTuple):
    """A term, and how near it is in meaning: a cosine of .4 and more."""

    term: str
    cosine: float


def translations_of(term: str) -> list[Translation]:
    """Give the terms of the other script that mean what `term` does, the nearest first."""
    lines = _lines()
    place = bisect_left(lines, f"{term}\t")
    if place == len(lines) or not lines[place].startswith(f"{term}\t"):
        return []
    listed = (one.split(":") for one in lines[place].split("\t")[1].split())
    return [Translation(found, int(hundredths) / 100) for found, hundredths in listed]


@cache
def _lines() -> list[str]:
    """Give the lines of the table, ascending: as dictionaries they would take six times as much."""
    return TABLE.read_text(encoding="utf-8").splitlines()
