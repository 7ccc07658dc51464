"""Cuts the part of a passage to show, and finds the words in it to mark. Pure."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import pairwise

from search.language.analysis import Word
from search.language.matching import find_words, places_of
from search.results.word_similarity import Reading

LENGTH = 260  # characters: about three lines of a result on a wide page
ELLIPSIS = "…"
MOST_RELATED = 4  # words marked by meaning in one snippet
# One set of letters to begin with: with two alternatives to try, looking took five times as long.
_SENTENCE_END = re.compile(r"[.!?؟؛…\n](?:(?<=\n)|[.!?؟؛…]*[»\")]*\s)\s*(?=\S)")

Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Snippet:
    """The text to show, and the words in it to mark, as character offsets into it.

    `highlights` match the query; `related` are near it in meaning, and never overlap them.
    """

    text: str
    highlights: Spans
    related: Spans = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """A text of which a stretch is to be shown, and the words in it that match, in their order.

    `starts` is where the stretches begin that show most of the words: to be chosen from by how they
    read. `bounds` cuts what can be shown into parts to read, first those that begin at the starts.
    """

    text: str
    matched: Sequence[Word]
    starts: Sequence[int]
    bounds: Sequence[int]
    room: int  # characters to show

    @property
    def parts(self) -> list[str]:
        return [self.text[start:end] for start, end in pairwise(self.bounds)]


def draft_whole(text: str, matched: Sequence[Word]) -> Draft:
    """Show a text as it is, as a headline."""
    return Draft(text, matched, [0], [0, len(text)], len(text))


def draft_snippet(passage: str, matched: Sequence[Word]) -> Draft:
    """Show a stretch with the most distinct terms, from a sentence's start if that loses none."""
    if len(passage) <= LENGTH:
        return draft_whole(passage, matched)
    sentences = [0, *(end.end() for end in _SENTENCE_END.finditer(passage))]
    begins, ends = [word.start for word in matched], [word.end for word in matched]
    first, last = min(begins, default=len(passage)), max(ends, default=0)
    if starts := [one for one in sentences if last - LENGTH <= one <= first]:  # that show them all
        return _draft(passage, matched, starts, sentences)

    terms = [word.term for word in matched]

    def worth(start: int) -> tuple[int, int]:
        inside = terms[bisect_left(begins, start) : bisect_right(ends, start + LENGTH)]
        return len(set(inside)), len(inside)

    worths = [worth(start) for start in sentences]
    best = max(worths)
    word_starts = (_word_start(passage, word.start - LENGTH // 3) for word in matched)
    between = max(word_starts, key=worth)  # the first of equals
    if worth(between) > best:
        return Draft(passage, matched, [between], [between, between + LENGTH], LENGTH)
    starts = [start for start, one in zip(sentences, worths, strict=True) if one == best]
    return _draft(passage, matched, starts, sentences)


def _draft(
    passage: str, matched: Sequence[Word], starts: Sequence[int], sentences: Sequence[int]
) -> Draft:
    """Leave open at which of these sentences the stretch begins."""
    stop = starts[-1] + LENGTH
    if len(starts) == 1:
        return Draft(passage, matched, starts, [*starts, stop], LENGTH)
    following = sentences[bisect_right(sentences, starts[-1]) :]
    ends_of_last = sorted({min([stop, *following[:1]]), stop})
    return Draft(passage, matched, starts, [*starts, *ends_of_last], LENGTH)


def cut_snippet(
    draft: Draft, reading: Reading, related_terms: AbstractSet[str] = frozenset()
) -> Snippet:
    """Show the stretch whose first sentence reads best; the first where that is not known.

    A word that matches by one of the `related_terms` is shown as related.
    """
    passage, (start, stop) = draft.text, _stretch(draft, reading)
    before = ELLIPSIS if start > 0 else ""
    after = ELLIPSIS if stop < len(passage) else ""
    shown = passage[start:stop].replace("\n", " ")
    inside: list[tuple[int, int]] = []
    related: list[tuple[int, int]] = []
    for word in draft.matched:
        if start <= word.start and word.end <= stop:
            kept = related if word.term in related_terms else inside
            kept.append((word.start - start, word.end - start))
    return Snippet(
        before + shown + after,
        _moved(inside, len(before)),
        _moved(_related(shown, inside, related, reading), len(before)),
    )


def mark_words(text: str, terms: Collection[str], related_terms: Collection[str] = ()) -> Snippet:
    """Mark the matching words of a text that is shown whole, as a headline is."""
    matching = set(terms)
    found = find_words(text, matching.union(related_terms))
    return Snippet(
        text,
        tuple((word.start, word.end) for word in found if word.term in matching),
        tuple((word.start, word.end) for word in found if word.term not in matching),
    )


def _moved(spans: Iterable[tuple[int, int]], by: int) -> Spans:
    return tuple((start + by, end + by) for start, end in spans)


def _related(
    shown: str,
    matched: Sequence[tuple[int, int]],
    by_term: Sequence[tuple[int, int]],
    reading: Reading,
) -> Spans:
    """Give the words shown that are nearest in meaning, but those that match."""
    found = list(by_term)
    for token, (begin, end) in reading.near.items():
        spans = ((place + begin, place + end) for place in places_of(token, shown))
        found += [span for span in spans if not _overlaps(span, [*matched, *by_term])]
    return tuple(sorted(found[:MOST_RELATED]))


def _overlaps(span: tuple[int, int], others: Sequence[tuple[int, int]]) -> bool:
    return any(begin < span[1] and span[0] < end for begin, end in others)


def _stretch(draft: Draft, reading: Reading) -> tuple[int, int]:
    passage, start = draft.text, draft.starts[0]
    if reading.said:
        said = dict(zip(draft.starts, reading.said, strict=False))  # the first parts
        start = max(draft.starts, key=said.__getitem__)
    if len(passage) - start < draft.room // 2:  # too little of itself
        first = len(passage) - draft.room
        start = min((one for one in draft.starts if first <= one < start), default=start)
    stop = min(len(passage), start + draft.room)
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
