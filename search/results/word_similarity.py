"""Compare the snippets of one page with a query in meaning, sentence by sentence, word by word.

Words are compared by their pieces, as in reranking (`search.encoders.late_interaction`), but a word
is the sum of its pieces. The score of a sentence is the weighted mean, over the words of the query,
of the best cosine of any of its words. Each distinct word of all hits is compared once, in one
batch.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

import numpy as np

from search.encoders.identity import PieceQuery, Vectors
from search.language.analysis import Word, is_stop_word, words
from search.language.matching import words_of

_MAX_WORDS = 12  # of a query: longer queries repeat themselves


@dataclass(frozen=True, slots=True)
class TextSimilarity:
    """The similarity of a text to a query.

    `part_scores` holds the score of each part of the text; it is empty where the scores are not
    known, and where the text has a single part. `near` maps each token that holds a word near a
    word of the query to the span of this word in the token, nearest first; tokens are split at
    white space.
    """

    part_scores: Sequence[float] = ()
    near: Mapping[str, tuple[int, int]] = field(default_factory=dict)


def measure_similarity(
    query: str, texts: Sequence[Sequence[str]], pieces: PieceQuery | None, *, least: float
) -> list[TextSimilarity]:
    """Compare each text, a sequence of parts, with the content words of a query.

    Words are near from the cosine `least` on. Where `pieces` is None, every result is empty.
    """
    unknown = [TextSimilarity()] * len(texts)
    if pieces is None:
        return unknown
    query_tokens = [token for token in dict.fromkeys(query.split()) if _content_words(token)][
        :_MAX_WORDS
    ]
    tokens = [[part.split() for part in text] for text in texts]
    distinct = list(dict.fromkeys(chain.from_iterable(chain.from_iterable(tokens))))
    if not query_tokens or not distinct:
        return unknown
    cosines, weights = pieces.score_words(query_tokens, distinct)
    compared = [part for text in tokens if len(text) > 1 for part in text]
    scores = iter(_score_parts(compared, distinct, cosines, weights) if compared else ())
    near = _find_near(
        distinct,
        cosines,
        {level for word in words(query) for level in (word.term, word.stem)},
        least,
    )
    return [
        TextSimilarity(
            [next(scores) for _ in text] if len(text) > 1 else (),
            {token: word for token, word in near.items() if any(token in part for part in text)},
        )
        for text in tokens
    ]


def _score_parts(
    parts: Sequence[Sequence[str]], distinct: Sequence[str], cosines: Vectors, weights: Vectors
) -> list[float]:
    """Return the score of each part against the query; 0 for a part without words."""
    place_of = {token: place for place, token in enumerate(distinct)}
    counts = np.fromiter(map(len, parts), np.int64, len(parts))
    places = [place_of[token] for token in chain.from_iterable(parts)]
    begins, has_words = np.cumsum(counts) - counts, counts > 0
    scores = np.zeros(len(parts), dtype=np.float32)
    best = np.maximum.reduceat(cosines[places], begins[has_words], axis=0)
    # Not a product of matrices: under load, the one of OpenBLAS reported an invalid value twice,
    # in data that has none.
    scores[has_words] = (best * (weights / max(weights.sum(), 1e-12))).sum(axis=1)
    return scores.tolist()


def _find_near(
    tokens: Sequence[str], cosines: Vectors, query_terms: Collection[str], least: float
) -> dict[str, tuple[int, int]]:
    """Return the near tokens with their word, nearest first; matching tokens are left out."""
    nearest = cosines.max(axis=1)
    places = np.flatnonzero(nearest >= least)
    ordered = places[np.argsort(-nearest[places], kind="stable")].tolist()
    near = {}
    for token in (tokens[place] for place in ordered):
        token_words = words_of(token)
        if any(word.term in query_terms or word.stem in query_terms for word in token_words):
            continue
        if len(content := _content_words(token)) == 1:
            near[token] = (content[0].start, content[0].end)
    return near


def _content_words(token: str) -> list[Word]:
    """Return the words of a token that are not stop words."""
    return [word for word in words_of(token) if not is_stop_word(token[word.start : word.end])]
