"""Count what one run of `indexer add` did, in the terms that the command prints."""

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from indexer.readers.outcome import Note, Reject
from indexer.reconciled import Reconciled

logger = logging.getLogger(__name__)

SHOWN_REJECTS = 5  # rejects logged with their place; the others are only counted


@dataclass
class Report:
    """The counts of one run.

    Every record is in exactly one count; `notes` counts the parts left out of stored records.
    """

    files: int = 0
    articles: int = 0
    headlines: int = 0
    duplicates: int = 0
    near_duplicates: int = 0
    updated: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    passages: int = 0
    seconds: float = 0.0
    total: int = 0

    def add(self, counts: Mapping[Reconciled, int]) -> None:
        """Add the counts of a batch; the values of `Reconciled` are names of fields."""
        for name, count in counts.items():
            setattr(self, name, getattr(self, name) + count)

    def add_reject(self, reject: Reject) -> None:
        self.rejected[reject.reason] += 1
        if self.rejected.total() <= SHOWN_REJECTS:
            logger.warning("rejected: %s: %s", reject.place, reject.reason)

    def add_note(self, note: Note) -> None:
        self.notes[note.reason] += 1

    def as_json(self) -> dict[str, object]:
        return {
            **vars(self),
            "rejected": dict(self.rejected),
            "notes": dict(self.notes),
            "seconds": round(self.seconds, 2),
        }
