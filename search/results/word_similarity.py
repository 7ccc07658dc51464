"""Reads what is shown of one page of hits against a query in meaning: sentences and single words.

By pieces, as the ranking reads (`search.encoders.late_interaction`), but word by word: a word is
the sum of its pieces, and what a sentence says of a query is the best cosine of its words to each
of the query's. All words of all hits are compared at once, each once.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

import numpy as np

from search.encoders.identity import PieceQuery, Vectors
from search.language.analysis import Word, is_stop_word, words
from search.language.matching import words_of

_MOST_WORDS = 12  # of a query: longer ones say it more than once


@dataclass(frozen=True, slots=True)
class Reading:
    """How a text reads against a query.

    `said` gives how much each of its parts says of the query; it is empty where that is not known,
    and where there is but one.
    `near` gives the tokens, as they stand between white space, that hold a word near one of the
    query's, nearest first, and where in the token that word is.
    """

    said: Sequence[float] = ()
    near: Mapping[str, tuple[int, int]] = field(default_factory=dict)


def read_meaning(
    query: str, texts: Sequence[Sequence[str]], pieces: PieceQuery | None, *, least: float
) -> list[Reading]:
    """Read each text, given in parts, against the words of a query that say anything.

    Words are near from the cosine `least` on. Without the query's `pieces` nothing is known.
    """
    unread = [Reading()] * len(texts)
    if pieces is None:
        return unread
    query_tokens = [token for token in dict.fromkeys(query.split()) if _telling(token)][
        :_MOST_WORDS
    ]
    tokens = [[part.split() for part in text] for text in texts]
    distinct = list(dict.fromkeys(chain.from_iterable(chain.from_iterable(tokens))))
    if not query_tokens or not distinct:
        return unread
    cosines, weights = pieces.compare_words(query_tokens, distinct)
    compared = [part for text in tokens if len(text) > 1 for part in text]
    said = iter(_said(compared, distinct, cosines, weights) if compared else ())
    near = _near(
        distinct,
        cosines,
        {level for word in words(query) for level in (word.term, word.stem)},
        least,
    )
    return [
        Reading(
            [next(said) for _ in text] if len(text) > 1 else (),
            {token: word for token, word in near.items() if any(token in part for part in text)},
        )
        for text in tokens
    ]


def _said(
    parts: Sequence[Sequence[str]], distinct: Sequence[str], cosines: Vectors, weights: Vectors
) -> list[float]:
    """Return what each part says of the query; nothing where it has no words."""
    place_of = {token: place for place, token in enumerate(distinct)}
    counts = np.fromiter(map(len, parts), np.int64, len(parts))
    places = [place_of[token] for token in chain.from_iterable(parts)]
    begins, is_held = np.cumsum(counts) - counts, counts > 0
    said = np.zeros(len(parts), dtype=np.float32)
    best = np.maximum.reduceat(cosines[places], begins[is_held], axis=0)
    said[is_held] = best @ (weights / max(weights.sum(), 1e-12))
    return said.tolist()


def _near(
    tokens: Sequence[str], cosines: Vectors, query_terms: Collection[str], least: float
) -> dict[str, tuple[int, int]]:
    """Return the near tokens, nearest first, with the word in each; matching ones are left out."""
    nearest = cosines.max(axis=1)
    places = np.flatnonzero(nearest >= least)
    ordered = places[np.argsort(-nearest[places], kind="stable")].tolist()
    near = {}
    for token in (tokens[place] for place in ordered):
        held = words_of(token)
        if any(word.term in query_terms or word.stem in query_terms for word in held):
            continue
        if len(telling := _telling(token)) == 1:
            near[token] = (telling[0].start, telling[0].end)
    return near


def _telling(token: str) -> list[Word]:
    """Return the words of a token that say anything of a subject."""
    return [word for word in words_of(token) if not is_stop_word(token[word.start : word.end])]
