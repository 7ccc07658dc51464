"""Build the reference of a document, from which each format of citation is written."""

import re
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote

from search.records import Document
from search.results.snippets import cut_beginning

_MAX_HEADING_LENGTH = 90  # characters of the body that stand for a missing title
_BREAKS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# An override or an isolate that a title opens would turn the rest of a citation around.
_DIRECTIONS = re.compile("[\u202a-\u202e\u2066-\u2069]")
# Characters that end an address in BibTeX and in running text.
_UNSAFE_IN_ADDRESS = re.compile(r'[\s{}\\<>"]')


@dataclass(frozen=True, slots=True)
class Reference:
    """The facts that a citation gives of a document. Each text is one line without controls."""

    doc_id: str
    title: str
    author: str | None
    newspaper: str | None
    section: str | None
    date: date | None
    language: str | None  # ISO 639; None where it is not known
    url: str  # of the original, or of the document's page in this archive


def build_reference(document: Document, permanent_url: str) -> Reference:
    """Build the reference of a document; `permanent_url` is the address of its page here."""
    url = _UNSAFE_IN_ADDRESS.sub(
        lambda match: quote(match[0]), document.web_address or permanent_url
    )
    return Reference(
        doc_id=document.doc_id,
        title=_write_line(write_heading(document)),
        author=_write_line(document.author or "") or None,
        newspaper=_write_line(document.source or "") or None,
        section=_write_line(document.section or "") or None,
        date=document.date,
        language=None if document.language == "und" else document.language,
        url=_write_line(url),
    )


def write_heading(document: Document) -> str:
    """Return the title, or the first words of an article that came without a title."""
    return document.title or cut_beginning(document.body, _MAX_HEADING_LENGTH)


def _write_line(text: str) -> str:
    return " ".join(_DIRECTIONS.sub("", _BREAKS.sub(" ", text)).split())
