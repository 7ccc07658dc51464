"""Describe the origin of content: what is known of it before it is read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from indexer.readers.columns import Columns
from search.lexicon.newspapers import shipped_aliases

_ONE_DAY = timedelta(days=1)  # further east, today's news carries tomorrow's date


@dataclass(frozen=True, slots=True)
class Origin:
    """The facts that a reader is passed beside the content itself.

    `place` names the content in rejects. Headlines are dated `captured_on`. `url` and `charset` are
    the server's claims; both may be wrong, and the content's own declarations win. `depth` is the
    number of containers that the content is packed in. `newspapers` maps the aliases of newspapers,
    as `canonical_source` takes them.
    """

    place: str
    captured_on: date | None = None
    columns: Columns = field(default_factory=Columns)
    url: str | None = None
    charset: str | None = None
    depth: int = 0
    newspapers: Mapping[str, str] = field(default_factory=shipped_aliases)

    def latest_day(self) -> date:
        """Return the last day on which any of the content may have been published."""
        return max(date.today(), self.captured_on or date.min) + _ONE_DAY

    def at(self, detail: str) -> "Origin":
        """Return the origin of a part: «dump.zip» at «:a.txt» becomes «dump.zip:a.txt»."""
        # This runs once for each record, and `replace` takes five times as long
        return Origin(
            self.place + detail,
            self.captured_on,
            self.columns,
            self.url,
            self.charset,
            self.depth,
            self.newspapers,
        )
