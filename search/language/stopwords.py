"""Read the words that say nothing of a subject: Arabic, Moroccan in both scripts, French, English.

`stopwords.tsv` lists them, folded or not; `search.language.analysis` folds them. They are stored
and matched like any other word; only a query drops them, if it has other words.
"""

from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from search.tables import read_table

_TABLE = Path(__file__).parent / "stopwords.tsv"


@cache
def stop_words_by_language() -> Mapping[str, frozenset[str]]:
    """Read the stop words of `ar`, `darija`, `darija-latin`, `fr` and `en`, as they are written."""
    words: dict[str, set[str]] = defaultdict(set)
    for language, word in read_table(_TABLE, ("language", "word")):
        words[language].add(word)
    return {language: frozenset(listed) for language, listed in words.items()}
