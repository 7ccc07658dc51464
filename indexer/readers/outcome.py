"""What a reader gives for each record it meets: a document, or the reason why there is none."""

from dataclasses import dataclass

from search.records import Document


@dataclass(frozen=True, slots=True)
class Reject:
    """A record that cannot be stored. `reason` is counted; `place` tells a person where to look."""

    reason: str
    place: str


@dataclass(frozen=True, slots=True)
class Note:
    """Something set aside while its record was kept, such as a date that cannot be read."""

    reason: str


Outcome = Document | Reject | Note
