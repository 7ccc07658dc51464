"""Stem Arabic terms lightly: endings are stripped, the word itself stays. Pure.

The method is light10 (Larkey, Ballesteros and Connell, "Light Stemming for Arabic Information
Retrieval", 2007) with a few more steps, each kept because it helped title -> body search on three
training sets: the endings «ته» and «ا» are stripped, and feminines that are nouns of their own keep
their ending. `feminines.tsv` lists the words that «ة» makes another noun of, so that «نقابات» and
«نقابي» meet «نقابة» and none of them meets «نقاب». No ending is stripped that would leave fewer
than three letters, or four.
Latin words are not stemmed: neither Snowball's stemmers nor cutting off plurals helped French.
"""

from functools import cache
from pathlib import Path

from search.language.spelling import twins
from search.tables import read_words

FEMININES = "feminines.tsv"
STEM_MARK = "*"  # behind a stem, which is thereby never taken for a word

# Endings, and the fewest letters each must leave: «ان ون ين» end many names («مروان»). The longer
# comes first where it ends with another; after folding «ية» and «ة» are «يه» and «ه».
_ENDINGS = (
    *(("تها", 3), ("ته", 3), ("ها", 3), ("ان", 4), ("ات", 3), ("ون", 4), ("ين", 4)),
    *(("يه", 3), ("ه", 3), ("ي", 3), ("ا", 3)),
)
_ENDING_LETTERS = frozenset(ending[-1] for ending, _ in _ENDINGS)
_ALEFS = str.maketrans("آأ", "اا")
_OF_FEMININES = ("ه", "ات", "ته", "تها", "ي", "يه")


def stem(term: str) -> str:
    """Strip the endings from a term: «مدرستها» -> «مدرس*».

    A term that does not begin with an Arabic letter has no stem: the empty string.
    """
    if not "\u0600" <= term[:1] <= "\u06ff":
        return ""
    word, last = term.translate(_ALEFS), term[-1]  # «آثارها» is of «آثار», whichever «آ» is kept
    if last in "ةى":
        word = word[:-1] + ("ه" if last == "ة" else "ي")
    elif last == "ه" and len(term) > 3 and f"{word[:-1]}ة" in twins():
        word = word[:-1]  # «كتابه», the twin of «كتابة», is a form of «كتاب»
    if word[-1] in _ENDING_LETTERS:
        word = _without_endings(word)
    return f"{word}{STEM_MARK}"


def as_stem(listed: str) -> str:
    """Return the term or stem to search for, by an entry of a table of stems and Latin terms."""
    return f"{listed}{STEM_MARK}" if "\u0600" <= listed[:1] <= "\u06ff" else listed


def is_stem(term: str) -> bool:
    return term.endswith(STEM_MARK)


def _without_endings(word: str) -> str:
    for ending, least in _ENDINGS:
        if word.endswith(ending) and len(word) >= len(ending) + least:
            rest = word[: -len(ending)]
            if ending[0] == "ي" and rest[-1] == "ا":
                continue  # «بداية» is no form of «بدا», but of «بدايات»
            if ending in _OF_FEMININES and rest in _feminines():
                return f"{rest}ه"
            word = rest
    return word


@cache
def _feminines() -> frozenset[str]:
    return read_words(Path(__file__).parent / FEMININES)
