"""Makes the indexed terms of a passage from its document's title and its own text."""

from collections.abc import Iterable
from typing import NamedTuple

from search.language.analysis import STEM_MARK, terms_and_stems
from search.records import Document


class IndexedTerms(NamedTuple):
    """The terms of one passage and their stems, joined by spaces."""

    title: str
    text: str
    title_stems: str
    text_stems: str


def index_terms(document: Document, spans: Iterable[tuple[int, int]]) -> list[IndexedTerms]:
    """Return the terms and stems that the index stores of each passage.

    A headline's text is its title, which is stored once, so that it does not count twice.
    """
    title, title_stems = join_terms_and_stems(document.title)
    indexed = []
    for start, stop in spans:
        text = document.text[start:stop]
        terms, stems = ("", "") if text == document.title else join_terms_and_stems(text)
        indexed.append(IndexedTerms(title, terms, title_stems, stems))
    return indexed


def join_terms_and_stems(text: str) -> tuple[str, str]:
    """Return the terms of a text and their stems, without the mark of stems."""
    terms, stems = terms_and_stems(text)
    return " ".join(terms), " ".join(stems).replace(STEM_MARK, "")
