"""Cuts the part of a passage to show, and finds the words in it to mark. Pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from search.nearness import Reading, sentence_starts
from search.text import Word, find_words, places_of

LENGTH = 260  # characters: about three lines of a result on a wide page
ELLIPSIS = "…"
_LEAST = LENGTH // 3  # where less is left, the snippet begins with the sentences before
MOST_RELATED = 4  # words marked by meaning in one snippet

Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Snippet:
    """The text to show, and the words in it to mark, as character offsets into it.

    `highlights` match the query; `related` are near it in meaning, and never overlap them.
    """

    text: str
    highlights: Spans
    related: Spans = ()


def show_whole(text: str, matched: Sequence[Word], reading: Reading) -> Snippet:
    """Show a text as it is, as a headline; `matched` are the words that match, in their order."""
    spans = tuple((word.start, word.end) for word in matched)
    return Snippet(text, spans, _related(text, spans, reading))


def cut_snippet(passage: str, matched: Sequence[Word], reading: Reading) -> Snippet:
    """Show the stretch with the most distinct terms, from a sentence's start if that loses none.

    Of equal ones that whose first sentence reads best. `matched` are the words that match, in their
    order.
    """
    start, stop = _stretch(passage, matched, reading)
    before = ELLIPSIS if start > 0 else ""
    after = ELLIPSIS if stop < len(passage) else ""
    shown = " ".join(passage[start:stop].split("\n"))
    inside = [
        (word.start - start, word.end - start)
        for word in matched
        if start <= word.start and word.end <= stop
    ]
    return Snippet(
        before + shown + after,
        _moved(inside, len(before)),
        _moved(_related(shown, inside, reading), len(before)),
    )


def mark_words(text: str, terms: Collection[str]) -> Snippet:
    """Mark the matching words of a text that is shown whole, as a headline is."""
    return Snippet(text, tuple((word.start, word.end) for word in find_words(text, set(terms))))


def _moved(spans: Iterable[tuple[int, int]], by: int) -> Spans:
    return tuple((start + by, end + by) for start, end in spans)


def _related(shown: str, matched: Sequence[tuple[int, int]], reading: Reading) -> Spans:
    """Give the words shown that are nearest in meaning, but those that match."""
    found: list[tuple[int, int]] = []
    for token, (begin, end) in reading.near.items():
        spans = ((place + begin, place + end) for place in places_of(token, shown))
        found += [span for span in spans if not _overlaps(span, matched)]
    return tuple(sorted(found[:MOST_RELATED]))


def _overlaps(span: tuple[int, int], others: Sequence[tuple[int, int]]) -> bool:
    return any(begin < span[1] and span[0] < end for begin, end in others)


def _stretch(passage: str, matched: Sequence[Word], reading: Reading) -> tuple[int, int]:
    if len(passage) <= LENGTH:
        return 0, len(passage)
    sentences = list(reading.sentences) or sentence_starts(passage)
    word_starts = (_word_start(passage, word.start - LENGTH // 3) for word in matched)
    begins, ends = [word.start for word in matched], [word.end for word in matched]

    def worth(start: int) -> tuple[int, int, float]:
        inside = matched[bisect_left(begins, start) : bisect_right(ends, start + LENGTH)]
        distinct = {word.term for word in inside}
        return len(distinct), len(inside), reading.sentences.get(start, -1.0)

    start = max([*sentences, *word_starts], key=worth)  # the first of equals
    if len(passage) - start < _LEAST:
        room = len(passage) - LENGTH
        start = min((one for one in sentences if room <= one < start), default=start)
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
