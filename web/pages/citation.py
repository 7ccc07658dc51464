"""Writes how to cite a document: a line of text, and a BibTeX entry. Pure but for the wording."""

import re

from search.records import Document
from web.pages.wording import day_name

# What TeX would take for a command; «%» would hide the rest of the line.
_SPECIAL = re.compile(r"[\\{}$&#%_~^]")
_SPELT = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
_LANGUAGES = {"ar": "arabic", "fr": "french", "en": "english"}  # as biblatex calls them


def citation(document: Document, title: str, address: str) -> str:
    """Cite as Arabic bibliographies do: «العنوان»، المصدر، 26 دجنبر 2020، <address>."""
    day = day_name(document.date) if document.date else None
    parts = [f"«{title}»", document.source, day, address]
    return "، ".join(part for part in parts if part) + "."


def bibtex(document: Document, title: str, address: str) -> str:
    """Write an @article entry, its key the document's id."""
    day = document.date
    fields = {
        "title": f"{{{_escape(title)}}}",
        "journal": _escape(document.source or ""),
        "year": str(day.year) if day else "",
        "month": str(day.month) if day else "",
        "day": str(day.day) if day else "",
        "language": _LANGUAGES.get(document.language, ""),
        "url": address,
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@article{{{document.doc_id},", *lines, "}"])


def _escape(text: str) -> str:
    return _SPECIAL.sub(lambda found: _SPELT.get(found[0], f"\\{found[0]}"), " ".join(text.split()))
