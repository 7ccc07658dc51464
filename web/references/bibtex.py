"""Write references in BibTeX, for biblatex as well as for classic BibTeX, in UTF-8."""

import re
from datetime import date

from werkzeug.urls import iri_to_uri

from web.references.reference import Reference

# Characters that TeX reads as commands; a «%» would hide the rest of its line. BibTeX counts
# braces even behind a backslash, so that a lone «\{» would swallow the entries after it.
_SPECIAL = re.compile(r"[\\{}$&#%_~^]")
_COMMANDS = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}
_UNSAFE_IN_KEY = re.compile(r"[^A-Za-z0-9:._-]")
_LANGUAGES = {"ar": "arabic", "fr": "french", "en": "english"}  # the names of biblatex


def write_bibtex(reference: Reference, accessed: date) -> str:
    """Write an @article entry whose key is the id of the document."""
    day = reference.date
    language = _LANGUAGES.get(reference.language or "", "")
    fields = {
        # A second pair of braces keeps a name whole, and the letters of a title as they are.
        "author": f"{{{_escape(reference.author)}}}" if reference.author else "",
        "title": f"{{{_escape(reference.title)}}}",
        "journal": _escape(reference.newspaper or ""),
        "entrysubtype": "newspaper",
        "year": f"{day.year:04}" if day else "",
        "month": str(day.month) if day else "",
        "date": day.isoformat() if day else "",  # after year and month: Zotero takes the last
        "language": language,
        "langid": language,
        "url": iri_to_uri(reference.url),  # LaTeX would print Arabic letters in reverse
        "urldate": accessed.isoformat(),
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    key = _UNSAFE_IN_KEY.sub("-", reference.doc_id)
    return "\n".join([f"@article{{{key},", *lines, "}"])


def _escape(text: str) -> str:
    return _SPECIAL.sub(lambda match: _COMMANDS.get(match[0], f"\\{match[0]}"), text)
