"""Find near copies of articles: the same text in another newspaper, or lightly edited.

A text is the set of its folded words, five in a row. Its sketch (MinHash, Broder 1997) is cut into
bands (Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, 3.4). Texts that share a band are
compared whole, by the exact Jaccard similarity of their sets. Texts of similarity .55 share a band
with a probability of .994, texts of .8 with .9999. The archive finds the documents that share a
band.

In the order of publication, each article is a copy of the first earlier article that is not a copy
itself, is similar to it, and whose copies are all similar to it. If there is none, it is not a
copy. The groups therefore do not depend on the order of arrival: an arrival is linked by its
publication, and the later articles whose links depend on it are linked again.

The code is our own, because datasketch and rensa expect every five words as one string. Here each
word is hashed once, and the hash of five words is a sum of numbers. Of these numbers, a sketch
takes .04 ms an article, and .27 ms by datasketch (tests.benchmarks.near_duplicates).
"""

from collections import OrderedDict
from collections.abc import Iterable
from hashlib import blake2b
from heapq import heapify, heappop, heappush
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from search.index.writer import Changes, StoredCopy
from search.language.analysis import fold

Grams = npt.NDArray[np.uint64]

SHINGLE_WORDS = 5
BANDS, ROWS = 28, 3
COPY_SIMILARITY = 0.55  # similarity from which an article is a copy of another
GROUP_SIMILARITY = 0.5  # similarity of any two copies of one text
MAX_MEMBERS = 64  # copies of a group that an article is compared with
# Share of the shorter text that the longer contains, in versions of an article without id and URL.
VERSION_CONTAINMENT = 0.5
# Articles compared whole, those that share most bands: templates share a band with all others.
MAX_CANDIDATES = 32
_MAX_CACHED_WORDS = 300_000  # 30 MB
_MAX_CACHED_TEXTS = 4000  # articles whose grams stay in memory, 2.4 kB each

_random = np.random.Generator(np.random.PCG64(20201226))
# One row per hash function: odd factors and offsets modulo 2^32.
_FACTORS = _random.integers(0, 1 << 32, (BANDS * ROWS, 1), dtype=np.uint32) | np.uint32(1)
_OFFSETS = _random.integers(0, 1 << 32, (BANDS * ROWS, 1), dtype=np.uint32)
_PLACE_FACTORS = [
    np.uint64(pow(0x9E3779B97F4A7C15, place, 1 << 64)) for place in range(SHINGLE_WORDS)
]
_MIX = np.uint64(0xBF58476D1CE4E5B9)
_BAND_FACTORS = _random.integers(0, 1 << 63, (BANDS, ROWS), dtype=np.uint64) | np.uint64(1)


def grams_of(text: str) -> Grams:
    """Return the distinct hashes, ascending, of every five words in a row.

    A shorter text is one gram; a text without words has none.
    """
    grams = np.sort(_grams(text))
    is_first = np.diff(grams, prepend=~grams[:1]) != 0  # np.unique takes three times as long
    return np.asarray(grams[is_first])


class Fingerprint(NamedTuple):
    """The sketch that finds near copies of a text, and the grams that confirm them."""

    sketch: bytes
    grams: Grams


def fingerprint_of(text: str) -> Fingerprint | None:
    """Return the fingerprint of a text, or None if the text has no words."""
    grams = grams_of(text)
    return Fingerprint(sketch_of(grams), grams) if len(grams) else None


def sketch_of(grams: Grams) -> bytes:
    """Return the band hashes of a text, 4 bytes each; `grams` must not be empty."""
    high = (grams >> np.uint64(32)).astype(np.uint32)
    smallest = (high * _FACTORS + _OFFSETS).min(axis=1).astype(np.uint64)
    bands = (smallest.reshape(BANDS, ROWS) * _BAND_FACTORS).sum(axis=1, dtype=np.uint64)
    return bytes((bands >> np.uint64(32)).astype("<u4"))


def _grams(text: str) -> Grams:
    hashes: Grams = np.array(list(map(_hash_by_word.__getitem__, text.split())), dtype=np.uint64)
    hashes = hashes[hashes != 0]
    width = min(SHINGLE_WORDS, len(hashes))
    if not width:
        return hashes
    count = len(hashes) - width + 1
    grams = np.zeros(count, dtype=np.uint64)
    for place in range(width):
        grams += hashes[place : place + count] * _PLACE_FACTORS[place]
    return (grams ^ (grams >> np.uint64(31))) * _MIX  # adjacent grams share four words, but no bits


def jaccard(first: Grams, second: Grams) -> float:
    shared = len(np.intersect1d(first, second, assume_unique=True))
    return shared / max(1, len(first) + len(second) - shared)


class _WordHashes(dict[str, int]):
    """Hashes each word once, by a plain look-up; a cached function would cost a call."""

    def __missing__(self, word: str) -> int:
        """Return the hash of the letters and digits of a word, or 0 if it has none."""
        if len(self) >= _MAX_CACHED_WORDS:
            self.clear()
        folded = "".join(filter(str.isalnum, fold(word)))
        digest = blake2b(folded.encode(), digest_size=8).digest()
        hashed = self[word] = int.from_bytes(digest, "little") if folded else 0
        return hashed


_hash_by_word = _WordHashes()


def containment(first: Grams, second: Grams) -> float:
    """Return the share of the smaller set that is in the larger set; 0 if a set is empty."""
    shared = len(np.intersect1d(first, second, assume_unique=True))
    return shared / max(1, min(len(first), len(second)))


