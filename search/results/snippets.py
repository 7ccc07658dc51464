"""Cut the snippet of a passage, and find the words to mark in it. All functions are pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import pairwise

from search.language.analysis import Word
from search.language.matching import find_words, places_of
from search.language.sentences import sentence_starts
from search.results.word_similarity import TextSimilarity

LENGTH = 260  # characters: about three lines of a result on a wide page
ELLIPSIS = "…"
MAX_RELATED = 4  # words marked by meaning in one snippet

Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Snippet:
    """The text to show, and the words to mark in it as character offsets.

    `highlights` are the words that match the query; `related` are words near the query in meaning,
    and never overlap a highlight.
    """

    text: str
    highlights: Spans
    related: Spans = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """A text that a snippet is cut from, with its matching words in order and the possible starts.

    `starts` are the offsets from which a snippet shows the most matching words; `cut_snippet`
    chooses among them by their similarity to the query. `bounds` are the offsets that divide the
    text into parts to compare with the query; the first parts begin at `starts`.
    """

    text: str
    matched: Sequence[Word]
    starts: Sequence[int]
    bounds: Sequence[int]
    room: int  # characters to show

    @property
    def parts(self) -> list[str]:
        return [self.text[start:end] for start, end in pairwise(self.bounds)]


def cut_beginning(text: str, length: int) -> str:
    """Return the beginning of a text in one line, cut between two words where it is longer."""
    line = " ".join(text[: 2 * length].split())
    if len(line) <= length:
        return line
    return f"{line[: length + 1].rpartition(' ')[0] or line[:length]}{ELLIPSIS}"


def draft_whole(text: str, matched: Sequence[Word]) -> Draft:
    """Return the draft that shows a text whole, as a headline is."""
    return Draft(text, matched, [0], [0, len(text)], len(text))


def draft_snippet(passage: str, matched: Sequence[Word]) -> Draft:
    """Return the draft with the most distinct terms, at a sentence's start if that loses none."""
    if len(passage) <= LENGTH:
        return draft_whole(passage, matched)
    sentences = sentence_starts(passage)
    begins, ends = [word.start for word in matched], [word.end for word in matched]
    first, last = min(begins, default=len(passage)), max(ends, default=0)
    if starts := [start for start in sentences if last - LENGTH <= start <= first]:  # show all
        return _draft(passage, matched, starts, sentences)

    terms = [word.term for word in matched]

    def count_terms(start: int) -> tuple[int, int]:
        inside = terms[bisect_left(begins, start) : bisect_right(ends, start + LENGTH)]
        return len(set(inside)), len(inside)

    counts = [count_terms(start) for start in sentences]
    best = max(counts)
    word_starts = (_word_start(passage, word.start - LENGTH // 3) for word in matched)
    between = max(word_starts, key=count_terms)  # the first of equals
    if count_terms(between) > best:
        return Draft(passage, matched, [between], [between, between + LENGTH], LENGTH)
    starts = [start for start, count in zip(sentences, counts, strict=True) if count == best]
    return _draft(passage, matched, starts, sentences)


def _draft(
    passage: str, matched: Sequence[Word], starts: Sequence[int], sentences: Sequence[int]
) -> Draft:
    """Return a draft whose snippet may begin at any of `starts`."""
    stop = starts[-1] + LENGTH
    if len(starts) == 1:
        return Draft(passage, matched, starts, [*starts, stop], LENGTH)
    following = sentences[bisect_right(sentences, starts[-1]) :]
    ends_of_last = sorted({min([stop, *following[:1]]), stop})
    return Draft(passage, matched, starts, [*starts, *ends_of_last], LENGTH)


def cut_snippet(
    draft: Draft, similarity: TextSimilarity, related_terms: AbstractSet[str] = frozenset()
) -> Snippet:
    """Cut the snippet at the start with the best score, or at the first if there are no scores.

    A word that matches by one of the `related_terms` is marked as related.
    """
    passage, (start, stop) = draft.text, _stretch(draft, similarity)
    before = ELLIPSIS if start > 0 else ""
    after = ELLIPSIS if stop < len(passage) else ""
    shown = passage[start:stop].replace("\n", " ")
    matching: list[tuple[int, int]] = []
    related: list[tuple[int, int]] = []
    for word in draft.matched:
        if start <= word.start and word.end <= stop:
            spans = related if word.term in related_terms else matching
            spans.append((word.start - start, word.end - start))
    return Snippet(
        before + shown + after,
        _shift(matching, len(before)),
        _shift(_find_related(shown, matching, related, similarity), len(before)),
    )


def mark_words(text: str, terms: Collection[str], related_terms: Collection[str] = ()) -> Snippet:
    """Return a text whole, as a headline is shown, with its matching words marked."""
    matching = set(terms)
    words = find_words(text, matching.union(related_terms))
    return Snippet(
        text,
        tuple((word.start, word.end) for word in words if word.term in matching),
        tuple((word.start, word.end) for word in words if word.term not in matching),
    )


def _shift(spans: Iterable[tuple[int, int]], by: int) -> Spans:
    return tuple((start + by, end + by) for start, end in spans)


def _find_related(
    shown: str,
    matched: Sequence[tuple[int, int]],
    by_term: Sequence[tuple[int, int]],
    similarity: TextSimilarity,
) -> Spans:
    """Return the spans of the shown words that are nearest in meaning and do not match."""
    related = list(by_term)
    for token, (begin, end) in similarity.near.items():
        spans = ((place + begin, place + end) for place in places_of(token, shown))
        related += [span for span in spans if not _overlaps(span, [*matched, *by_term])]
    return tuple(sorted(related[:MAX_RELATED]))


def _overlaps(span: tuple[int, int], others: Sequence[tuple[int, int]]) -> bool:
    return any(begin < span[1] and span[0] < end for begin, end in others)


def _stretch(draft: Draft, similarity: TextSimilarity) -> tuple[int, int]:
    passage, start = draft.text, draft.starts[0]
    if similarity.part_scores:
        # The first parts begin at the starts.
        score_by_start = dict(zip(draft.starts, similarity.part_scores, strict=False))
        start = max(draft.starts, key=score_by_start.__getitem__)
    if len(passage) - start < draft.room // 2:  # the snippet would be too short
        first = len(passage) - draft.room
        start = min((other for other in draft.starts if first <= other < start), default=start)
    stop = min(len(passage), start + draft.room)
    if stop < len(passage):
        stop = _word_end(passage, start, stop)
    return start, stop


def _word_start(passage: str, offset: int) -> int:
    """Return the start of the first word after `offset`; 0 if `offset` <= 0 or no word follows."""
    if offset <= 0:
        return 0
    space = passage.find(" ", offset)
    return 0 if space < 0 else space + 1


def _word_end(passage: str, start: int, offset: int) -> int:
    """Return the end of the last whole word before `offset`.

    A word without a space since `start` is cut at `offset`.
    """
    if passage[offset].isspace():
        return offset
    space = max(passage.rfind(" ", start, offset), passage.rfind("\n", start, offset))
    return offset if space <= start else space
