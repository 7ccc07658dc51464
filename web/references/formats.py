"""The formats in which references are downloaded, one document or all matches of a search."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from web.references.bibtex import write_bibtex
from web.references.csl import write_csl
from web.references.reference import Reference
from web.references.ris import write_ris


@dataclass(frozen=True, slots=True)
class ReferenceFormat:
    """A format: how a reference is written, and what stands around the references of a file."""

    name: str
    ending: str  # of the name of a file
    mimetype: str
    write: Callable[[Reference, date], str]  # the day is that of access
    opening: str
    separator: str
    closing: str


FORMATS = {
    format_.ending: format_
    for format_ in (
        ReferenceFormat("BibTeX", "bib", "application/x-bibtex", write_bibtex, "", "\n\n", "\n"),
        ReferenceFormat(
            "RIS", "ris", "application/x-research-info-systems", write_ris, "", "\r\n", "\r\n"
        ),
        ReferenceFormat(
            "CSL-JSON",
            "csl.json",
            "application/vnd.citationstyles.csl+json",
            write_csl,
            "[\n",
            ",\n",
            "\n]\n",
        ),
    )
}
