"""Cuts the part of a passage to show, and finds the words in it to mark. Pure."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from search.text import Word, find_words

LENGTH = 260  # characters: about three lines of a result on a wide page
ELLIPSIS = "…"
_SENTENCE_END = re.compile(r"[.!?؟؛…]+[»\")]*\s+|\n+")


@dataclass(frozen=True, slots=True)
class Snippet:
    """The text to show, and the words in it to mark, as character offsets into it."""

    text: str
    highlights: tuple[tuple[int, int], ...]


def cut_snippet(passage: str, matched: Sequence[Word]) -> Snippet:
    """Show the stretch with the most distinct terms, from a sentence's start if that loses none.

    `matched` are the words to mark, in their order.
    """
    start, stop = _stretch(passage, matched)
    before = ELLIPSIS if start > 0 else ""
    after = ELLIPSIS if stop < len(passage) else ""
    shown = " ".join(passage[start:stop].split("\n"))
    shift = len(before) - start
    inside = [
        (word.start + shift, word.end + shift)
        for word in matched
        if start <= word.start and word.end <= stop
    ]
    return Snippet(before + shown + after, tuple(inside))


def mark_words(text: str, terms: Collection[str]) -> Snippet:
    """Mark the matching words of a text that is shown whole, as a headline is."""
    return Snippet(text, tuple((word.start, word.end) for word in find_words(text, set(terms))))


def _stretch(passage: str, matched: Sequence[Word]) -> tuple[int, int]:
    if len(passage) <= LENGTH:
        return 0, len(passage)
    starts = [0, *(match.end() for match in _SENTENCE_END.finditer(passage))]
    starts += [_word_start(passage, word.start - LENGTH // 3) for word in matched]

    places = [(word.start, word.end, word.term) for word in matched]

    def worth(start: int) -> tuple[int, int]:
        stop = start + LENGTH
        inside = [term for begin, end, term in places if start <= begin and end <= stop]
        return len(set(inside)), len(inside)

    start = max(starts, key=worth) if matched else 0  # the first of equals
    stop = min(len(passage), start + LENGTH)
    if stop < len(passage):
        stop = _word_end(passage, start, stop)
    return start, stop


def _word_start(passage: str, wanted: int) -> int:
    """Move to the beginning of the word after `wanted`.

    The passage's own beginning if there is no room.
    """
    if wanted <= 0:
        return 0
    space = passage.find(" ", wanted)
    return 0 if space < 0 else space + 1


def _word_end(passage: str, start: int, wanted: int) -> int:
    """Move back to the end of the last whole word.

    A single endless word is cut where it must be.
    """
    if passage[wanted].isspace():
        return wanted
    space = max(passage.rfind(" ", start, wanted), passage.rfind("\n", start, wanted))
    return wanted if space <= start else space
