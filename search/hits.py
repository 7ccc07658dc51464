"""Writes hits: what a document that was found shows of itself."""

from collections.abc import Collection

from search.nearness import Reading
from search.records import Document, Evidence, Hit, Mode, Passage
from search.snippets import cut_snippet, show_whole
from search.text import find_words


def write_hit(
    document: Document,
    passage: Passage,
    score: float,
    evidence: dict[Mode, Evidence],
    copies: tuple[str, ...],
    wanted: Collection[str],
    reading: Reading,
) -> Hit:
    """Show a document by its best passage, read in meaning as `reading`.

    Marked as matching are the words whose terms are `wanted`.
    """
    text = document.text[passage.start : passage.end]
    wanted_terms = frozenset(wanted)
    matched = find_words(text, wanted_terms)
    show = cut_snippet if document.body else show_whole
    snippet = show(text, matched, reading)
    if Mode.LEXICAL in evidence:
        held = {word.term for word in (*matched, *find_words(document.title, wanted_terms))}
        lexical = evidence[Mode.LEXICAL]
        terms = tuple(term for term in wanted if term in held)
        evidence[Mode.LEXICAL] = Evidence(lexical.rank, lexical.score, terms)
    return Hit(
        document=document,
        passage=passage,
        score=score,
        snippet=snippet.text,
        highlights=snippet.highlights,
        related=snippet.related,
        evidence=evidence,
        copies=copies,
    )
