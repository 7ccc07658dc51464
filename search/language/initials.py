"""Arabic stems that begin with a «ب», «ل», «ف» or «و» of their own, not with a particle.

`own_initials.tsv` lists them. Counted in 73,000 press articles: what follows the article «ال» at
least 30 times, and at least a tenth as often as the same without its first letter does. Three
letters and fewer are left out, for nothing is taken off so short a word.
"""

from functools import cache
from pathlib import Path

from search.tables import read_table

_TABLE = Path(__file__).parent / "own_initials.tsv"


@cache
def own_initials() -> frozenset[str]:
    """Read the stems."""
    return frozenset(stem for (stem,) in read_table(_TABLE, ("stem",)))
