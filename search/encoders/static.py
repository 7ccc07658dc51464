"""A static encoder: a text's vector is the mean of its tokens' rows in one table. Needs no torch.

The directory is one that `SentenceTransformer(path)` loads too, to the same vectors:
`modules.json`, `tokenizer.json`, and `model.safetensors` with `embeddings` (int8 or float) and a
`weights` factor per row.
"""

import json
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import chain, pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from search.encoders.identity import EncoderIdentity, Vectors, digest_files
from search.errors import EncoderError

BATCH = 4096  # texts tokenised at once
TOGETHER = 50  # unseen words tokenised as one text
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
        unseen = set(chain.from_iterable(words_by_text)).difference(known)
        if unseen:
            known.update(self._tokenise_words(sorted(unseen)))
        return [list(chain.from_iterable(map(known.__getitem__, words))) for words in words_by_text]

    def _tokenise_words(self, words: list[str]) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Tokenise several words as one text, and tell their tokens apart by where they begin.

        One text a word takes twice as long.
        """
        parts = [words[start : start + TOGETHER] for start in range(0, len(words), TOGETHER)]
        texts = [" ".join(part) for part in parts]
        encodings = self._tokenizer.encode_batch(texts, add_special_tokens=False)
        for part, encoding in zip(parts, encodings, strict=True):
            word_ends = np.cumsum([len(word) + 1 for word in part])
            begins = np.array([begin for begin, _ in encoding.offsets], dtype=np.int64)
            word_of_token = np.searchsorted(word_ends, begins, side="right")
            ids = encoding.ids  # made anew at each look
            cuts = np.searchsorted(word_of_token, np.arange(len(part) + 1)).tolist()
            for word, (first, last) in zip(part, pairwise(cuts), strict=True):
                yield word, tuple(ids[first:last])


class StaticEncoder:
    """Encodes with the table in `directory`; `name` is how `load_encoder` was asked for it."""

    def __init__(self, directory: Path, *, name: str) -> None:
        weights = directory / "model.safetensors"
        try:
            tensors = load_file(weights)
        except (OSError, SafetensorError) as error:
            raise EncoderError(f"{weights} cannot be read as model weights: {error}") from error
        self._table = _unpack(tensors)
        self._tokenizer = WordTokenizer(Tokenizer.from_file(str(directory / "tokenizer.json")))
        self._name = name
        self._files = (weights, directory / "tokenizer.json")

    @cached_property
    def identity(self) -> EncoderIdentity:
        return EncoderIdentity(self._name, digest_files(self._files), self._table.shape[1])

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self.encode_passages(texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self._table.shape[1]), dtype=np.float32)
        for start in range(0, len(texts), BATCH):
            for row, tokens in enumerate(
                self._tokenizer.tokenise(texts[start : start + BATCH]), start
            ):
                if tokens:
                    # One sum a text: np.add.reduceat over all of them was ten times slower.
                    np.add.reduce(self._table[tokens], axis=0, out=vectors[row])
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        vectors /= np.maximum(norms, np.float32(1e-12))
        return vectors


def is_static(directory: Path) -> bool:
    """Tell whether `directory` holds a static model whose tokenizer splits at white space."""
    try:
        modules = json.loads((directory / "modules.json").read_text(encoding="utf-8"))
        tokenizer = (directory / "tokenizer.json").read_text(encoding="utf-8")
    except (OSError, ValueError):
        return False
    first_type = str(modules[0].get("type", "")) if modules else ""
    return first_type.endswith("StaticEmbedding") and '"BertPreTokenizer"' in tokenizer


def _unpack(tensors: dict[str, npt.NDArray[np.generic]]) -> Vectors:
    if "embeddings" not in tensors:
        raise EncoderError(
            f"model.safetensors holds {sorted(tensors)}, expected embeddings (and weights)"
        )
    table = tensors["embeddings"].astype(np.float32)
    if "weights" in tensors:
        table *= tensors["weights"].astype(np.float32)[:, None]
    return table
