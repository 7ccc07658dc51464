"""Reads the passages of one page of hits against a query in meaning: sentences and single words.

By pieces, as the ranking reads (`search.encoders.piece_table`), but word by word: a word is the sum
of its pieces, and what a sentence says of a query is the best cosine of its words to each of the
query's. All words of all passages are compared at once, each once.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, pairwise

import numpy as np

from search.encoders.identity import PieceReader, Vectors
from search.text import is_stop_word, words

# From here on the words of two languages that mean the same are near, and most that only go
# together are not: chosen by eye over the judged queries (data/eval).
_NEAR = 0.35
_MOST_WORDS = 12  # of a query: longer ones say it more than once
# One set of letters to begin with: with two alternatives to try, looking took five times as long.
_SENTENCE_END = re.compile(r"[.!?؟؛…\n](?:(?<=\n)|[.!?؟؛…]*[»\")]*\s)\s*")


@dataclass(frozen=True, slots=True)
class Reading:
    """How a text reads against a query.

    `sentences` tells where each begins, and how much it says of the query; it is empty where that
    is not known. `near` gives the tokens, as they stand between white space, that hold a word near
    one of the query's, nearest first, and where in the token that word is.
    """

    sentences: Mapping[int, float] = field(default_factory=dict)
    near: Mapping[str, tuple[int, int]] = field(default_factory=dict)


def sentence_starts(text: str) -> list[int]:
    """Tell where the sentences of `text` begin."""
    return [0, *(match.end() for match in _SENTENCE_END.finditer(text) if match.end() < len(text))]


def read_meaning(query: str, texts: Sequence[str], reader: PieceReader | None) -> list[Reading]:
    """Read each text against the words of a query that say anything.

    Without a reader nothing is known of any.
    """
    if reader is None:
        return [Reading()] * len(texts)
    asked = [query[word.start : word.end] for word in words(query)]
    asked = [word for word in dict.fromkeys(asked) if not is_stop_word(word)][:_MOST_WORDS]
    starts = [sentence_starts(text) for text in texts]
    sentences = [
        text[start:end].split()
        for text, begins in zip(texts, starts, strict=True)
        for start, end in pairwise([*begins, len(text)])
    ]
    place_of = {
        token: place for place, token in enumerate(dict.fromkeys(chain.from_iterable(sentences)))
    }
    if not asked or not place_of:
        return [Reading()] * len(texts)
    cosines, weights = reader.compare(asked, list(place_of))
    said = iter(_said(sentences, place_of, cosines, weights))
    near = _near(list(place_of), cosines, {word.term for word in words(query)})
    return [
        Reading(
            dict(zip(begins, said, strict=False)),
            {token: word for token, word in near.items() if token in text},
        )
        for text, begins in zip(texts, starts, strict=True)
    ]


def _said(
    sentences: Sequence[Sequence[str]],
    place_of: Mapping[str, int],
    cosines: Vectors,
    weights: Vectors,
) -> list[float]:
    """Give what each sentence says of the query; nothing where it has no words."""
    counts = np.fromiter(map(len, sentences), np.int64, len(sentences))
    places = [place_of[token] for token in chain.from_iterable(sentences)]
    begins, is_held = np.cumsum(counts) - counts, counts > 0
    said = np.zeros(len(sentences), dtype=np.float32)
    best = np.maximum.reduceat(cosines[places], begins[is_held], axis=0)
    said[is_held] = best @ (weights / max(weights.sum(), 1e-12))
    return said.tolist()


def _near(
    tokens: Sequence[str], cosines: Vectors, asked_terms: Collection[str]
) -> dict[str, tuple[int, int]]:
    """Give the near tokens, nearest first, and the one word that each holds, unless it matches."""
    nearest = cosines.max(axis=1)
    places = np.flatnonzero(nearest >= _NEAR)
    ordered = places[np.argsort(-nearest[places], kind="stable")].tolist()
    near = {}
    for token in (tokens[place] for place in ordered):
        held = list(words(token))
        if any(word.term in asked_terms for word in held):
            continue
        telling = [word for word in held if not is_stop_word(token[word.start : word.end])]
        if len(telling) == 1:
            near[token] = (telling[0].start, telling[0].end)
    return near
