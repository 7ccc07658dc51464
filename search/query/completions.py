"""The completions of one state of an archive: titles, sources, and frequent phrases.

Every word of a title starts an entry of one sorted array of folded keys, so that bisection finds a
prefix in the middle of a title too. Only the newest MAX_TITLES titles and the commonest
MAX_PHRASES phrases of one or two words are kept, at about 60 bytes a title word. The names of the
lexicons in Latin letters complete to the name that the archive holds, and words of Moroccan Arabic
whose meaning it holds complete to themselves.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Literal

import numpy as np
import numpy.typing as npt

from search.index import Index
from search.index.candidates import DocIds
from search.language.analysis import fold, folded_stop_words, terms, written_words
from search.lexicon.entries import EntryKind
from search.query.throttling import Throttle

MAX_TITLES = 60_000
MAX_PHRASES = 20_000
_MIN_SEEN = 3  # a phrase seen less often says little of an archive
_KEY_BYTES = 40  # UTF-8: 20 Arabic letters tell prefixes apart; longer ones are compared in full
_TITLES_AT_ONCE = 100  # read without a pause: 2 ms
_MAX_KEYS_READ = 400  # title keys of one prefix

Keys = npt.NDArray[np.bytes_]


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
    phrases: tuple[str, ...]  # as most often written, by phrase key; or the name of a lexicon
    sources: tuple[tuple[str, str], ...]  # folded names, as written; the largest first
    source_keys: Keys  # ascending; one for each word of a folded name

    @classmethod
    def read(cls, index: Index, throttle: Throttle) -> "Completions":
        """Read the completions of one state, in parts between which `throttle` pauses."""
        keys: list[bytes] = []
        numbers: list[int] = []
        ids: list[bytes] = []
        written: Counter[str] = Counter()
        for number, (doc_id, title) in enumerate(index.titles(MAX_TITLES)):
            ids.append(doc_id.encode())
            if number % _TITLES_AT_ONCE == 0:
                throttle.pause()
            words = written_words(title)
            folded = [_fold(word) for word in words]
            for first in range(len(folded)):
                keys.append(_key(" ".join(folded[first : first + 8])))
                numbers.append(number)
            written.update(_split_phrases(words, folded))
        throttle.pause()
        title_keys = np.array(keys, dtype=f"S{_KEY_BYTES}")
        order = np.argsort(title_keys, kind="stable")
        throttle.pause()
        frequent = _frequent(written, throttle)
        phrases = sorted((_read_names(index, frequent, throttle) | frequent).items())
        sources = tuple(_read_sources(index))
        source_words = {_key(word) for folded, _ in sources for word in folded.split()}
        return cls(
            mark=index.identity.mark,
            title_keys=title_keys[order],
            title_numbers=np.array(numbers, dtype=np.int32)[order],
            title_ids=np.array(ids, dtype=f"S{max(map(len, ids), default=1)}"),
            phrase_keys=np.array([_key(key) for key, _ in phrases], dtype=f"S{_KEY_BYTES}"),
            phrase_counts=np.array([count for _, (_, count) in phrases], dtype=np.int32),
            phrase_lengths=np.array([key.count(" ") + 1 for key, _ in phrases], dtype=np.int32),
            phrases=tuple(text for _, (text, _) in phrases),
            sources=sources,
            source_keys=np.array(sorted(source_words), dtype=f"S{_KEY_BYTES}"),
        )

    def phrases_from(self, prefix: str, count: int) -> list[str]:
        """Return the commonest phrases that begin with a folded prefix; pairs count double."""
        first, last = _range(self.phrase_keys, prefix)
        weights = self.phrase_counts[first:last] * self.phrase_lengths[first:last]
        best = np.argsort(-weights, kind="stable")[: count * 2] + first
        phrases = dict.fromkeys(self.phrases[place] for place in best.tolist())
        is_whole = len(prefix.encode()) <= _KEY_BYTES  # else the keys are only its beginning
        return [text for text in phrases if is_whole or fold_words(text).startswith(prefix)][:count]

    def phrase(self, folded: str) -> str | None:
        """Return the phrase of exactly these folded words."""
        place = int(np.searchsorted(self.phrase_keys, _key(folded)))
        is_known = place < len(self.phrases) and self.phrase_keys[place] == _key(folded)
        return self.phrases[place] if is_known else None

    def sources_from(self, prefix: str, count: int) -> list[str]:
        """Return the largest sources with a word that begins with a folded prefix."""
        names = (name for key, name in self.sources if f" {prefix}" in f" {key}")
        return [name for name, _ in zip(names, range(count), strict=False)]

    def titles_from(self, prefix: str, count: int) -> list[str]:
        """Return ids of the latest documents with a title word that begins with a folded prefix."""
        first, last = _range(self.title_keys, prefix)
        numbers = np.unique(self.title_numbers[first : min(last, first + _MAX_KEYS_READ)])
        return [doc_id.decode() for doc_id in self.title_ids[numbers[:count]].tolist()]

    def count_title_words(self, word: str) -> int:
        """Count the title words that begin with a folded word."""
        first, last = _range(self.title_keys, word)
        return last - first

    def count_words(self, beginnings: Sequence[str]) -> list[int]:
        """Count the words of titles, phrases and sources that begin with each short beginning."""
        starts = np.array([_key(beginning) for beginning in beginnings], dtype=f"S{_KEY_BYTES}")
        ends = np.array(
            [_key(beginning) + b"\xff" for beginning in beginnings], dtype=f"S{_KEY_BYTES}"
        )
        counts = np.zeros(len(beginnings), np.int64)
        for keys in (self.title_keys, self.phrase_keys, self.source_keys):
            counts += np.searchsorted(keys, ends) - np.searchsorted(keys, starts)
        return counts.tolist()

    def commonest(self, count: int) -> list[str]:
        """Return the commonest phrases of two words, of which no two share a word.

        Both words have four letters or more: shorter words mostly lean on others («آخر»، «مرة»).
        """
        phrases: list[str] = []
        used: set[str] = set()
        for place in np.argsort(-self.phrase_counts, kind="stable").tolist():
            pair = set(fold_words(self.phrases[place]).split())
            if len(phrases) == count:
                break
            is_telling = len(pair) == 2 and all(len(word) > 3 for word in pair)
            if is_telling and not pair & used:
                phrases.append(self.phrases[place])
                used |= pair
        return phrases


@lru_cache(maxsize=100_000)
def _fold(word: str) -> str:
    return fold(word)


def fold_words(text: str) -> str:
    return " ".join(map(_fold, written_words(text)))


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


def _frequent(written: Counter[str], throttle: Throttle) -> dict[str, tuple[str, int]]:
    """Merge spellings: folded phrase -> its commonest spelling, the count of all spellings."""
    merged: dict[str, tuple[str, int]] = {}
    for number, (text, count) in enumerate(written.most_common(MAX_PHRASES * 2)):
        if number % _TITLES_AT_ONCE == 0:
            throttle.pause()
        key = fold_words(text)
        best, seen = merged.get(key, (text, 0))
        merged[key] = (best, seen + count)
    frequent = [(key, spelling) for key, spelling in merged.items() if spelling[1] >= _MIN_SEEN]
    frequent.sort(key=lambda item: (-item[1][1], item[0]))
    return dict(frequent[:MAX_PHRASES])


def _read_names(
    index: Index, frequent: Mapping[str, tuple[str, int]], throttle: Throttle
) -> dict[str, tuple[str, int]]:
    """Read the names that complete to a name of the archive: folded -> that name, its count.

    A name is as common as the phrase that it stands for.
    """
    names: dict[str, tuple[str, int]] = {}
    for number, entry in enumerate(index.gazetteer.entries):
        if number % _TITLES_AT_ONCE == 0:
            throttle.pause()
        typed = entry.aliases if entry.kind is EntryKind.DARIJA else entry.latin_names
        held = next(filter(partial(_is_held, index), entry.arabic), None) if typed else None
        if held is not None:
            _, count = frequent.get(fold_words(held), (held, 1))
            for name in typed:
                text = name if entry.kind is EntryKind.DARIJA else held
                names.setdefault(fold_words(name), (text, count))
    return names


def _is_held(index: Index, name: str) -> bool:
    return all(map(index.terms.frequency, terms(name)))


def _read_sources(index: Index) -> Iterator[tuple[str, str]]:
    """Yield the newspapers, each with its folded name and aliases, between which no prefix fits."""
    aliases: dict[str, list[str]] = defaultdict(list)
    for key, name in index.newspapers.items():
        aliases[name].append(key)
    for name, _ in index.sources():
        yield " / ".join([fold_words(name), *aliases[name]]), name
