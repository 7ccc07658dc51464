"""What a reader yields for each record: a document, or the reason why there is none."""

from dataclasses import dataclass

from search.records import Document


@dataclass(frozen=True, slots=True)
class Reject:
    """A record that cannot be stored. `reason` is counted; `place` names where it stands."""

    reason: str
    place: str


@dataclass(frozen=True, slots=True)
class Note:
    """Something that was left out of a stored record, such as a date that cannot be read."""

    reason: str


Outcome = Document | Reject | Note
