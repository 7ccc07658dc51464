"""Write citations of a document: a line of text, and a BibTeX entry."""

import re

from search.records import Document
from web.pages.wording import format_day

# Characters that TeX reads as commands; a «%» would hide the rest of its line.
_SPECIAL = re.compile(r"[\\{}$&#%_~^]")
_COMMANDS = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
_LANGUAGES = {"ar": "arabic", "fr": "french", "en": "english"}  # the names of biblatex


def write_citation(document: Document, title: str, address: str) -> str:
    """Write a citation as Arabic bibliographies do: «العنوان»، المصدر، 26 دجنبر 2020، <address>."""
    day = format_day(document.date) if document.date else None
    parts = [f"«{title}»", document.source, day, address]
    return "، ".join(part for part in parts if part) + "."


def write_bibtex(document: Document, title: str, address: str) -> str:
    """Write an @article entry whose key is the id of the document."""
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
    one_line = " ".join(text.split())
    return _SPECIAL.sub(lambda match: _COMMANDS.get(match[0], f"\\{match[0]}"), one_line)
