"""Completes what is being typed from titles, sources and frequent phrases of the archive.

Every word of a title starts an entry of one sorted array of folded keys, so that a prefix is found
in the middle of a title too, by bisection. Bounded: the newest MOST_TITLES titles and the commonest
MOST_PHRASES phrases of one or two words; about 60 bytes a title word. Left out: spelling.
"""

import logging
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Literal

import numpy as np
import numpy.typing as npt

from search.errors import ArchiveError
from search.index import Index
from search.index.candidates import DocIds
from search.index.live import LiveArchive
from search.language.analysis import fold, folded_stop_words, written_words
from search.language.keyboard import is_unreadable, readings
from search.query.pacing import Pace

logger = logging.getLogger(__name__)

MOST_TITLES = 60_000
MOST_PHRASES = 20_000
_FEWEST_SEEN = 3  # a phrase seen less often says little of an archive
_KEY_BYTES = 40  # UTF-8: 20 Arabic letters tell prefixes apart; longer ones are compared in full
_SHARES = {"source": 2, "phrase": 4, "title": 4}  # of one answer
_SHORTEST_FOR_TITLES = 3  # letters; below that a title is a lucky guess
_TITLES_AT_ONCE = 100  # read without a rest: 2 ms
_LOOKED_AT = 400  # entries of one prefix, of titles

Keys = npt.NDArray[np.bytes_]


class Origin(StrEnum):
    """Where a completion comes from."""

    SOURCE = "source"
    PHRASE = "phrase"
    TITLE = "title"
    KEYBOARD = "keyboard"  # what the same keys say in Arabic


@dataclass(frozen=True, slots=True)
class Completion:
    text: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class Completions:
    """The completions of one state of an archive."""

    mark: str  # of the archive's commit
    title_keys: Keys  # ascending; one for each word of a title, from that word on
    title_numbers: npt.NDArray[np.int32]  # of each title key, the document stored last is 0
    title_ids: DocIds  # by number
    phrase_keys: Keys  # ascending
    phrase_counts: npt.NDArray[np.int32]
    phrase_lengths: npt.NDArray[np.int32]  # in words
    phrases: tuple[str, ...]  # as most often written, by phrase key
    sources: tuple[tuple[str, str], ...]  # folded, as written; the largest first

    @classmethod
    def read(cls, index: Index, pace: Pace) -> "Completions":
        """Read the completions of one state, in parts between which `pace` rests."""
        keys: list[bytes] = []
        numbers: list[int] = []
        ids: list[bytes] = []
        written: Counter[str] = Counter()
        for number, (doc_id, title) in enumerate(index.titles(MOST_TITLES)):
            ids.append(doc_id.encode())
            if number % _TITLES_AT_ONCE == 0:
                pace.rest()
            found = written_words(title)
            folded = [_fold(word) for word in found]
            for first in range(len(folded)):
                keys.append(_key(" ".join(folded[first : first + 8])))
                numbers.append(number)
            written.update(_phrases(found, folded))
        pace.rest()
        title_keys = np.array(keys, dtype=f"S{_KEY_BYTES}")
        order = np.argsort(title_keys, kind="stable")
        pace.rest()
        phrases = sorted(_frequent(written, pace).items())
        return cls(
            mark=index.identity.mark,
            title_keys=title_keys[order],
            title_numbers=np.array(numbers, dtype=np.int32)[order],
            title_ids=np.array(ids, dtype=f"S{max(map(len, ids), default=1)}"),
            phrase_keys=np.array([_key(key) for key, _ in phrases], dtype=f"S{_KEY_BYTES}"),
            phrase_counts=np.array([count for _, (_, count) in phrases], dtype=np.int32),
            phrase_lengths=np.array([key.count(" ") + 1 for key, _ in phrases], dtype=np.int32),
            phrases=tuple(text for _, (text, _) in phrases),
            sources=tuple((_fold_words(name), name) for name, _ in index.sources()),
        )

    def phrases_from(self, prefix: str, count: int) -> list[str]:
        """Return the commonest phrases that begin with a folded prefix; two words say more."""
        first, last = _range(self.phrase_keys, prefix)
        weights = self.phrase_counts[first:last] * self.phrase_lengths[first:last]
        best = np.argsort(-weights, kind="stable")[: count * 2] + first
        found = [self.phrases[place] for place in best.tolist()]
        return [text for text in found if _fold_words(text).startswith(prefix)][:count]

    def sources_from(self, prefix: str, count: int) -> list[str]:
        """Return the largest sources one of whose words begins with a folded prefix."""
        found = (name for key, name in self.sources if f" {prefix}" in f" {key}")
        return [name for name, _ in zip(found, range(count), strict=False)]

    def titles_from(self, prefix: str, count: int) -> list[str]:
        """Return documents with a folded prefix at a word's start of the title, latest first."""
        first, last = _range(self.title_keys, prefix)
        numbers = np.unique(self.title_numbers[first : min(last, first + _LOOKED_AT)])
        return [doc_id.decode() for doc_id in self.title_ids[numbers[:count]].tolist()]

    def seen(self, word: str) -> int:
        """Count the title words that begin with a folded word."""
        first, last = _range(self.title_keys, word)
        return last - first

    def commonest(self, count: int) -> list[str]:
        """Return the commonest phrases of two words, no word of them in two phrases.

        Both of four letters or more: shorter ones mostly lean on others («آخر»، «مرة»).
        """
        found: list[str] = []
        used: set[str] = set()
        for place in np.argsort(-self.phrase_counts, kind="stable").tolist():
            pair = set(_fold_words(self.phrases[place]).split())
            if len(found) == count:
                break
            is_telling = len(pair) == 2 and all(len(word) > 3 for word in pair)
            if is_telling and not pair & used:
                found.append(self.phrases[place])
                used |= pair
        return found


