"""Finds the words of a text that a query is matched by, and where they stand.

By tokens, the parts between white space: no word reaches over it, and pages show the same tokens
again and again, so what a token holds is kept.
"""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from functools import lru_cache
from itertools import compress

from search.text import Word, words

_MOST_KEPT = 200_000  # tokens: about 30 MB
_SEVERAL = " "  # no term


class _TermOfToken(dict[str, str]):
    """The term of the one word of a token; `_SEVERAL` where it has more."""

    def __missing__(self, token: str) -> str:
        if len(self) >= _MOST_KEPT:
            self.clear()
        found = [word.term for word in words(token)]
        term = self[token] = _SEVERAL if len(found) > 1 else "".join(found)
        return term


_term_of_token = _TermOfToken()


@lru_cache(maxsize=10_000)
def words_of(token: str) -> tuple[Word, ...]:
    """Give the `words` of a token that is looked at more closely."""
    return tuple(words(token))


def find_words(text: str, wanted: AbstractSet[str]) -> list[Word]:
    """List those `words` of `text` whose term is wanted, in their order."""
    if not wanted:
        return []
    tokens = text.split()
    is_asked = map((wanted | {_SEVERAL}).__contains__, map(_term_of_token.__getitem__, tokens))
    found: list[Word] = []
    for token in set(compress(tokens, is_asked)):
        inside = [word for word in words_of(token) if word.term in wanted]
        for place in places_of(token, text) if inside else ():
            found += [Word(place + word.start, place + word.end, word.term) for word in inside]
    return sorted(found)


def places_of(token: str, text: str) -> Iterator[int]:
    """Give where `token` stands in `text` between white space."""
    place = text.find(token)
    while place >= 0:
        end = place + len(token)
        if (not place or text[place - 1].isspace()) and (end == len(text) or text[end].isspace()):
            yield place
        place = text.find(token, place + 1)
