"""Return the beginnings of terms that a typed beginning of a word stands for. Pure.

An article is taken off («الفلا» -> «فلا»), as terms have none. A letter that might be a clitic
stays: nothing in the beginning «وزا» shows that «و» belongs to «وزارة».
"""

import re

from search.language.analysis import term_of, written_words
from search.language.folding import fold, simplify

_MIN_LETTERS = 2
_ARTICLE = re.compile("[وف]?(?:[بك]?ال|لل)(?=..)")


def spellings_of_prefix(text: str) -> tuple[tuple[str], ...]:
    """Return the beginnings of terms; none unless `text` is a single word of two letters or more.

    The beginning as typed is among them, for words that begin with an article's letters
    («التزام»).
    """
    if written_words(text) != [text]:
        return ()
    simple = simplify(text)
    beginnings = (simple, _ARTICLE.sub("", simple, count=1) if _ARTICLE.match(simple) else simple)
    folded = dict.fromkeys(map(_fold, beginnings))
    return tuple((beginning,) for beginning in folded if len(beginning) >= _MIN_LETTERS)


def _fold(simple: str) -> str:
    term = term_of(simple)
    return term if len(term) == len(simple) else fold(simple)
