"""Finds near copies of articles: the same text in another newspaper, or lightly edited.

A text is the set of its folded words, five in a row. Its sketch (MinHash, Broder 1997) is cut into
bands (Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, 3.4); texts that share a band are
compared whole, by the exact Jaccard similarity of their sets. Texts at .55 share one with a
probability of .994, at .8 of .9999. All sketches are held in memory, 224 bytes an article,

Our own, for datasketch and rensa want every five words as one string, while here each word is
hashed once and fives are sums of numbers; and the index must be made anew from what is stored.
"""

from collections import Counter, OrderedDict
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from itertools import islice
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from search.index.local.transaction import Records
from search.language.analysis import fold

Grams = npt.NDArray[np.uint64]
Keys = npt.NDArray[np.uint32]
Entries = npt.NDArray[np.uint64]

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
_ROW = np.uint64((1 << 32) - 1)  # the half of an entry of the index that is a row
_BAND_FACTORS = _random.integers(0, 1 << 63, (BANDS, ROWS), dtype=np.uint64) | np.uint64(1)


def grams_of(text: str) -> Grams:
    """Give the distinct hashes, ascending, of every five words in a row.

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
    """Give the likeness of a text; None where there are no words."""
    grams = grams_of(text)
    return Likeness(sketch_of(grams), grams) if len(grams) else None


def sketch_of(grams: Grams) -> bytes:
    """Give the hashes of the bands of a text with words, 4 bytes each."""
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


class SketchIndex:
    """Which rows share a band: sorted runs, each at most half as long as the one before it.

    A new sketch costs a logarithm of how many there are, and 8 bytes a band: its key above, its row
    below.
    """

    _RECENT = 50_000  # keys that wait unsorted
    _OPENED = 20_000  # sketches that are read from the archive at once

    def __init__(self, sketches: Iterable[tuple[int, bytes]]) -> None:
        self._runs: list[Entries] = []
        self._recent: dict[int, list[int]] = {}
        self._recent_keys = 0
        walk = iter(sketches)
        while stored := list(islice(walk, self._OPENED)):
            keys = np.frombuffer(b"".join(sketch for _, sketch in stored), dtype="<u4")
            rows = np.repeat(np.array([row for row, _ in stored], dtype=np.uint64), BANDS)
            self._runs.append(_above(keys) | rows)
        if self._runs:
            self._runs = [_sorted_run(np.concatenate(self._runs))]

    def add(self, row: int, sketch: bytes) -> None:
        for key in np.frombuffer(sketch, dtype="<u4").tolist():
            self._recent.setdefault(key, []).append(row)
        self._recent_keys += BANDS
        if self._recent_keys >= self._RECENT:
            self._settle()

    def candidates(self, sketch: bytes) -> list[int]:
        """Give the rows that share a band, those that share most in front, older ones first."""
        keys = np.frombuffer(sketch, dtype="<u4")
        shared = Counter(row for key in keys.tolist() for row in self._recent.get(key, ()))
        wanted = _above(keys)
        for run in self._runs:
            first = np.searchsorted(run, wanted)
            last = np.searchsorted(run, wanted | _ROW, side="right")
            for at in np.flatnonzero(last > first).tolist():
                shared.update((run[first[at] : last[at]] & _ROW).tolist())
        ordered = sorted(shared.items(), key=lambda item: (-item[1], item[0]))
        return [row for row, _ in ordered[:MOST_CANDIDATES]]

    def _settle(self) -> None:
        keys = np.array([key for key, rows in self._recent.items() for _ in rows], dtype=np.uint32)
        rows = np.array([row for rows in self._recent.values() for row in rows], dtype=np.uint64)
        self._recent, self._recent_keys = {}, 0
        self._runs.append(_sorted_run(_above(keys) | rows))
        while len(self._runs) > 1 and len(self._runs[-1]) * 2 > len(self._runs[-2]):
            self._runs.append(_sorted_run(np.concatenate([self._runs.pop(), self._runs.pop()])))


def _above(keys: Keys) -> Entries:
    return keys.astype(np.uint64) << np.uint64(32)


def _sorted_run(entries: Entries) -> Entries:
    entries.sort()
    return entries


class CopyFinder:
    """Finds the copy seen first of each article, in the order in which they are stored."""

    def __init__(self, sketches: Iterable[tuple[int, bytes]]) -> None:
        self._index = SketchIndex(sketches)
        self._grams: OrderedDict[int, Grams] = OrderedDict()

    def first_copy(
        self, likeness: Likeness | None, records: Records, *, own_row: int | None = None
    ) -> int | None:
        """Give the row of the copy seen first of a text; None where there is none.

        It is one only if every copy of that text is near to this one too. `own_row` is that of an
        earlier version of the same article.
        """
        if likeness is None:
            return None
        grams = likeness.grams
        for row in sorted(self._index.candidates(likeness.sketch)):
            if row == own_row:
                continue
            similarity = self._similarity(grams, row, records)
            if similarity >= LINKED:
                group = records.group_of(row)
                if similarity == 1.0 or self._is_near(grams, group[:MOST_MEMBERS], records):
                    return group[0]
        return None

    def add(self, row: int, likeness: Likeness | None) -> None:
        """Let later articles be found as copies of this one, new or changed."""
        self._grams.pop(row, None)
        if likeness is not None:
            self._index.add(row, likeness.sketch)
            self._keep(row, likeness.grams)

    def _is_near(self, grams: Grams, rows: Sequence[int], records: Records) -> bool:
        return all(self._similarity(grams, row, records) >= LEAST for row in rows)

    def _similarity(self, grams: Grams, row: int, records: Records) -> float:
        other = self._grams.get(row)
        if other is None:
            stored = records.document(row)
            # Removed meanwhile, or an article without words: like nothing.
            other = grams_of(stored.body) if stored is not None else np.empty(0, np.uint64)
            self._keep(row, other)
        return jaccard(grams, other)

    def _keep(self, row: int, grams: Grams) -> None:
        self._grams[row] = grams
        if len(self._grams) > _KEPT_GRAMS:
            self._grams.popitem(last=False)
