"""Light stemming of folded Arabic words: clitics and endings fall, the word itself stays. Pure.

light10 (Larkey, Ballesteros and Connell, "Light Stemming for Arabic Information Retrieval", 2007)
and a few steps beyond it, each kept because it helped title -> body search on three training sets
(nDCG@10 .823 -> .842, .855 -> .869, .916 -> .932): chains of clitics («وبال»), «ب ل ف» alone unless
the letter is the word's own, the endings «ته» and «ا». No ending falls that would leave fewer than
three letters, or four.
Left out: Latin words, for neither Snowball's stemmers nor cutting off plurals helped French.
"""

from search.language.initials import own_initials

# Longest first: the first that fits is taken off.
_ARTICLES = ("وبال", "فبال", "وكال", "ولل", "فلل", "وال", "فال", "بال", "كال", "ال", "لل")
_ARTICLE_STARTS = frozenset(article[0] for article in _ARTICLES)
_SHORTEST_AFTER_ARTICLE = 2

# Letters that are a word of their own before a word, and the fewest letters that follow each: they
# begin many short words themselves.
_PARTICLES = {"و": 3, "ب": 4, "ل": 4, "ف": 4}
_PARTICLE_PAIRS = ("وب", "ول", "فل")
_SHORTEST_AFTER_PAIR = 4

# Endings, and the fewest letters each must leave: «ان ون ين» end many names («مروان»). Longest
# first where one ends another; after folding «ية» and «ة» are «يه» and «ه».
_ENDINGS = (
    *(("تها", 3), ("ته", 3), ("ها", 3), ("ان", 4), ("ات", 3), ("ون", 4), ("ين", 4)),
    *(("يه", 3), ("ه", 3), ("ي", 3), ("ا", 3)),
)
_ENDING_LETTERS = frozenset(ending[-1] for ending, _ in _ENDINGS)


def stem(word: str) -> str:
    """Strip clitics and endings from a folded word: «وبالمدارس» -> «مدارس».

    A word that does not begin with an Arabic letter stays as it is.
    """
    first = word[:1]
    if not "\u0600" <= first <= "\u06ff":
        return word
    if first in _ARTICLE_STARTS:
        for article in _ARTICLES:
            if word.startswith(article) and len(word) >= len(article) + _SHORTEST_AFTER_ARTICLE:
                return _without_endings(word[len(article) :])
    stemmed = _without_endings(word)
    if first not in _PARTICLES or stemmed in own_initials():
        return stemmed
    return _without_particles(word, stemmed)


def _without_particles(word: str, stemmed: str) -> str:
    if word.startswith(_PARTICLE_PAIRS) and len(word) >= 2 + _SHORTEST_AFTER_PAIR:
        inner = _without_endings(word[1:])
        return inner if inner in own_initials() else _without_endings(word[2:])
    if len(word) > _PARTICLES[word[0]]:
        return _without_endings(word[1:])
    return stemmed


def _without_endings(word: str) -> str:
    if word[-1] not in _ENDING_LETTERS:
        return word
    for ending, least in _ENDINGS:
        if word.endswith(ending) and len(word) >= len(ending) + least:
            word = word[: -len(ending)]
    return word
