"""Look up the common French and English words, which are no Arabic names in Latin letters. Pure.

`common_latin.tsv` lists the folded words that are mostly written in small letters in French and
English sentences (`python -m indexer.training.frequencies`): «greve», not «fes». Both languages
share one list, since a query of two words rarely tells which language it is in.
"""

import re
from functools import cache
from pathlib import Path
from unicodedata import normalize

from search.language.folding import fold
from search.tables import read_words

COMMON_LATIN = "common_latin.tsv"

# «élucidées» comes from «élucider»: most French verbs have a participle, and corpora of sentences
# hold only some of them. The accent is required, since «Andre» and «Renee» are names.
_PARTICIPLE = re.compile("ée?s?$")


@cache
def _common_words() -> frozenset[str]:
    return read_words(Path(__file__).parent / COMMON_LATIN)


def is_common_latin(word: str) -> bool:
    """Return whether a written word is a common word of French or English."""
    verb, endings = _PARTICIPLE.subn("er", normalize("NFC", word.lower()))
    return fold(word) in _common_words() or (endings > 0 and fold(verb) in _common_words())