class Completer:
    """Completes over one archive, from many threads; read anew after each commit.

    That takes half a second for 30,000 titles: a reader gets those of the commit before meanwhile.
    """

    def __init__(self, live: LiveArchive) -> None:
        self._live = live
        self._known: Completions | None = None
        self._reading = threading.Lock()
        self._pace = Pace()  # of the first reading

    def warm(self) -> None:
        """Read the completions before anybody asks for them, and at leisure until then."""
        with self._reading:
            try:
                self._known = self._known or Completions.read(
                    self._live.current().index, self._pace
                )
            except ArchiveError as error:
                logger.warning("completions could not be read: %s", error)

    def completions(self) -> Completions:
        """Return the completions of the last commit, or of an earlier one while they are read."""
        known = self.at_hand()
        if known is None:
            self._pace.hurry()
            with self._reading:
                known = self._known = self._known or Completions.read(
                    self._live.current().index, self._pace
                )
        return known

    def at_hand(self) -> Completions | None:
        """Return the completions read last, None before the first; newer ones are being read."""
        known = self._known
        mark = None if known is None else known.mark
        if mark != self._live.current().mark and self._reading.acquire(blocking=False):
            pace = self._pace if known is None else Pace()
            threading.Thread(
                target=self._read_anew, args=(pace,), name="arshif-completions", daemon=True
            ).start()
        return known

    def _read(self, pace: Pace) -> Completions:
        return Completions.read(self._live.current().index, pace)

    def _read_anew(self, pace: Pace) -> None:
        try:
            self._known = self._read(pace)
        except ArchiveError as error:
            logger.warning("completions stay those of an earlier commit: %s", error)
        finally:
            self._reading.release()

    def complete(self, text: str) -> list[Completion]:
        """Return completions of what was typed so far; the best of each origin."""
        known = self.completions()
        prefix = _prefix(text)
        if not prefix.strip():
            return []
        found = [Completion(one, Origin.KEYBOARD) for one in self.meant(text)]
        found += _of(Origin.PHRASE, self._phrases(known, text, prefix))
        found += _of(Origin.SOURCE, known.sources_from(prefix, _SHARES["source"]))
        if len(prefix) >= _SHORTEST_FOR_TITLES:
            found += _of(Origin.TITLE, self._titles(known, prefix))
        typed = _fold_words(text)
        unique = {key: one for one in reversed(found) if (key := _fold_words(one.text)) != typed}
        return list(reversed(unique.values()))

    def meant(self, text: str) -> list[str]:
        """Return what Latin keys say in Arabic: at most two readings, the likeliest first.

        Only where the archive does not know the Latin words and none is a name («CNSS»), and it
        knows the Arabic ones or the Latin could be no word. Nothing before the first completions
        were read: a page of results does not wait for them.
        """
        candidates = (
            () if self._live.current().index.gazetteer.find_names(text).others else readings(text)
        )
        known = self.at_hand() if candidates else None
        if known is None:
            return []
        if any(known.seen(word) for word in fold(text).split()):
            return []
        seen = {
            one: min(map(known.seen, _fold_words(one).split()), default=0) for one in candidates
        }
        known_ones = sorted(filter(seen.get, candidates), key=lambda one: -seen[one])
        if known_ones or not is_unreadable(text):
            return known_ones[:2]
        return list(candidates[:2])

    def _phrases(self, known: Completions, text: str, prefix: str) -> list[str]:
        found = known.phrases_from(prefix, _SHARES["phrase"])
        head, _, tail = text.rpartition(" ")
        if found or not head or not tail:
            return found
        # Nothing goes on from all of it: go on from its last word.
        return [f"{head} {one}" for one in known.phrases_from(_prefix(tail), _SHARES["phrase"])]

    def _titles(self, known: Completions, prefix: str) -> list[str]:
        doc_ids = known.titles_from(prefix, _SHARES["title"] * 4)
        documents = self._live.current().index.documents(doc_ids)
        titles = [document.title for document in documents.values()]
        # Longer prefixes than a key are told apart here.
        held = [one for one in titles if f" {prefix}" in f" {_fold_words(one)} "]
        return list(dict.fromkeys(held))[: _SHARES["title"]]


