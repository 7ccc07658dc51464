"""Writes hits: what a document that was found shows of itself."""

from collections.abc import Collection

from search.records import Document, Evidence, Hit, Mode, Passage
from search.snippets import Snippet, cut_snippet
from search.text import find_words


def write_hit(
    document: Document,
    passage: Passage,
    score: float,
    evidence: dict[Mode, Evidence],
    copies: tuple[str, ...],
    wanted: Collection[str],
) -> Hit:
    """Show a document by its best passage, with the words marked whose terms are `wanted`."""
    text = document.text[passage.start : passage.end]
    wanted_terms = frozenset(wanted)
    matched = find_words(text, wanted_terms)
    if document.body:
        snippet = cut_snippet(text, matched)
    else:
        snippet = Snippet(text, tuple((word.start, word.end) for word in matched))
    if Mode.LEXICAL in evidence:
        held = {word.term for word in (*matched, *find_words(document.title, wanted_terms))}
        lexical = evidence[Mode.LEXICAL]
        terms = tuple(term for term in wanted if term in held)
        evidence[Mode.LEXICAL] = Evidence(lexical.rank, lexical.score, terms)
    return Hit(document, passage, score, snippet.text, snippet.highlights, evidence, copies)
