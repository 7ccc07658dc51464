"""The fields of the two lexical indexes of an archive: of passages, and of whole documents.

`search.language.analysis` makes the terms, so both indexes only split at spaces. Passages are
ranked by BM25 over the terms and stems of titles and texts. Documents are matched, counted and
listed, so the fields for counting are columns beside the terms. The key of an entry is a passage
id; for a document, it is the id of its first passage. Every version of a document has passages of
its own, so no key is used twice.
"""

from collections.abc import Sequence
from pathlib import Path

import tantivy

from search.index.local.lexical.tantivy_folder import TOKENIZER
from search.index.terms import NO_WORDS, IndexedTerms, document_terms
from search.records import Document

TERM_FIELDS, STEM_FIELDS = ("title", "text"), ("title_stems", "text_stems")
# Fields of documents. The text begins with the title, so that one field is searched for a word.
TITLE, LEAD, TEXT, STEMS, AUTHOR = "title", "lead", "text", "stems", "author"
SOURCE, KIND, LANGUAGE = "source", "kind", "language"
DAY = "day"  # date.toordinal(); absent without a date
MONTH = "month"  # months since the beginning of year 0; absent without a date
NEWEST, OLDEST = "newest", "oldest"  # the orders of dates: descending, and ascending
_NO_DAY_LAST = 1 << 23  # above every date.toordinal()
_BITS_OF_ID = 40


def documents_folder(folder: Path) -> Path:
    """Return the folder of the index of documents beside the index of passages."""
    return folder.with_name(f"{folder.name}-documents")


def folders_of(folder: Path) -> tuple[Path, Path]:
    """Return the folders of the index of passages and of the index of documents."""
    return folder, documents_folder(folder)


def passage_schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("passage_id", indexed=True, fast=True)
    for name in TERM_FIELDS:
        builder.add_text_field(name, tokenizer_name=TOKENIZER)
    for name in STEM_FIELDS:  # without positions, because no phrase has stems
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
        entry.add_text(name, joined or NO_WORDS)
    return entry


def document_entry(
    first_passage: int, document: Document, passages: Sequence[IndexedTerms]
) -> tantivy.Document:
    """Return the entry of a document, whose passages cover its text without overlap."""
    entry = _entry(first_passage, document)
    joined = document_terms(document, passages)
    for name, text in zip((TITLE, LEAD, TEXT, STEMS, AUTHOR), joined, strict=True):
        if text is not None:
            entry.add_text(name, text)
    day = 0
    if document.date is not None:
        day = document.date.toordinal()
        entry.add_integer(MONTH, 12 * document.date.year + document.date.month - 1)
    # Documents of one day are ordered by doc_id; 40 bits of it distinguish almost all.
    id_bits = int(document.doc_id[:10].ljust(10, "0"), 16)
    entry.add_unsigned(NEWEST, day << _BITS_OF_ID | (1 << _BITS_OF_ID) - 1 - id_bits)
    entry.add_unsigned(OLDEST, (day or _NO_DAY_LAST) << _BITS_OF_ID | id_bits)
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
