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
def stop_words_by_kind() -> Mapping[str, frozenset[str]]:
    """Read the stop words of each kind, as they are written."""
    words: dict[str, set[str]] = defaultdict(set)
    for kind, word in read_table(_TABLE, ("kind", "word")):
        words[kind].add(word)
    return {kind: frozenset(listed) for kind, listed in words.items()}