class CopyFinder:
    """Keeps the copies of each text linked to the article that was published first."""

    def __init__(self) -> None:
        self._grams: OrderedDict[str, Grams] = OrderedDict()  # by doc_id

    def link_copies(self, doc_id: str, fingerprint: Fingerprint | None, changes: Changes) -> bool:
        """Link an article that was stored just now; return whether its text has copies."""
        self.forget(doc_id)
        if fingerprint is None:
            return False
        self._remember(doc_id, fingerprint.grams)
        near = changes.candidate_copies(fingerprint.sketch, MAX_CANDIDATES)
        if all(copy.doc_id == doc_id for copy in near):  # true of most articles
            return False
        self.relink([changes.copy(doc_id)], changes)
        return changes.copy(doc_id).first_id != doc_id or bool(changes.copies_of_first(doc_id))

    def unlink(self, doc_id: str, changes: Changes) -> list[StoredCopy]:
        """Remove an article that is about to change or disappear from its group.

        Return the articles that must be linked again afterwards.
        """
        self.forget(doc_id)
        return self._link(changes.copy(doc_id), None, changes)

    def relink(self, copies: Iterable[StoredCopy], changes: Changes) -> None:
        """Link these articles again, and all articles whose links depend on theirs."""
        waiting = [(copy.order, copy.doc_id) for copy in copies]
        heapify(waiting)
        # The others are linked again only if their first article changed.
        to_relink = {doc_id for _, doc_id in waiting}
        # By text, the first article of those that were linked so far: the next article of the text
        # needs no search, of which a text in thousands of copies would need as many.
        first_by_text: dict[bytes, str] = {}
        previous_id = None
        while waiting:
            _, doc_id = heappop(waiting)
            if doc_id == previous_id:
                continue
            previous_id = doc_id
            sketch = changes.sketch(doc_id)
            if sketch is None:
                continue
            own = changes.copy(doc_id)
            text = self._grams_of(doc_id, changes).tobytes()
            first = first_by_text.get(text) or self._first_copy(own, sketch, changes)
            if first is None or self._is_same_text(doc_id, first, changes):
                first_by_text[text] = first or doc_id
            former = own.first_id if own.first_id != doc_id else None
            if first == former and doc_id not in to_relink:
                continue
            for copy in self._link(own, first, changes):
                if copy.first_id == doc_id:
                    to_relink.add(copy.doc_id)
                heappush(waiting, (copy.order, copy.doc_id))

    def is_version_of(self, body: str, doc_id: str, changes: Changes) -> bool:
        """Return whether the longer text contains half of the shorter text's grams."""
        grams = grams_of(body)
        return any(
            containment(grams, grams_of(version.body)) >= VERSION_CONTAINMENT
            for version in changes.versions(doc_id)
        )

    def forget(self, doc_id: str) -> None:
        self._grams.pop(doc_id, None)

    def _first_copy(self, own: StoredCopy, sketch: bytes, changes: Changes) -> str | None:
        """Return the id of the first earlier article that this article is a copy of."""
        near = changes.candidate_copies(sketch, MAX_CANDIDATES)
        firsts = sorted({(copy.first_order, copy.first_id) for copy in near})
        for order, first in firsts:
            if order >= own.order:
                break
            similarity = self._similarity(own.doc_id, first, changes)
            if similarity == 1.0:
                return first
            if similarity >= COPY_SIMILARITY and self._is_near_all(own, first, changes):
                return first
        return None

    def _is_near_all(self, own: StoredCopy, first: str, changes: Changes) -> bool:
        copies = sorted(changes.copies_of_first(first), key=_order)
        earlier = [copy for copy in copies if copy.order < own.order][:MAX_MEMBERS]
        return all(
            self._similarity(own.doc_id, copy.doc_id, changes) >= GROUP_SIMILARITY
            for copy in earlier
        )

    def _link(self, own: StoredCopy, first: str | None, changes: Changes) -> list[StoredCopy]:
        """Link an article to its first article, or to none; return the articles that may move.

        All returned articles come after it in the order of publication.
        """
        changes.link(own.doc_id, first)
        moving = changes.copies_of_first(own.doc_id)
        for copy in moving:
            changes.link(copy.doc_id, None)
        if first is not None:
            # A text that is the same as the first one stays linked, whatever else is in the group.
            moving += [
                copy
                for copy in changes.copies_of_first(first)
                if not self._is_same_text(copy.doc_id, first, changes)
            ]
        # Others may join the group that it left, or become its copies if it is now a first article.
        open_ids = {own.first_id} - {own.doc_id} | ({own.doc_id} if first is None else set())
        for first_id in open_ids:
            sketch = changes.sketch(first_id)
            if sketch is not None:
                near = changes.candidate_copies(sketch, MAX_CANDIDATES)
                moving += near
                moving += [changes.copy(name) for name in {copy.first_id for copy in near}]
        return [copy for copy in moving if own.order < copy.order]

    def _is_same_text(self, first: str, second: str, changes: Changes) -> bool:
        return np.array_equal(self._grams_of(first, changes), self._grams_of(second, changes))

    def _similarity(self, first: str, second: str, changes: Changes) -> float:
        return jaccard(self._grams_of(first, changes), self._grams_of(second, changes))

    def _grams_of(self, doc_id: str, changes: Changes) -> Grams:
        grams = self._grams.get(doc_id)
        if grams is None:
            stored = changes.document(doc_id)
            # An article that was removed meanwhile or has no words is similar to nothing.
            grams = grams_of(stored.body) if stored is not None else np.empty(0, np.uint64)
            self._remember(doc_id, grams)
        return grams

    def _remember(self, doc_id: str, grams: Grams) -> None:
        self._grams[doc_id] = grams
        if len(self._grams) > _MAX_CACHED_TEXTS:
            self._grams.popitem(last=False)


def _order(copy: StoredCopy) -> tuple[str, ...]:
    return copy.order
