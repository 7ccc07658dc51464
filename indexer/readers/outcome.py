"""Define the outcomes that a reader yields for a record: a document, a reject or a note."""

from dataclasses import dataclass

from search.records import Document


@dataclass(frozen=True, slots=True)
class Reject:
    """A record that cannot be stored. `reason` is counted; `place` says where the record is."""

    reason: str
    place: str


@dataclass(frozen=True, slots=True)
class Note:
    """Something that was left out of a stored record, such as a date that cannot be read."""

    reason: str


Outcome = Document | Reject | Note