def _of(origin: Origin, texts: Iterable[str]) -> list[Completion]:
    return [Completion(text, origin) for text in texts]


@lru_cache(maxsize=100_000)
def _fold(word: str) -> str:
    return fold(word)


def _fold_words(text: str) -> str:
    return " ".join(map(_fold, written_words(text)))


def _prefix(text: str) -> str:
    """Fold what was typed; a space behind it says that its last word is whole."""
    folded = _fold_words(text)
    return f"{folded} " if folded and text[-1:].isspace() else folded


def _key(folded: str) -> bytes:
    return folded.encode()[:_KEY_BYTES]


def _range(keys: Keys, prefix: str) -> tuple[int, int]:
    start = _key(prefix)
    # 0xff stands in no UTF-8 text: it sorts behind everything that begins with `start`.
    end = start[: _KEY_BYTES - 1] + b"\xff" if len(start) < _KEY_BYTES else start
    side: Literal["left", "right"] = "left" if len(start) < _KEY_BYTES else "right"
    return int(np.searchsorted(keys, start)), int(np.searchsorted(keys, end, side=side))


def _phrases(found: Sequence[str], folded: Sequence[str]) -> Iterator[str]:
    """Return the words worth offering, and each two neighbours that begin and end with such."""
    stop_words = folded_stop_words()
    telling = [word not in stop_words and len(word) > 2 for word in folded]
    for place, word in enumerate(found):
        if telling[place]:
            yield word
            if place + 1 < len(found) and telling[place + 1]:
                yield f"{word} {found[place + 1]}"


def _frequent(written: Counter[str], pace: Pace) -> dict[str, tuple[str, int]]:
    """Bring spellings together: folded phrase -> as most often written, how often in all."""
    merged: dict[str, tuple[str, int]] = {}
    for number, (text, count) in enumerate(written.most_common(MOST_PHRASES * 2)):
        if number % _TITLES_AT_ONCE == 0:
            pace.rest()
        key = _fold_words(text)
        best, seen = merged.get(key, (text, 0))
        merged[key] = (best, seen + count)
    often = [(key, one) for key, one in merged.items() if one[1] >= _FEWEST_SEEN]
    often.sort(key=lambda item: (-item[1][1], item[0]))
    return dict(often[:MOST_PHRASES])
