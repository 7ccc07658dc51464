"""Build the contents of a document's page: marked text, copies, similar documents, citations."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flask import url_for
from markupsafe import Markup

from search.records import Document, Passage, Query, Version
from web.localization import translate
from web.pages.calendar_spans import build_day_url
from web.pages.citation import write_bibtex, write_citation
from web.pages.document_metadata import DocumentMetadata, describe_document
from web.pages.highlighting import HighlightTerms, mark_spans, mark_terms
from web.pages.navigation import build_results_url
from web.pages.wording import format_day

_MAX_MARKED_LENGTH = 200_000  # characters; a longer text is shown without marks


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph; `is_near` if the passage that answers the search best covers the paragraph."""

    text: Markup
    is_near: bool


@dataclass(frozen=True, slots=True)
class EarlierVersion:
    """The text of the article before a change."""

    label: str
    title: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """One document in full, with the documents around it."""

    metadata: DocumentMetadata
    title: Markup
    paragraphs: tuple[Paragraph, ...]
    earlier_versions: tuple[EarlierVersion, ...]  # the latest first
    copies: tuple[DocumentMetadata, ...]
    similar: tuple[DocumentMetadata, ...]
    day_url: str | None  # of all documents of its day
    previous: DocumentMetadata | None  # the document before it in its newspaper
    following: DocumentMetadata | None
    citation: str
    bibtex: str
    permanent_url: str
    results_url: str | None  # of the search that led to the document


def build_document_page(
    document: Document,
    *,
    versions: Sequence[Version],
    copies: Sequence[Document],
    similar: Sequence[Document],
    neighbours: tuple[Document | None, Document | None],
    query: Query | None,
    terms: HighlightTerms | None,
    nearest_passage: Passage | None,
) -> DocumentPage:
    """Build the page of a document.

    `query` is the search that led to the document, `terms` its terms, and `nearest_passage` the
    passage that answers it best; all three are None for a reader who came without a search.
    """
    permanent_url = url_for("pages.document", doc_id=document.doc_id, _external=True)
    metadata = describe_document(document)
    original = metadata.original
    cited_url = original.url if original and original.url else permanent_url
    numbers = range(len(versions), 0, -1)
    previous, following = (
        describe_document(neighbour) if neighbour else None for neighbour in neighbours
    )
    return DocumentPage(
        metadata=metadata,
        title=_mark(metadata.title, terms),
        paragraphs=tuple(_split_paragraphs(document, terms, nearest_passage)),
        earlier_versions=tuple(map(_show_version, numbers, versions)),
        copies=tuple(map(describe_document, copies)),
        similar=tuple(map(describe_document, similar)),
        day_url=build_day_url(document.date) if document.date else None,
        previous=previous,
        following=following,
        citation=write_citation(document, metadata.title, cited_url),
        bibtex=write_bibtex(document, metadata.title, cited_url),
        permanent_url=permanent_url,
        results_url=build_results_url(query) if query else None,
    )


def _show_version(number: int, version: Version) -> EarlierVersion:
    label = translate("النسخة %(number)s", number=number)
    if version.date:
        label = f"{label} · {format_day(version.date)}"
    lines = (line for line in version.body.split("\n") if line.strip())
    return EarlierVersion(label, version.title, tuple(lines))


def _split_paragraphs(
    document: Document, terms: HighlightTerms | None, nearest_passage: Passage | None
) -> Iterator[Paragraph]:
    start = 0
    for line in document.body.split("\n"):
        end = start + len(line)
        if line.strip():
            is_near = nearest_passage is not None and _covers(nearest_passage, start, end)
            yield Paragraph(_mark(line, terms), is_near)
        start = end + 1


def _mark(text: str, terms: HighlightTerms | None) -> Markup:
    if terms is None or len(text) > _MAX_MARKED_LENGTH:
        return mark_spans(text, ())
    return mark_terms(text, terms)


def _covers(passage: Passage, start: int, end: int) -> bool:
    """Return whether passage and paragraph share at least half of the shorter of the two."""
    shared = min(passage.end, end) - max(passage.start, start)
    return shared * 2 >= min(end - start, passage.end - passage.start)
