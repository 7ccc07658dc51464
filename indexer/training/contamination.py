"""Keep benchmark text out of training: drop texts that share word 8-grams with a benchmark file.

8-grams are taken over folded words, so spelling variants and vowel marks hide nothing. Texts of
four to seven words are compared whole; for shorter texts, sharing proves nothing.
"""

import gzip
import json
from collections import Counter
from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path

import numpy as np
import numpy.typing as npt

from indexer.training.pairs import PairSet
from search.language.analysis import fold

GRAM = 8
SHORTEST = 4
_FIELDS = ("title", "body", "abstract", "question", "context", "a", "b")
_ODD = np.uint64(0x9E3779B97F4A7C15)  # the golden ratio in 64 bits: spreads word positions apart

Grams = npt.NDArray[np.uint64]


class GramHasher:
    """Hashes the word 8-grams of texts to 64 bits; remembers each word's own hash."""

    def __init__(self) -> None:
        self._hash_by_word: dict[str, int] = {}

    def grams(self, text: str) -> Grams:
        """Return one hash per 8-gram; one for a text of 4 to 7 words, none for a shorter text."""
        hashes = np.array([self._hash(word) for word in fold(text).split()], dtype=np.uint64)
        hashes = hashes[hashes != 0]
        if len(hashes) < SHORTEST:
            return np.empty(0, dtype=np.uint64)
        span = min(GRAM, len(hashes))
        grams = np.zeros(len(hashes) - span + 1, dtype=np.uint64)
        for offset in range(span):
            grams = grams * _ODD + hashes[offset : offset + len(grams)]
        return grams

    def _hash(self, word: str) -> int:
        word_hash = self._hash_by_word.get(word)
        if word_hash is None:
            letters = "".join(c for c in word if c.isalnum())
            word_hash = (
                int.from_bytes(blake2b(letters.encode(), digest_size=8).digest(), "big")
                if letters
                else 0
            )
            self._hash_by_word[word] = word_hash
        return word_hash


def benchmark_grams(folders: Iterable[Path], hasher: GramHasher) -> Grams:
    """Return the sorted, distinct grams of all text fields of `.jsonl.gz` files below `folders`."""
    parts = [np.empty(0, dtype=np.uint64)]
    for folder in folders:
        for path in sorted(folder.rglob("*.jsonl.gz")):
            with gzip.open(path, "rt", encoding="utf-8") as lines:
                for line in lines:
                    record = json.loads(line)
                    parts += [hasher.grams(record[name]) for name in _FIELDS if record.get(name)]
    return np.unique(np.concatenate(parts))


class ContaminationCheck:
    """Checks whether texts share a gram with a benchmark; remembers the answer for each text."""

    def __init__(self, grams: Grams, hasher: GramHasher) -> None:
        self._grams = grams
        self._hasher = hasher
        self._clean_by_text: dict[str, bool] = {}

    def is_clean(self, text: str) -> bool:
        if text not in self._clean_by_text:
            self._clean_by_text[text] = self.shares_nothing(self._hasher.grams(text))
        return self._clean_by_text[text]

    def shares_nothing(self, grams: Grams) -> bool:
        return not _contained(self._grams, grams).any()


def drop_contaminated(sets: list[PairSet], grams: Grams, hasher: GramHasher) -> Counter[str]:
    """Remove, in place, the pairs with a side that shares a gram; return their counts by set."""
    dropped: Counter[str] = Counter()
    is_clean = ContaminationCheck(grams, hasher).is_clean
    for pair_set in sets:
        pairs = zip(pair_set.left, pair_set.right, strict=True)
        kept = [(left, right) for left, right in pairs if is_clean(left) and is_clean(right)]
        dropped[pair_set.name] = len(pair_set.left) - len(kept)
        pair_set.left = [left for left, _ in kept]
        pair_set.right = [right for _, right in kept]
    return dropped


def share_of_grams(sorted_grams: Grams, grams: Grams) -> float:
    """Return the share of a text's grams, 0 to 1, that are in `sorted_grams`."""
    return float(_contained(sorted_grams, grams).mean()) if len(grams) else 0.0


def _contained(sorted_grams: Grams, grams: Grams) -> npt.NDArray[np.bool_]:
    if not len(sorted_grams):
        return np.zeros(len(grams), dtype=bool)
    places = np.searchsorted(sorted_grams, grams)
    places[places == len(sorted_grams)] = 0
    return np.asarray(sorted_grams[places] == grams)
