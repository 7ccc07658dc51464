"""Mark the words of a query in a text: escape the text, then wrap words in <mark> tags.

A very common word is marked once in a sentence: more marks would hide those of the other words.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Self

from markupsafe import Markup, escape

from search.index import TermStatistics
from search.language.matching import words_of
from search.language.sentences import sentence_starts
from search.plan import QueryPlan
from search.results.snippets import Spans, mark_words

# A word is very common if it stands in one of this many passages («السعودية», in a Saudi archive),
# and in enough of them to tell.
_COMMON_IN = 20
_LEAST_COMMON = 20  # passages


@dataclass(frozen=True, slots=True)
class HighlightTerms:
    """The terms that are marked in a text: those of the query, and those related in meaning.

    Those that are `common` are marked once in a sentence.
    """

    matching: Sequence[str]
    related: Sequence[str] = ()
    common: AbstractSet[str] = frozenset()

    @classmethod
    def of(cls, plan: QueryPlan, vocabulary: TermStatistics) -> Self:
        """Return the terms of a query, for marking them in a whole text."""
        matching, related = plan.terms, plan.related_terms
        return cls(matching, related, find_common([*matching, *related], vocabulary))


@dataclass(frozen=True, slots=True)
class MarkedText:
    """A text with the spans of its marks, which do not overlap, in order."""

    text: str
    spans: Sequence[tuple[int, int]] = ()
    related: AbstractSet[tuple[int, int]] = frozenset()  # those of the spans that do not match

    @classmethod
    def of(cls, text: str, terms: HighlightTerms) -> Self:
        """Mark the terms of a query in a text."""
        marks = mark_words(text, terms.matching, terms.related)
        spans = sorted((*marks.highlights, *marks.related))
        return cls(text, drop_repeated(text, spans, terms.common), frozenset(marks.related))

    def part(self, start: int, end: int) -> Markup:
        """Return a part of the text, escaped, with its marks; a mark across a bound is cut."""
        first = bisect_left(self.spans, start, key=lambda span: span[1])
        last = bisect_left(self.spans, end, key=lambda span: span[0])
        matching: list[tuple[int, int]] = []
        related: list[tuple[int, int]] = []
        for span in self.spans[first:last]:
            kind = related if span in self.related else matching
            if (begin := max(span[0], start)) < (stop := min(span[1], end)):
                kind.append((begin - start, stop - start))
        return mark_spans(self.text[start:end], matching, related)


def find_common(terms: Iterable[str], vocabulary: TermStatistics) -> frozenset[str]:
    """Return those of the terms and stems that are very common in an archive."""
    least = max(_LEAST_COMMON, vocabulary.passages / _COMMON_IN)
    return frozenset(term for term in terms if vocabulary.frequency(term) >= least)


def drop_repeated(text: str, spans: Sequence[tuple[int, int]], common: AbstractSet[str]) -> Spans:
    """Return the spans without those of a common word after its first in a sentence."""
    if not common:
        return tuple(spans)
    starts = sentence_starts(text)
    kept: dict[object, tuple[int, int]] = {}
    for start, end in spans:
        levels = {level for word in words_of(text[start:end]) for level in (word.term, word.stem)}
        repeated = common & levels
        key = (bisect_right(starts, start), frozenset(repeated)) if repeated else start
        kept.setdefault(key, (start, end))
    return tuple(kept.values())


def mark_spans(
    text: str, matching: Iterable[tuple[int, int]], related: Iterable[tuple[int, int]] = ()
) -> Markup:
    """Escape a text and mark its spans: character offsets that do not overlap."""
    spans = [(*span, "<mark>") for span in matching]
    spans += [(*span, '<mark class="related">') for span in related]
    parts: list[str] = []
    previous_end = 0
    for start, end, tag in sorted(spans):
        parts += [escape(text[previous_end:start]), tag, escape(text[start:end]), "</mark>"]
        previous_end = end
    # The parts are joined as plain strings: each part is escaped already.
    return Markup("".join([*parts, escape(text[previous_end:])]))
