"""Build the contents of a document's page: marked text, copies, similar documents, citations."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from flask import url_for
from markupsafe import Markup

from search.records import Document, Query, Version
from web.localization import translate
from web.pages.calendar_spans import build_day_url
from web.pages.citation import write_citation
from web.pages.clipping import build_clipping
from web.pages.document_metadata import DocumentMetadata, describe_document
from web.pages.embedded_metadata import (
    JsonObject,
    MetaTag,
    build_meta_tags,
    build_news_article,
)
from web.pages.highlighting import HighlightTerms, MarkedText
from web.pages.navigation import Link, build_results_url
from web.pages.paragraphs import split_paragraphs
from web.pages.wording import format_day
from web.permalinks import write_permalinks
from web.references.bibtex import write_bibtex
from web.references.formats import FORMATS
from web.references.reference import build_reference

_MAX_MARKED_LENGTH = 200_000  # characters; a longer text is shown without marks
_MAX_ADDRESS_LENGTH = 300  # characters of an address that are read as a title
_ID = re.compile("[0-9a-f]{16,}")
_FIRST_SCREEN = 600  # characters of a body


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph, which begins at the offset `start` of the stored body.

    `near` is the sentence that answers the search best, between the text `before` and `after` it.
    In most paragraphs it is empty, and the whole text stands in `before`.
    """

    start: int
    before: Markup
    near: Markup
    after: Markup


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
    paragraphs: tuple[Paragraph, ...]
    is_near_far: bool  # the sentence that answers best is further down than the first screen
    earlier_versions: tuple[EarlierVersion, ...]  # the latest first
    copies: tuple[DocumentMetadata, ...]
    similar: tuple[DocumentMetadata, ...]
    story_url: str | None  # None where too few reports tell its story
    day_url: str | None  # of all documents of its day
    previous: DocumentMetadata | None  # the document before it in its newspaper
    following: DocumentMetadata | None
    citation: str
    bibtex: str
    downloads: tuple[Link, ...]  # its reference in each format
    meta_tags: tuple[MetaTag, ...]
    news_article: JsonObject  # of schema.org
    clipping: dict[str, str]
    permanent_url: str
    results_url: str | None  # of the search that led to the document


def build_document_page(
    document: Document,
    *,
    versions: Sequence[Version],
    copies: Sequence[Document],
    similar: Sequence[Document],
    has_story: bool,
    neighbours: tuple[Document | None, Document | None],
    query: Query | None,
    terms: HighlightTerms | None,
    nearest_sentence: tuple[int, int] | None,
    today: date,
) -> DocumentPage:
    """Build the page of a document.

    `query` is the search that led to the document, `terms` its terms, and `nearest_sentence` the
    span of the sentence that answers it best; all are None for a reader who came without a search.
    Citations name `today` as the day of access.
    """
    permanent_url = write_permalinks()(document.doc_id)
    metadata = describe_document(document)
    reference = build_reference(document, permanent_url)
    numbers = range(len(versions), 0, -1)
    previous, following = (
        describe_document(neighbour) if neighbour else None for neighbour in neighbours
    )
    return DocumentPage(
        metadata=metadata,
        paragraphs=tuple(_build_paragraphs(document.body, terms, nearest_sentence)),
        is_near_far=nearest_sentence is not None and nearest_sentence[0] > _FIRST_SCREEN,
        earlier_versions=tuple(map(_show_version, numbers, versions)),
        copies=tuple(map(describe_document, copies)),
        similar=tuple(map(describe_document, similar)),
        story_url=url_for("stories.story", doc_id=document.doc_id) if has_story else None,
        day_url=build_day_url(document.date) if document.date else None,
        previous=previous,
        following=following,
        citation=write_citation(reference, metadata.direction, today),
        bibtex=write_bibtex(reference, today),
        downloads=tuple(_link_reference(document, ending) for ending in FORMATS),
        meta_tags=build_meta_tags(document, reference, permanent_url),
        news_article=build_news_article(document, reference, permanent_url),
        clipping=build_clipping(document),
        permanent_url=permanent_url,
        results_url=build_results_url(query) if query else None,
    )


def _link_reference(document: Document, ending: str) -> Link:
    url = url_for("references.cite", doc_id=document.doc_id, ending=ending)
    return Link(FORMATS[ending].name, url)


def read_title_words(doc_id: str) -> str:
    """Return the words of an address that names no document, as other archives write titles.

    «فيضانات-سهل-اللوز» -> «فيضانات سهل اللوز»; nothing for the ids that this archive gives.
    """
    if _ID.fullmatch(doc_id):
        return ""
    words = re.split(r"[\W_]+", doc_id[:_MAX_ADDRESS_LENGTH])
    return " ".join(word for word in words if word and not word.isdecimal())


def _show_version(number: int, version: Version) -> EarlierVersion:
    label = translate("النسخة %(number)s", number=number)
    if version.date:
        label = f"{label} · {format_day(version.date)}"
    paragraphs = tuple(version.body[start:end] for start, end in split_paragraphs(version.body))
    return EarlierVersion(label, version.title, paragraphs)


def _build_paragraphs(
    body: str, terms: HighlightTerms | None, sentence: tuple[int, int] | None
) -> Iterator[Paragraph]:
    is_marked = terms is not None and len(body) <= _MAX_MARKED_LENGTH
    marked = MarkedText.of(body, terms) if terms and is_marked else MarkedText(body)
    for start, end in split_paragraphs(body):
        begin, stop = sentence or (end, end)
        if not start <= begin < end:  # a paragraph ends with a sentence
            begin = stop = end
        yield Paragraph(
            start, marked.part(start, begin), marked.part(begin, stop), marked.part(stop, end)
        )
