"""The fields of the two lexical indexes of an archive: of passages, and of whole documents.

Terms come ready from `search.language.analysis`, so both only split at spaces. Passages are ranked:
BM25 over the terms and stems of titles and texts. Documents are matched, counted and listed, so
what is counted by stands in columns beside the terms. An entry of either is named by a passage id,
that of a document by its first passage: every version of a document has passages of its own, so no
name is used twice.
"""

from collections.abc import Sequence
from pathlib import Path

import tantivy

from search.index import IndexedTerms
from search.index.local.lexical.tantivy_folder import TOKENIZER
from search.language.analysis import terms
from search.records import Document

TERM_FIELDS, STEM_FIELDS = ("title", "text"), ("title_stems", "text_stems")
# Of documents. The text begins with the title, so that a word is looked for in one field.
TITLE, LEAD, TEXT, STEMS, AUTHOR = "title", "lead", "text", "stems", "author"
SOURCE, KIND, LANGUAGE = "source", "kind", "language"
DAY = "day"  # date.toordinal(); absent without a date
MONTH = "month"  # months since the beginning of year 0; absent without a date
NEWEST, OLDEST = "newest", "oldest"  # the orders of dates: descending, and ascending
# Stands for no word: no phrase reaches from a title into the text. Words near one another may,
# for the title is taken as the beginning of the text.
TITLE_END = "\u00b6"
# Of the text after the title. A news agency says what happened in its first paragraph.
LEAD_WORDS = 60

_NO_DAY_LAST = 1 << 23  # above every date.toordinal()
_BITS_OF_ID = 40


def documents_folder(folder: Path) -> Path:
    """Return the folder of the documents' index beside that of the passages'."""
    return folder.with_name(f"{folder.name}-documents")


def folders_of(folder: Path) -> tuple[Path, Path]:
    """Return the folder of the passages' index, and that of the documents' beside it."""
    return folder, documents_folder(folder)


def passage_schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("passage_id", indexed=True, fast=True)
    for name in TERM_FIELDS:
        builder.add_text_field(name, tokenizer_name=TOKENIZER)
    for name in STEM_FIELDS:  # no phrase is looked for by stems, so where they stand is not kept
        builder.add_text_field(name, tokenizer_name=TOKENIZER, index_option="freq")
    for name in (SOURCE, KIND, LANGUAGE):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    builder.add_integer_field(DAY, indexed=True, fast=True)
    return builder.build()


def document_schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("passage_id", indexed=True, fast=True)
    for name in (TITLE, LEAD, TEXT, AUTHOR):
        builder.add_text_field(name, tokenizer_name=TOKENIZER)
    builder.add_text_field(STEMS, tokenizer_name=TOKENIZER, index_option="freq")
    for name in (SOURCE, KIND, LANGUAGE):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=True)
    builder.add_integer_field(DAY, indexed=True, fast=True)
    builder.add_integer_field(MONTH, fast=True)
    for name in (NEWEST, OLDEST):
        builder.add_unsigned_field(name, fast=True)
    return builder.build()


def passage_entry(passage_id: int, document: Document, indexed: IndexedTerms) -> tantivy.Document:
    entry = _entry(passage_id, document)
    for name, joined in zip((*TERM_FIELDS, *STEM_FIELDS), indexed, strict=True):
        entry.add_text(name, joined)
    return entry


def document_entry(
    first_passage: int, document: Document, passages: Sequence[IndexedTerms]
) -> tantivy.Document:
    """Return the entry of a whole document, whose passages cover its text without overlapping."""
    entry = _entry(first_passage, document)
    title = passages[0].title
    entry.add_text(TITLE, title)
    text = " ".join([one.text for one in passages])
    entry.add_text(LEAD, " ".join([title, TITLE_END, *text.split(" ", LEAD_WORDS)[:LEAD_WORDS]]))
    entry.add_text(TEXT, f"{title} {TITLE_END} {text}")
    entry.add_text(
        STEMS, " ".join([passages[0].title_stems, *(one.text_stems for one in passages)])
    )
    if document.author is not None:
        entry.add_text(AUTHOR, " ".join(terms(document.author)))
    day = 0
    if document.date is not None:
        day = document.date.toordinal()
        entry.add_integer(MONTH, 12 * document.date.year + document.date.month - 1)
    # Equal days go by doc_id, of which 40 bits tell almost all apart.
    of_id = int(document.doc_id[:10].ljust(10, "0"), 16)
    entry.add_unsigned(NEWEST, day << _BITS_OF_ID | (1 << _BITS_OF_ID) - 1 - of_id)
    entry.add_unsigned(OLDEST, (day or _NO_DAY_LAST) << _BITS_OF_ID | of_id)
    return entry


def _entry(passage_id: int, document: Document) -> tantivy.Document:
    entry = tantivy.Document()
    entry.add_unsigned("passage_id", passage_id)
    entry.add_text(KIND, document.kind.value)
    entry.add_text(LANGUAGE, document.language)
    if document.source is not None:
        entry.add_text(SOURCE, document.source)
    if document.date is not None:
        entry.add_integer(DAY, document.date.toordinal())
    return entry
