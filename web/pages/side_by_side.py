"""Lay two compared texts out side by side, with the words that only one of them holds marked.

The texts are cut into stretches that begin with the same words, so that both columns run alike:
where either text begins a line, and after a sentence in a long paragraph.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup, escape

from search.language.analysis import Word
from search.language.sentences import sentence_starts
from search.results.comparison import MAX_WORDS, Comparison

_LONG_STRETCH = 60  # words; from here on a stretch ends with its sentence
_SPACE = re.compile(r"\s").search


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the first text, beside the part of the second that corresponds to it.

    Both are marked paragraphs. `is_same` if no word is marked in them.
    """

    first: tuple[Markup, ...]
    second: tuple[Markup, ...]
    is_same: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """The element around words of only one text, and what a screen reader says in front of it."""

    tag: str
    label: str
    language: str  # of the label

    def wrap(self, text: str) -> str:
        return (
            f'<{self.tag}><span class="unseen" lang="{self.language}">{escape(self.label)} </span>'
            f"{escape(text)}</{self.tag}>"
        )


class ComparedText:
    """One of two compared texts; the words that the other does not hold are marked."""

    def __init__(
        self, text: str, words: Sequence[Word], shared: Sequence[tuple[int, int]], mark: Mark
    ) -> None:
        """Find what is marked; `shared` holds the shared runs as places of words, [start, end)."""
        # Words beyond the compared ones are left out; punctuation behind the last word is not.
        self._text = text[: words[-1].end] if len(words) == MAX_WORDS else text
        self._words = words
        self._mark = mark
        self._sentences = sentence_starts(self._text)
        starts = [0, *(end for _, end in shared)]
        ends = [*(start for start, _ in shared), len(words)]
        self._spans = [
            (words[start].start, words[end - 1].end)
            for start, end in zip(starts, ends, strict=True)
            if start < end
        ]

    def begins_line(self, place: int) -> bool:
        """Return whether the word at this place begins a line."""
        return "\n" in self._before(place)

    def begins_sentence(self, place: int) -> bool:
        """Return whether the word at this place is the first of a sentence."""
        if not 0 < place < len(self._words):
            return False
        start = self._sentences[bisect_right(self._sentences, self._words[place].start) - 1]
        return start >= self._words[place - 1].end

    def has_marks(self, first: int, last: int) -> bool:
        """Return whether a word from place `first` to the one before `last` is marked."""
        if first == last:
            return False
        number = bisect_left(self._spans, self._words[first].end, key=lambda span: span[1])
        return number < len(self._spans) and self._spans[number][0] < self._words[last - 1].end

    def heading(self) -> Markup:
        """Return the whole text as one line."""
        return self._line(0, len(self._text))

    def paragraphs(self, first: int, last: int) -> tuple[Markup, ...]:
        """Return the lines from the word at place `first` to the one before `last`."""
        start, end = self._border(first), self._border(last)
        lines = []
        for line in self._text[start:end].split("\n"):
            if line.strip():
                lines.append(self._line(start, start + len(line)))
            start += len(line) + 1
        return tuple(lines)

    def _before(self, place: int) -> str:
        """Return what stands between the word at this place and the word before it."""
        if not 0 < place < len(self._words):
            return ""
        return self._text[self._words[place - 1].end : self._words[place].start]

    def _border(self, place: int) -> int:
        """Return the character where the text is cut: at the line's end, or the next space."""
        if place in (0, len(self._words)):
            return len(self._text) if place else 0
        between = self._before(place)
        space = between.find("\n")
        if space < 0:
            space = found.start() if (found := _SPACE(between)) else len(between)
        return self._words[place - 1].end + space

    def _line(self, start: int, end: int) -> Markup:
        parts: list[str] = []
        number = bisect_left(self._spans, start, key=lambda span: span[1])
        for span_start, span_end in self._spans[number:]:
            if span_start >= end:
                break
            marked_start, marked_end = max(span_start, start), min(span_end, end)
            if marked_start < marked_end:
                parts.append(escape(self._text[start:marked_start]))
                parts.append(self._mark.wrap(self._text[marked_start:marked_end]))
                start = marked_end
        # The parts are joined as plain strings: each part is escaped already.
        return Markup("".join([*parts, escape(self._text[start:end])]))


def lay_out(compared: Comparison, first: ComparedText, second: ComparedText) -> Iterator[Stretch]:
    """Yield the two texts of a comparison in stretches that correspond to each other."""
    for (i, j), (i_end, j_end) in pairwise(_find_cuts(compared, first, second)):
        stretch = first.paragraphs(i, i_end), second.paragraphs(j, j_end)
        if any(stretch):
            is_same = not (first.has_marks(i, i_end) or second.has_marks(j, j_end))
            yield Stretch(*stretch, is_same)


def _find_cuts(
    compared: Comparison, first: ComparedText, second: ComparedText
) -> Iterator[tuple[int, int]]:
    """Yield the places in both texts where a stretch begins, and at last their ends."""
    yield 0, 0
    latest = 0
    for i_start, j_start, size in compared.blocks:
        for i, j in zip(
            range(i_start, i_start + size + 1), range(j_start, j_start + size + 1), strict=True
        ):
            ends_sentence = i - latest >= _LONG_STRETCH and first.begins_sentence(i)
            if ends_sentence or first.begins_line(i) or second.begins_line(j):
                yield i, j
                latest = i
    yield len(compared.first_words), len(compared.second_words)
