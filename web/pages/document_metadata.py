"""Build the metadata of a document for all pages: title, source, day, language, copies."""

from collections.abc import Sequence
from dataclasses import dataclass

from search.language.analysis import language_of
from search.records import Document, Kind
from web.localization import translate
from web.pages.calendar_spans import build_source_url
from web.pages.navigation import Link
from web.pages.wording import (
    KIND_NAMES,
    OTHER_NEWSPAPERS,
    TIMES,
    format_count,
    format_day,
    name_language,
)
from web.permalinks import write_document_path
from web.references.reference import write_heading


@dataclass(frozen=True, slots=True)
class DocumentMetadata:
    """The facts about a document besides its text."""

    doc_id: str
    url: str
    title: str
    is_headline: bool
    kind: str
    source: str | None
    source_url: str | None  # of the newspaper's page
    date: str | None
    iso_date: str | None
    language: str | None  # None where it is not known
    language_name: str | None  # None for Arabic, which is not named
    direction: str
    original: Link | None


def describe_document(document: Document, suffix: str = "") -> DocumentMetadata:
    """Build the metadata of a document; `suffix` is appended to the address of its page."""
    day = document.date
    language = None if document.language == "und" else document.language
    return DocumentMetadata(
        doc_id=document.doc_id,
        url=write_document_path(document.doc_id) + suffix,
        title=write_heading(document),
        is_headline=document.kind is Kind.HEADLINE,
        kind=str(KIND_NAMES[document.kind]),
        source=document.source,
        source_url=build_source_url(document.source) if document.source else None,
        date=format_day(day) if day else None,
        iso_date=day.isoformat() if day else None,
        language=language,
        language_name=name_language(language) if language and language != "ar" else None,
        direction=_find_direction(document),
        original=_link_original(document.web_address),
    )


def note_copies(document: Document, copies: Sequence[Document]) -> str:
    """Write in how many other papers a text was published, or how often again in its own paper.

    Examples: «نُشر أيضا في 3 صحف», «نُشر مرة أخرى».
    """
    if not copies:
        return ""
    papers = {copy.source for copy in copies if copy.source} - {document.source}
    if papers:
        return translate(
            "نُشر أيضا في %(papers)s", papers=format_count(len(papers), OTHER_NEWSPAPERS)
        )
    return translate("نُشر %(times)s", times=format_count(len(copies), TIMES))


def _find_direction(document: Document) -> str:
    """Return the direction that a document is read in: "rtl" or "ltr"."""
    if document.language in ("fr", "en"):
        return "ltr"
    if document.language == "ar":
        return "rtl"
    # Most of the letters decide, not the first: an Arabic article may open with a Tifinagh word.
    return "rtl" if language_of(document.text) in ("ar", "und") else "ltr"


def _link_original(url: str | None) -> Link | None:
    if url is None:
        return None
    return Link(url.split("/")[2], url)
