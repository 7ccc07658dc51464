"""Complete a query while it is typed, from titles, sources and frequent phrases of the archive.

Every word of a title starts an entry of one sorted array of folded keys, so that bisection finds a
prefix in the middle of a title too. Only the newest MOST_TITLES titles and the commonest
MOST_PHRASES phrases of one or two words are kept, at about 60 bytes a title word. Spelling is not
corrected.
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
_SHARES = {"source": 2, "phrase": 4, "title": 4}  # completions of each origin in one answer
_SHORTEST_FOR_TITLES = 3  # letters; below that a title is a lucky guess
_TITLES_AT_ONCE = 100  # read without a rest: 2 ms
_LOOKED_AT = 400  # title keys of one prefix

Keys = npt.NDArray[np.bytes_]


class Origin(StrEnum):
    """Where a completion comes from."""

    SOURCE = "source"
    PHRASE = "phrase"
    TITLE = "title"
    KEYBOARD = "keyboard"  # the same keys on an Arabic keyboard


@dataclass(frozen=True, slots=True)
class Completion:
    text: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class Completions:
    """The completions of one state of an archive."""

    mark: str  # of the archive's commit
    title_keys: Keys  # ascending; one for each word of a title, from that word on
    title_numbers: npt.NDArray[np.int32]  # by title key; the document stored last is 0
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
            words = written_words(title)
            folded = [_fold(word) for word in words]
            for first in range(len(folded)):
                keys.append(_key(" ".join(folded[first : first + 8])))
                numbers.append(number)
            written.update(_split_phrases(words, folded))
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
        """Return the commonest phrases that begin with a folded prefix; pairs count double."""
        first, last = _range(self.phrase_keys, prefix)
        weights = self.phrase_counts[first:last] * self.phrase_lengths[first:last]
        best = np.argsort(-weights, kind="stable")[: count * 2] + first
        phrases = [self.phrases[place] for place in best.tolist()]
        return [text for text in phrases if _fold_words(text).startswith(prefix)][:count]

    def sources_from(self, prefix: str, count: int) -> list[str]:
        """Return the largest sources with a word that begins with a folded prefix."""
        names = (name for key, name in self.sources if f" {prefix}" in f" {key}")
        return [name for name, _ in zip(names, range(count), strict=False)]

    def titles_from(self, prefix: str, count: int) -> list[str]:
        """Return ids of the latest documents with a title word that begins with a folded prefix."""
        first, last = _range(self.title_keys, prefix)
        numbers = np.unique(self.title_numbers[first : min(last, first + _LOOKED_AT)])
        return [doc_id.decode() for doc_id in self.title_ids[numbers[:count]].tolist()]

    def seen(self, word: str) -> int:
        """Count the title words that begin with a folded word."""
        first, last = _range(self.title_keys, word)
        return last - first

    def commonest(self, count: int) -> list[str]:
        """Return the commonest phrases of two words, of which no two share a word.

        Both words have four letters or more: shorter words mostly lean on others («آخر»، «مرة»).
        """
        phrases: list[str] = []
        used: set[str] = set()
        for place in np.argsort(-self.phrase_counts, kind="stable").tolist():
            pair = set(_fold_words(self.phrases[place]).split())
            if len(phrases) == count:
                break
            is_telling = len(pair) == 2 and all(len(word) > 3 for word in pair)
            if is_telling and not pair & used:
                phrases.append(self.phrases[place])
                used |= pair
        return phrases


class Completer:
    """Complete queries over one archive, from many threads.

    The completions are read again after each commit, which takes half a second for 30,000 titles;
    meanwhile a reader gets those of the previous commit.
    """

    def __init__(self, live: LiveArchive) -> None:
        self._live = live
        self._completions: Completions | None = None
        self._reading = threading.Lock()
        self._pace = Pace()  # of the first reading

    def warm(self) -> None:
        """Read the completions before a reader needs them, with rests until a reader waits."""
        with self._reading:
            try:
                self._completions = self._completions or Completions.read(
                    self._live.current().index, self._pace
                )
            except ArchiveError as error:
                logger.warning("completions could not be read: %s", error)

    def completions(self) -> Completions:
        """Return the last commit's completions, or an earlier commit's until they are read."""
        completions = self.at_hand()
        if completions is None:
            self._pace.hurry()
            with self._reading:
                completions = self._completions = self._completions or Completions.read(
                    self._live.current().index, self._pace
                )
        return completions

    def at_hand(self) -> Completions | None:
        """Return the completions read last, None before the first, and start to read newer ones."""
        completions = self._completions
        mark = None if completions is None else completions.mark
        if mark != self._live.current().mark and self._reading.acquire(blocking=False):
            pace = self._pace if completions is None else Pace()
            threading.Thread(
                target=self._read_anew, args=(pace,), name="arshif-completions", daemon=True
            ).start()
        return completions

    def _read(self, pace: Pace) -> Completions:
        return Completions.read(self._live.current().index, pace)

    def _read_anew(self, pace: Pace) -> None:
        try:
            self._completions = self._read(pace)
        except ArchiveError as error:
            logger.warning("completions stay those of an earlier commit: %s", error)
        finally:
            self._reading.release()

    def complete(self, text: str) -> list[Completion]:
        """Return the best completions of each origin for the text typed so far."""
        completions = self.completions()
        prefix = _prefix(text)
        if not prefix.strip():
            return []
        options = [Completion(reading, Origin.KEYBOARD) for reading in self.meant(text)]
        options += _of(Origin.PHRASE, self._phrases(completions, text, prefix))
        options += _of(Origin.SOURCE, completions.sources_from(prefix, _SHARES["source"]))
        if len(prefix) >= _SHORTEST_FOR_TITLES:
            options += _of(Origin.TITLE, self._titles(completions, prefix))
        typed = _fold_words(text)
        unique = {
            key: option
            for option in reversed(options)
            if (key := _fold_words(option.text)) != typed
        }
        return list(reversed(unique.values()))

    def meant(self, text: str) -> list[str]:
        """Return the Arabic readings of Latin keys: at most two, the likeliest first.

        There are none unless the archive does not know the Latin words, none of them is a name
        («CNSS»), and the archive knows the Arabic words or the Latin cannot be a word. There are
        none before the first completions were read: a page of results does not wait for them.
        """
        arabic = (
            () if self._live.current().index.gazetteer.find_names(text).others else readings(text)
        )
        completions = self.at_hand() if arabic else None
        if completions is None:
            return []
        if any(completions.seen(word) for word in fold(text).split()):
            return []
        counts = {
            reading: min(map(completions.seen, _fold_words(reading).split()), default=0)
            for reading in arabic
        }
        known_readings = sorted(filter(counts.get, arabic), key=lambda reading: -counts[reading])
        if known_readings or not is_unreadable(text):
            return known_readings[:2]
        return list(arabic[:2])

    def _phrases(self, completions: Completions, text: str, prefix: str) -> list[str]:
        phrases = completions.phrases_from(prefix, _SHARES["phrase"])
        head, _, tail = text.rpartition(" ")
        if phrases or not head or not tail:
            return phrases
        # No phrase begins with the whole text: complete its last word.
        return [
            f"{head} {phrase}"
            for phrase in completions.phrases_from(_prefix(tail), _SHARES["phrase"])
        ]

    def _titles(self, completions: Completions, prefix: str) -> list[str]:
        doc_ids = completions.titles_from(prefix, _SHARES["title"] * 4)
        documents = self._live.current().index.documents(doc_ids)
        titles = [document.title for document in documents.values()]
        # A prefix longer than a key is compared here in full.
        matching = [title for title in titles if f" {prefix}" in f" {_fold_words(title)} "]
        return list(dict.fromkeys(matching))[: _SHARES["title"]]


def _of(origin: Origin, texts: Iterable[str]) -> list[Completion]:
    return [Completion(text, origin) for text in texts]


@lru_cache(maxsize=100_000)
def _fold(word: str) -> str:
    return fold(word)


def _fold_words(text: str) -> str:
    return " ".join(map(_fold, written_words(text)))


def _prefix(text: str) -> str:
    """Fold the typed text; a space at its end marks the last word as complete."""
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


def _split_phrases(words: Sequence[str], folded: Sequence[str]) -> Iterator[str]:
    """Yield the words that are worth offering, and each pair of neighbours that both are."""
    stop_words = folded_stop_words()
    is_telling = [word not in stop_words and len(word) > 2 for word in folded]
    for place, word in enumerate(words):
        if is_telling[place]:
            yield word
            if place + 1 < len(words) and is_telling[place + 1]:
                yield f"{word} {words[place + 1]}"


def _frequent(written: Counter[str], pace: Pace) -> dict[str, tuple[str, int]]:
    """Merge spellings: folded phrase -> its commonest spelling, the count of all spellings."""
    merged: dict[str, tuple[str, int]] = {}
    for number, (text, count) in enumerate(written.most_common(MOST_PHRASES * 2)):
        if number % _TITLES_AT_ONCE == 0:
            pace.rest()
        key = _fold_words(text)
        best, seen = merged.get(key, (text, 0))
        merged[key] = (best, seen + count)
    frequent = [(key, spelling) for key, spelling in merged.items() if spelling[1] >= _FEWEST_SEEN]
    frequent.sort(key=lambda item: (-item[1][1], item[0]))
    return dict(frequent[:MOST_PHRASES])
