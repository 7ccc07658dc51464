"""The facts of an archive on a cluster, in one entry of its small third collection."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from search.encoders.identity import EncoderIdentity
from search.errors import ArchiveError
from search.language.analysis import RULES_VERSION

STATE = "state"  # the id of the entry
FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True)
class ArchiveState:
    """One committed state: its number, its mark, and what every state of the archive has.

    `mark` differs from the mark of any other state. `text_rules` is the version of the rules by
    which the terms were made.
    """

    commit: int
    mark: str
    committed_at: str
    encoder: EncoderIdentity
    text_rules: int = RULES_VERSION
    format_version: int = FORMAT_VERSION

    @classmethod
    def next(cls, commit: int, encoder: EncoderIdentity) -> "ArchiveState":
        """Return the state after a commit of this number."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        return cls(commit, uuid4().hex, now, encoder)

    def entry(self) -> dict[str, Any]:  # Any: what JSON can hold
        """Return the entry that Solr stores."""
        value = {
            "commit": self.commit,
            "mark": self.mark,
            "committed_at": self.committed_at,
            "encoder": self.encoder.to_json(),
            "text_rules": self.text_rules,
            "format_version": self.format_version,
        }
        return {"id": STATE, "type": STATE, "value": json.dumps(value, ensure_ascii=False)}

    @classmethod
    def read(cls, entry: dict[str, Any], address: object) -> "ArchiveState":
        """Return the state in an entry.

        Raises:
            ArchiveError: the entry is damaged, or of another program.
        """
        try:
            fields = json.loads(entry["value"])
            version = int(fields["format_version"])
            if version != FORMAT_VERSION:
                raise ArchiveError(
                    f"the archive at {address} has format {version}, this program reads"
                    f" {FORMAT_VERSION}: use the program that wrote it, or index the dumps into a"
                    " new archive"
                )
            return cls(
                int(fields["commit"]),
                str(fields["mark"]),
                str(fields["committed_at"]),
                EncoderIdentity.from_json(fields["encoder"]),
                int(fields["text_rules"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ArchiveError(
                f"the state of the archive at {address} is damaged: {str(error)[:200]}; index the"
                " dumps into a new archive"
            ) from error


def require_text_rules(state: ArchiveState, address: object) -> None:
    """Refuse an archive whose terms were made by other rules than those of this program.

    Raises:
        ArchiveError: the archive has other text rules.
    """
    if state.text_rules != RULES_VERSION:
        raise ArchiveError(
            f"the archive at {address} was built with text rules {state.text_rules}, this program"
            f" has {RULES_VERSION}: `python -m indexer copy --from {address} --to NEW` makes its"
            " terms anew, under another name"
        )
