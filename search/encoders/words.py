"""Tokenises word by word, and remembers the words: press text repeats them."""

from collections.abc import Sequence

from tokenizers import Tokenizer

MOST_WORDS_KEPT = 1_000_000  # about 150 MB


class WordTokenizer:
    """Tokenises word by word, each word once.

    Equal to the tokenizer itself if that never joins across white space.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._tokens_by_word: dict[str, tuple[int, ...]] = {}

    def tokenise(self, texts: Sequence[str]) -> list[list[int]]:
        """Give the token ids of each text."""
        words_by_text = [text.split() for text in texts]
        known = self._tokens_by_word
        if len(known) > MOST_WORDS_KEPT:
            # A new one, not emptied: other threads may be reading the old.
            known = self._tokens_by_word = {}
        unseen = {word for words in words_by_text for word in words if word not in known}
        if unseen:
            new = list(unseen)
            encodings = self._tokenizer.encode_batch_fast(new, add_special_tokens=False)
            known.update((word, tuple(e.ids)) for word, e in zip(new, encodings, strict=True))
        return [[token for word in words for token in known[word]] for words in words_by_text]
