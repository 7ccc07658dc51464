"""Writes words in other pieces: misspelt, or cut where the vocabulary does not cut them.

So the pieces of a word that the vocabulary lacks, or of one that a writer got wrong, come to mean
something like the word (as subwords drawn anew do: Kudo 2018, "Subword Regularization").
"""

import random
from collections.abc import Iterator

import numpy as np
from tokenizers import Tokenizer

from indexer.training.misspelling import SHORTEST_WORD, misspell
from indexer.training.texts import Texts, lay_out

TEXTS, WORDS = 0.25, 0.3  # so many texts have so many of their words in other pieces
MISSPELT, CUT = 2, 2  # variants of a word
MOST_PIECES = 6


class Variants:
    """Those of every word of a tokenizer's vocabulary; a token that is no word stays as it is."""

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

    def spoil(self, texts: Texts, rng: np.random.Generator) -> Texts:
        """Put drawn words of drawn texts in other pieces."""
        lengths = np.diff(texts.offsets, append=len(texts.tokens))
        is_meant = np.repeat(rng.random(len(lengths)) < TEXTS, lengths)
        is_meant &= rng.random(len(texts.tokens)) < WORDS
        which = texts.tokens * (MISSPELT + CUT) + rng.integers(MISSPELT + CUT, size=len(is_meant))
        counts = np.where(is_meant, self._counts[which], 1)
        before = np.cumsum(counts) - counts
        places = np.arange(counts.sum()) + np.repeat(self._laid.offsets[which] - before, counts)
        tokens = np.repeat(texts.tokens.astype(np.int64), counts)
        replaced = np.repeat(is_meant, counts)
        tokens[replaced] = self._laid.tokens[places[replaced]]
        return Texts(tokens, before[texts.offsets])


def _variants(word: str, vocabulary: dict[str, int], rng: random.Random) -> Iterator[list[int]]:
    """Give each variant; the word's own token where it is short, or a piece of a word's middle."""
    for number in range(MISSPELT + CUT):
        pieces: list[int] = []
        if word.isalpha() and len(word) >= SHORTEST_WORD:
            if number < MISSPELT:
                pieces = _cut(misspell(word, rng), vocabulary)
            else:
                pieces = _cut(word, vocabulary, longest=rng.randint(2, len(word) - 1))
        yield pieces if 0 < len(pieces) <= MOST_PIECES else [vocabulary[word]]


def _cut(word: str, vocabulary: dict[str, int], *, longest: int | None = None) -> list[int]:
    """Cut as WordPiece does, the first piece of at most so many letters; none where it cannot."""
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
