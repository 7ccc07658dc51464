"""Write words in other pieces: misspelt, or cut where the vocabulary does not cut them.

The pieces of an unknown or misspelt word thereby learn a meaning near the word's, as subwords that
are drawn anew do (Kudo 2018, "Subword Regularization").
"""

import random
from collections.abc import Iterator

import numpy as np
from tokenizers import Tokenizer

from indexer.misspelling import SHORTEST_WORD, misspell
from indexer.training.texts import Texts, lay_out

TEXTS, WORDS = 0.25, 0.3  # share of texts to change, and share of the words to change in them
MISSPELT, CUT = 2, 2  # variants per word
MAX_PIECES = 6


class Variants:
    """Variants of every word of a tokenizer's vocabulary; other tokens stay as they are."""

    def __init__(self, tokenizer: Tokenizer, *, seed: int) -> None:
        vocabulary = tokenizer.get_vocab()
        rng = random.Random(seed)
        variants = [
            np.array(pieces)
            for word in sorted(vocabulary, key=vocabulary.__getitem__)
            for pieces in _variants(word, vocabulary, rng)
        ]
        self._laid = lay_out(variants)
        self._counts = np.array([len(pieces) for pieces in variants])

    def perturb(self, texts: Texts, rng: np.random.Generator) -> Texts:
        """Return the texts with drawn words of drawn texts in other pieces."""
        lengths = np.diff(texts.offsets, append=len(texts.tokens))
        is_chosen = np.repeat(rng.random(len(lengths)) < TEXTS, lengths)
        is_chosen &= rng.random(len(texts.tokens)) < WORDS
        variants = texts.tokens * (MISSPELT + CUT) + rng.integers(
            MISSPELT + CUT, size=len(is_chosen)
        )
        counts = np.where(is_chosen, self._counts[variants], 1)
        before = np.cumsum(counts) - counts
        places = np.arange(counts.sum()) + np.repeat(self._laid.offsets[variants] - before, counts)
        tokens = np.repeat(texts.tokens.astype(np.int64), counts)
        replaced = np.repeat(is_chosen, counts)
        tokens[replaced] = self._laid.tokens[places[replaced]]
        return Texts(tokens, before[texts.offsets])


def _variants(word: str, vocabulary: dict[str, int], rng: random.Random) -> Iterator[list[int]]:
    """Yield each variant; the word's own token if it is short, or is not the start of a word."""
    for number in range(MISSPELT + CUT):
        pieces: list[int] = []
        if word.isalpha() and len(word) >= SHORTEST_WORD:
            if number < MISSPELT:
                pieces = _cut(misspell(word, rng), vocabulary)
            else:
                pieces = _cut(word, vocabulary, longest=rng.randint(2, len(word) - 1))
        yield pieces if 0 < len(pieces) <= MAX_PIECES else [vocabulary[word]]


def _cut(word: str, vocabulary: dict[str, int], *, longest: int | None = None) -> list[int]:
    """Cut as WordPiece does, into no pieces if it cannot; `longest` letters limit the first."""
    pieces = []
    start, stop = 0, longest or len(word)
    while start < len(word):
        piece = word[start:stop] if start == 0 else f"##{word[start:stop]}"
        if piece in vocabulary:
            pieces.append(vocabulary[piece])
            start, stop = stop, len(word)
        else:
            stop -= 1
            if stop == start:
                return []
    return pieces
