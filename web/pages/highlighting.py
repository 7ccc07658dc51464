"""Mark the words of a query in a text: escape the text, then wrap words in <mark> tags."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from markupsafe import Markup, escape

from search.plan import QueryPlan
from search.results.snippets import mark_words


@dataclass(frozen=True, slots=True)
class HighlightTerms:
    """The terms that are marked in a text: those of the query, and those related in meaning."""

    matching: Sequence[str]
    related: Sequence[str] = ()

    @classmethod
    def of(cls, plan: QueryPlan) -> Self:
        """Return the terms of a query, for marking them in a whole text."""
        return cls(plan.terms, plan.related_terms)


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


def mark_terms(text: str, terms: HighlightTerms) -> Markup:
    """Escape a text and mark the terms of a query in it."""
    spans = mark_words(text, terms.matching, terms.related)
    return mark_spans(text, spans.highlights, spans.related)
