"""Read the words that say nothing of a subject: Arabic, Moroccan in both scripts, French, English.

`stopwords.tsv` lists them, folded or not; `search.language.analysis` folds them. They are stored
and matched like any other word; only a query drops them, if it has other words.

`darija` and `darija-latin` hold words of Moroccan Arabic alone, by which it is recognised.
`darija-shared` and `darija-latin-shared` hold its small words that are also names, or words with a
meaning in another language: a query drops them only where its other words show Moroccan Arabic.
"""

from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from search.tables import read_table

_TABLE = Path(__file__).parent / "stopwords.tsv"


@cache
def stop_words_by_language() -> Mapping[str, frozenset[str]]:
    """Read the stop words of each language, as they are written."""
    words: dict[str, set[str]] = defaultdict(set)
    for language, word in read_table(_TABLE, ("language", "word")):
        words[language].add(word)
    return {language: frozenset(listed) for language, listed in words.items()}
