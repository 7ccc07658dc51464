"""Compare two texts word by word: the words that both hold, and those of only one of them.

Words are compared folded, so that vowel marks, tatweel, variants of a letter and punctuation make
no difference. Runs of three words that each text holds once are matched first (patience diff, Bram
Cohen); `difflib` compares what stands between two of them. Its time can grow with the cube of the
length, so a stretch that would take it too long counts as replaced. A passage that was moved counts
as left out in one place and added in another.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import islice
from typing import NamedTuple

from search.language.analysis import Word, fold, words

MAX_WORDS = 20_000  # of each text; the rest is not compared
# Steps of `difflib` for one comparison at most, of about 0.1 µs each.
MAX_STEPS = 3_000_000
_RUN = 3  # words; pairs of words are often set phrases, which match across unrelated sentences


class Block(NamedTuple):
    """A run of words that both texts hold: its places among their words, and its length."""

    first: int
    second: int
    size: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """The words of two texts, and the runs that both hold, in ascending order.

    `is_complete` is false where a text is longer than MAX_WORDS; `is_fine` is false where a stretch
    counts as replaced because its comparison would take too long.
    """

    first_words: tuple[Word, ...]
    second_words: tuple[Word, ...]
    blocks: tuple[Block, ...]
    is_complete: bool
    is_fine: bool

    @property
    def shared(self) -> int:
        """Return the number of words that both texts hold."""
        return sum(block.size for block in self.blocks)

    @property
    def longest(self) -> int:
        """Return the length in words of the longest run that both texts hold."""
        return max((block.size for block in self.blocks), default=0)

    @property
    def left_out(self) -> int:
        """Return the number of words of the first text that the second does not hold."""
        return len(self.first_words) - self.shared

    @property
    def added(self) -> int:
        """Return the number of words of the second text that the first does not hold."""
        return len(self.second_words) - self.shared


def compare_texts(first: str, second: str) -> Comparison:
    """Compare two texts, in at most half a second."""
    first_words, second_words = (
        tuple(islice(words(text), MAX_WORDS + 1)) for text in (first, second)
    )
    is_complete = len(first_words) <= MAX_WORDS >= len(second_words)
    first_words, second_words = first_words[:MAX_WORDS], second_words[:MAX_WORDS]
    matching = _Matching(_keys(first, first_words), _keys(second, second_words))
    return Comparison(
        first_words, second_words, tuple(matching.blocks()), is_complete, matching.is_fine
    )


def _keys(text: str, listed: Sequence[Word]) -> list[str]:
    """Return what each word is compared by; its term would equate «بالبيت» and «البيت»."""
    written = [text[word.start : word.end] for word in listed]
    key_by_word = {word: "".join(filter(str.isalnum, fold(word))) for word in set(written)}
    return [key_by_word[word] for word in written]


class _Matching:
    """The search for the runs that two lists of words share, with a bound on its steps."""

    def __init__(self, first: Sequence[str], second: Sequence[str]) -> None:
        self._first, self._second = first, second
        self._steps = 0
        self.is_fine = True

    def blocks(self) -> Iterator[Block]:
        """Yield the shared runs, each as long as it can be."""
        run = Block(0, 0, 0)
        for block in self._pieces():
            if (run.first + run.size, run.second + run.size) == block[:2]:
                run = run._replace(size=run.size + block.size)
            else:
                if run.size:
                    yield run
                run = block
        if run.size:
            yield run

    def _pieces(self) -> Iterator[Block]:
        i = j = 0
        for anchor in _find_anchors(self._first, self._second):
            yield from self._between(i, anchor.first, j, anchor.second)
            yield anchor
            i, j = anchor.first + 1, anchor.second + 1
        yield from self._between(i, len(self._first), j, len(self._second))

    def _between(self, i: int, i_end: int, j: int, j_end: int) -> Iterator[Block]:
        """Yield the runs that two stretches share; their common beginning and end cost little."""
        first, second = self._first, self._second
        start = end = 0
        while i < i_end and j < j_end and first[i] == second[j]:
            i, j, start = i + 1, j + 1, start + 1
        if start:
            yield Block(i - start, j - start, start)
        while i < i_end and j < j_end and first[i_end - 1] == second[j_end - 1]:
            i_end, j_end, end = i_end - 1, j_end - 1, end + 1
        if i < i_end and j < j_end and self._may_compare(first[i:i_end], second[j:j_end]):
            matcher = SequenceMatcher(None, first[i:i_end], second[j:j_end], autojunk=False)
            for block in matcher.get_matching_blocks():
                yield Block(i + block.a, j + block.b, block.size)
        if end:
            yield Block(i_end, j_end, end)

    def _may_compare(self, first: Sequence[str], second: Sequence[str]) -> bool:
        """Return whether the steps are left that two stretches may take in the worst case.

        Each run that `difflib` finds takes a pass over all pairs of equal words that are left.
        """
        counts = Counter(second)
        pairs = sum(counts[word] for word in first)
        steps = (len(first) + pairs) * min(len(first), len(second))
        is_affordable = self._steps + steps <= MAX_STEPS
        if pairs and is_affordable:
            self._steps += steps
        elif pairs:
            self.is_fine = False
        return pairs > 0 and is_affordable


def _find_anchors(first: Sequence[str], second: Sequence[str]) -> list[Block]:
    """Return the first word of each run of words that both lists hold once, in ascending order."""
    places = _find_unique_runs(second)
    pairs = [
        (place, places[run]) for run, place in _find_unique_runs(first).items() if run in places
    ]
    return [Block(i, j, 1) for i, j in _longest_ascending(pairs)]


def _find_unique_runs(listed: Sequence[str]) -> dict[tuple[str, ...], int]:
    runs = list(zip(*(listed[start:] for start in range(_RUN)), strict=False))
    counts = Counter(runs)
    return {run: place for place, run in enumerate(runs) if counts[run] == 1}


def _longest_ascending(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the longest selection of pairs whose second numbers ascend as the first ones do."""
    ends: list[int] = []  # by length: the least second number that ends a selection
    last: list[int] = []  # by length: the place of the pair that ends it
    before: list[int] = []  # by pair: the place of the pair before it; -1 for none
    for place, (_, second) in enumerate(pairs):
        length = bisect_left(ends, second)
        before.append(last[length - 1] if length else -1)
        ends[length : length + 1] = [second]
        last[length : length + 1] = [place]
    chosen = []
    place = last[-1] if last else -1
    while place >= 0:
        chosen.append(pairs[place])
        place = before[place]
    return chosen[::-1]
