"""Tokenise texts word by word, and cache the tokens of words, since press text repeats them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain, pairwise

import numpy as np
from tokenizers import Tokenizer

from search.encoders.identity import PieceCounts

WORDS_PER_TEXT = 50  # unseen words tokenised as one text
MAX_CACHED_WORDS = 1_000_000  # about 150 MB, while texts are encoded
MAX_CACHED_WORDS_OF_HITS = 150_000  # while hits are shown: a service keeps them as long as it runs


class WordTokenizer:
    """A tokenizer that tokenises each distinct word once.

    Its tokens equal those of `tokenizer` if that never joins words across white space.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        # The token for text outside the vocabulary; None where there is no such token.
        self.unknown: int | None = tokenizer.token_to_id(tokenizer.model.unk_token or "")
        self._tokens_by_word: dict[str, tuple[int, ...]] = {}

    def tokenise(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the token ids of each text."""
        words_by_text = [text.split() for text in texts]
        known = self._known(MAX_CACHED_WORDS)
        try:  # most calls have only known words: checking first would double the time
            return [
                list(chain.from_iterable(map(known.__getitem__, words))) for words in words_by_text
            ]
        except KeyError:
            unseen = set(chain.from_iterable(words_by_text)).difference(known)
        known.update(self._tokenise_words(sorted(unseen)))
        return [list(chain.from_iterable(map(known.__getitem__, words))) for words in words_by_text]

    def tokenise_each(self, words: Sequence[str]) -> list[tuple[int, ...]]:
        """Return the token ids of each word; words hold no white space."""
        known = self._known(MAX_CACHED_WORDS_OF_HITS)
        try:
            return list(map(known.__getitem__, words))
        except KeyError:
            known.update(self._tokenise_words(sorted(set(words).difference(known))))
        return list(map(known.__getitem__, words))

    def count(self, texts: Sequence[str]) -> list[PieceCounts]:
        """Return the distinct tokens of each text, in order of occurrence, and their counts."""
        return [_count_pieces(tokens) for tokens in self.tokenise(texts)]

    def _known(self, most: int) -> dict[str, tuple[int, ...]]:
        if len(self._tokens_by_word) > most:
            # The dict is replaced, not cleared: other threads may be reading the old one.
            self._tokens_by_word = {}
        return self._tokens_by_word

    def _tokenise_words(self, words: list[str]) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Yield the tokens of each word; words are tokenised together, and separated by offsets.

        Tokenising each word as a text of its own takes twice as long.
        """
        parts = [
            words[start : start + WORDS_PER_TEXT] for start in range(0, len(words), WORDS_PER_TEXT)
        ]
        texts = [" ".join(part) for part in parts]
        encodings = self._tokenizer.encode_batch(texts, add_special_tokens=False)
        for part, encoding in zip(parts, encodings, strict=True):
            word_ends = np.cumsum([len(word) + 1 for word in part])
            begins = np.array([begin for begin, _ in encoding.offsets], dtype=np.int64)
            word_of_token = np.searchsorted(word_ends, begins, side="right")
            ids = encoding.ids  # read once: each access builds a new list
            cuts = np.searchsorted(word_of_token, np.arange(len(part) + 1)).tolist()
            for word, (first, last) in zip(part, pairwise(cuts), strict=True):
                yield word, tuple(ids[first:last])


def _count_pieces(tokens: list[int]) -> PieceCounts:
    counts = Counter(tokens)
    return PieceCounts(
        np.fromiter(counts, np.uint32, len(counts)),
        np.fromiter((min(count, 0xFFFF) for count in counts.values()), np.uint16, len(counts)),
    )
