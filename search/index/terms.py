"""The terms under which an index holds a passage: those of its document's title and its own."""

from collections.abc import Iterable

from search.index import IndexedTerms
from search.language.analysis import STEM_MARK, levels
from search.records import Document


def index_terms(document: Document, spans: Iterable[tuple[int, int]]) -> list[IndexedTerms]:
    """Return what the index stores of each passage, at both levels of words.

    A headline's text is its title: stored once, so that it does not count twice.
    """
    title, title_stems = join_levels(document.title)
    indexed = []
    for start, stop in spans:
        text = document.text[start:stop]
        terms, stems = ("", "") if text == document.title else join_levels(text)
        indexed.append(IndexedTerms(title, terms, title_stems, stems))
    return indexed


def join_levels(text: str) -> tuple[str, str]:
    """Return the terms of a text and their stems, which need no mark in a field of their own."""
    terms, stems = levels(text)
    return " ".join(terms), " ".join(stems).replace(STEM_MARK, "")
