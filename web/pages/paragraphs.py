"""Divide the body of a document into paragraphs to read.

Many articles come as a single line. A long line is divided where sentences begin, into parts of
about equal length; a line without sentences stays whole. Each paragraph is a span of the stored
body, which nothing changes.
"""

from bisect import bisect_left
from collections.abc import Iterator
from itertools import pairwise

from search.language.sentences import sentence_starts

LONGEST = 800  # characters of a line that stays whole: seven lines on a wide page
_TARGET = 450  # characters of a part


def split_paragraphs(body: str) -> Iterator[tuple[int, int]]:
    """Yield the spans of the paragraphs in order, as offsets into `body`; blank lines are left out.

    A paragraph has no line end.
    """
    begin = 0
    for line in body.split("\n"):
        if line.strip():
            for start, end in pairwise(_divide(line)):
                yield begin + start, begin + end
        begin += len(line) + 1


def _divide(line: str) -> list[int]:
    """Return the bounds of the parts of a line."""
    if len(line) <= LONGEST:
        return [0, len(line)]
    starts = sentence_starts(line)
    count = round(len(line) / _TARGET)
    cuts = {_nearest(starts, len(line) * number // count) for number in range(1, count)}
    return sorted({0, *cuts, len(line)})


def _nearest(starts: list[int], offset: int) -> int:
    place = bisect_left(starts, offset)
    return min(starts[max(0, place - 1) : place + 1], key=lambda start: abs(start - offset))
