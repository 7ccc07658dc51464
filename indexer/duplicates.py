"""Finds near copies of articles: the same text in another newspaper, or lightly edited.

A text is the set of its folded words, five in a row. Its sketch (MinHash, Broder 1997) is cut into
bands (Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, 3.4); texts that share a band are
compared whole, by the exact Jaccard similarity of their sets. Texts at .55 share one with a
probability of .994, at .8 of .9999. The archive finds the documents that share a band.

Our own, for datasketch and rensa want every five words as one string, while here each word is
hashed once and fives are sums of numbers.
"""

from collections import OrderedDict
from collections.abc import Sequence
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from search.index import Changes
from search.language.analysis import fold

Grams = npt.NDArray[np.uint64]

WORDS = 5
BANDS, ROWS = 28, 3
LINKED = 0.55  # from here on one is a copy of the other
LEAST = 0.5  # of any two copies of one text
MOST_CANDIDATES = 32  # compared whole, those that share most bands: templates share some with all
MOST_MEMBERS = 64  # of a group that a copy is compared with
_KEPT_WORDS = 300_000  # 30 MB
_KEPT_GRAMS = 4000  # articles whose grams stay in memory, 2.4 kB each

_random = np.random.Generator(np.random.PCG64(20201226))
# One row a hash function: odd factors and offsets modulo 2^32.
_FACTORS = _random.integers(0, 1 << 32, (BANDS * ROWS, 1), dtype=np.uint32) | np.uint32(1)
_OFFSETS = _random.integers(0, 1 << 32, (BANDS * ROWS, 1), dtype=np.uint32)
_PLACE_FACTORS = [np.uint64(pow(0x9E3779B97F4A7C15, place, 1 << 64)) for place in range(WORDS)]
_MIX = np.uint64(0xBF58476D1CE4E5B9)
_BAND_FACTORS = _random.integers(0, 1 << 63, (BANDS, ROWS), dtype=np.uint64) | np.uint64(1)


def grams_of(text: str) -> Grams:
    """Return the distinct hashes, ascending, of every five words in a row.

    A shorter text is one gram; a text without words has none.
    """
    grams = np.sort(_grams(text))
    is_first = np.diff(grams, prepend=~grams[:1]) != 0  # np.unique takes three times as long
    return np.asarray(grams[is_first])


class Likeness(NamedTuple):
    """What near copies of a text are found and then told by."""

    sketch: bytes
    grams: Grams


def likeness_of(text: str) -> Likeness | None:
    """Return the likeness of a text; None where there are no words."""
    grams = grams_of(text)
    return Likeness(sketch_of(grams), grams) if len(grams) else None


def sketch_of(grams: Grams) -> bytes:
    """Return the hashes of the bands of a text with words, 4 bytes each."""
    high = (grams >> np.uint64(32)).astype(np.uint32)
    smallest = (high * _FACTORS + _OFFSETS).min(axis=1).astype(np.uint64)
    bands = (smallest.reshape(BANDS, ROWS) * _BAND_FACTORS).sum(axis=1, dtype=np.uint64)
    return bytes((bands >> np.uint64(32)).astype("<u4"))


def _grams(text: str) -> Grams:
    hashes: Grams = np.array(list(map(_hash_by_word.__getitem__, text.split())), dtype=np.uint64)
    hashes = hashes[hashes != 0]
    width = min(WORDS, len(hashes))
    if not width:
        return hashes
    count = len(hashes) - width + 1
    grams = np.zeros(count, dtype=np.uint64)
    for place in range(width):
        grams += hashes[place : place + count] * _PLACE_FACTORS[place]
    return (grams ^ (grams >> np.uint64(31))) * _MIX  # neighbours share four words, not bits


def jaccard(first: Grams, second: Grams) -> float:
    shared = len(np.intersect1d(first, second, assume_unique=True))
    return shared / (len(first) + len(second) - shared)


class _WordHashes(dict[str, int]):
    """Hashes each word once: a plain look-up, where a cached function would be a call."""

    def __missing__(self, word: str) -> int:
        """Hash the letters and digits of a word; 0 where there are none."""
        if len(self) >= _KEPT_WORDS:
            self.clear()
        folded = "".join(filter(str.isalnum, fold(word)))
        digest = blake2b(folded.encode(), digest_size=8).digest()
        hashed = self[word] = int.from_bytes(digest, "little") if folded else 0
        return hashed


_hash_by_word = _WordHashes()


class CopyFinder:
    """Finds the first copy of each article, in the order in which the articles are stored."""

    def __init__(self) -> None:
        self._grams: OrderedDict[str, Grams] = OrderedDict()  # by doc_id

    def first_copy(
        self, likeness: Likeness | None, changes: Changes, *, own_id: str | None = None
    ) -> str | None:
        """Return the id of the copy of a text that was seen first; None where there is none.

        A document is a copy only if every copy of its text is near to this text too. `own_id` is
        that of an earlier version of the same article.
        """
        if likeness is None:
            return None
        grams = likeness.grams
        for doc_id in changes.near_sketches(likeness.sketch, MOST_CANDIDATES):
            if doc_id == own_id:
                continue
            similarity = self._similarity(grams, doc_id, changes)
            if similarity == 1.0:
                return changes.copies_of(doc_id, 1)[0]
            if similarity >= LINKED:
                copies = changes.copies_of(doc_id, MOST_MEMBERS)
                if self._is_near(grams, copies, changes):
                    return copies[0]
        return None

    def add(self, doc_id: str, likeness: Likeness | None) -> None:
        """Remember the grams of an article that was stored just now, new or changed."""
        self._grams.pop(doc_id, None)
        if likeness is not None:
            self._remember(doc_id, likeness.grams)

    def _is_near(self, grams: Grams, doc_ids: Sequence[str], changes: Changes) -> bool:
        return all(self._similarity(grams, doc_id, changes) >= LEAST for doc_id in doc_ids)

    def _similarity(self, grams: Grams, doc_id: str, changes: Changes) -> float:
        other = self._grams.get(doc_id)
        if other is None:
            stored = changes.document(doc_id)
            # Removed meanwhile, or an article without words: like nothing.
            other = grams_of(stored.body) if stored is not None else np.empty(0, np.uint64)
            self._remember(doc_id, other)
        return jaccard(grams, other)

    def _remember(self, doc_id: str, grams: Grams) -> None:
        self._grams[doc_id] = grams
        if len(self._grams) > _KEPT_GRAMS:
            self._grams.popitem(last=False)
