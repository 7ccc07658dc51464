"""Makes the indexed terms of passages and of whole documents."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from search.language.analysis import STEM_MARK, terms, terms_and_stems
from search.records import Document

# This token is no word, so no phrase matches across the end of a title. Words near one another may,
# because the title counts as the beginning of the text.
TITLE_END = "\u00b6"
# The term of a field without words. Lucene leaves an entry without terms out of the mean length of
# its field, and tantivy does not: with this term, both compute the same scores.
NO_WORDS = TITLE_END
# Words after the title. A news agency states the event in its first paragraph.
LEAD_WORDS = 60


class IndexedTerms(NamedTuple):
    """The terms of one passage and their stems, joined by spaces."""

    title: str
    text: str
    title_stems: str
    text_stems: str


class DocumentTerms(NamedTuple):
    """The terms of a whole document, joined by spaces; `text` and `lead` begin with the title."""

    title: str
    lead: str
    text: str
    stems: str
    author: str | None


def index_terms(document: Document, spans: Iterable[tuple[int, int]]) -> list[IndexedTerms]:
    """Return the terms and stems that the index stores of each passage.

    A headline's text is its title, which is stored once, so that it does not count twice.
    """
    title, title_stems = join_terms_and_stems(document.title)
    indexed = []
    for start, stop in spans:
        text = document.text[start:stop]
        text_terms, stems = ("", "") if text == document.title else join_terms_and_stems(text)
        indexed.append(IndexedTerms(title, text_terms, title_stems, stems))
    return indexed


def document_terms(document: Document, passages: Sequence[IndexedTerms]) -> DocumentTerms:
    """Return the terms of a document whose passages cover its text without overlap."""
    title = passages[0].title
    text = " ".join([passage.text for passage in passages])
    return DocumentTerms(
        title,
        " ".join([title, TITLE_END, *text.split(" ", LEAD_WORDS)[:LEAD_WORDS]]),
        f"{title} {TITLE_END} {text}",
        " ".join([passages[0].title_stems, *(passage.text_stems for passage in passages)]),
        None if document.author is None else " ".join(terms(document.author)),
    )


def join_terms_and_stems(text: str) -> tuple[str, str]:
    """Return the terms of a text and their stems, without the mark of stems."""
    words, stems = terms_and_stems(text)
    return " ".join(words), " ".join(stems).replace(STEM_MARK, "")
