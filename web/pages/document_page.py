"""Makes of a document what its page shows: marked text, copies, neighbours, how to cite it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flask import url_for
from markupsafe import Markup

from search.plan import QueryPlan
from search.records import Document, Passage, Query, Version
from search.results.snippets import mark_words
from web.pages.citation import bibtex, citation
from web.pages.navigation import address
from web.pages.results_page import Facts, facts_of, mark
from web.pages.wording import day_name, say

_LONGEST_MARKED = 200_000  # characters; a longer text is shown without marks


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph; `is_near` where the passage lies that answers the search best."""

    text: Markup
    is_near: bool


@dataclass(frozen=True, slots=True)
class Earlier:
    """What the article said before."""

    label: str
    title: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Article:
    """One document whole, with the documents around it."""

    facts: Facts
    title: Markup
    paragraphs: tuple[Paragraph, ...]
    earlier: tuple[Earlier, ...]  # the latest first
    copies: tuple[Facts, ...]
    similar: tuple[Facts, ...]
    citation: str
    bibtex: str
    permanent: str
    back: str | None  # the results it was found by


def article(
    document: Document,
    *,
    versions: Sequence[Version],
    copies: Sequence[Document],
    similar: Sequence[Document],
    query: Query | None,
    asked: QueryPlan | None,
    near: Passage | None,
) -> Article:
    """Show a document.

    `query` is what found it, `asked` the terms of that, `near` the passage that answers it best.
    """
    permanent = url_for("pages.document", doc_id=document.doc_id, _external=True)
    facts = facts_of(document)
    source = facts.original.url if facts.original and facts.original.url else permanent
    return Article(
        facts=facts,
        title=_marked(facts.title, asked),
        paragraphs=tuple(_paragraphs(document, asked, near)),
        earlier=tuple(_earlier(*one) for one in zip(_numbers(versions), versions, strict=True)),
        copies=tuple(map(facts_of, copies)),
        similar=tuple(map(facts_of, similar)),
        citation=citation(document, facts.title, source),
        bibtex=bibtex(document, facts.title, source),
        permanent=permanent,
        back=address(query) if query else None,
    )


def _numbers(versions: Sequence[Version]) -> range:
    return range(len(versions), 0, -1)


def _earlier(number: int, version: Version) -> Earlier:
    label = say("النسخة %(number)s", number=number)
    if version.date:
        label = f"{label} · {day_name(version.date)}"
    lines = (line for line in version.body.split("\n") if line.strip())
    return Earlier(label, version.title, tuple(lines))


def _paragraphs(
    document: Document, asked: QueryPlan | None, near: Passage | None
) -> Iterator[Paragraph]:
    start = 0
    for line in document.body.split("\n"):
        end = start + len(line)
        if line.strip():
            is_near = near is not None and _covers(near, start, end)
            yield Paragraph(_marked(line, asked), is_near)
        start = end + 1


def _marked(text: str, asked: QueryPlan | None) -> Markup:
    if asked is None or len(text) > _LONGEST_MARKED:
        return mark(text, ())
    marked = mark_words(text, asked.terms, asked.related_terms)
    return mark(text, marked.highlights, marked.related)


def _covers(passage: Passage, start: int, end: int) -> bool:
    """Tell that a passage holds at least half of a paragraph, or all of itself is in it."""
    shared = min(passage.end, end) - max(passage.start, start)
    return shared * 2 >= min(end - start, passage.end - passage.start)
