"""Finds our fields among the columns of a dump, by the names others give them.

`columns.tsv` lists the names seen in press dumps, feeds and crawlers' output. Where a record has
several columns for one field, the earlier line counts.
"""

import logging
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from indexer.readers.placeholders import is_missing
from indexer.readers.values import value_of
from search.tables import read_table

logger = logging.getLogger(__name__)

_TABLE = Path(__file__).parent / "columns.tsv"
FIELDS = (
    *("title", "body", "source", "date", "url", "id", "language", "kind"),
    *("author", "section", "published_at"),
)
_MOST_LAYOUTS = 1000  # sets of column names remembered; a dump has a handful


@cache
def _columns_by_field() -> Mapping[str, tuple[str, ...]]:
    rows = read_table(_TABLE, ("field", "column"))
    return {field: tuple(column for name, column in rows if name == field) for field in FIELDS}


class Columns:
    """The names of one run's columns, and what it met that is none of ours."""

    def __init__(self, chosen: Mapping[str, str] | None = None) -> None:
        """Take `chosen` as field -> column: they go before every other name."""
        self._names = {
            field: ((chosen[field],) if chosen and field in chosen else ()) + aliases
            for field, aliases in _columns_by_field().items()
        }
        self._layouts: dict[tuple[str, ...], dict[str, tuple[str, ...]]] = {}
        self._ignored: Counter[str] = Counter()

    def are_known(self, columns: Iterable[str]) -> bool:
        """Tell whether a title or a body is among these columns."""
        layout = self._find(tuple(columns))
        return "title" in layout or "body" in layout

    def hold_body(self, columns: Iterable[str]) -> bool:
        """Tell whether a body is among these columns."""
        return "body" in self._find(tuple(columns))

    def named(self, columns: Iterable[str]) -> list[str]:
        """List those of these columns that hold a field of ours."""
        return [name for names in self._find(tuple(columns)).values() for name in names]

    def fields(self, record: Mapping[str, object]) -> dict[str, object]:
        """Give the record's fields by our names: where two columns can hold one, the filled one."""
        columns = tuple(record)
        layout = self._layouts.get(columns)
        if layout is None:
            layout = self._remember(columns)
        found: dict[str, object] = {}
        for field, names in layout.items():
            value = value_of(field, record[names[0]])
            if len(names) > 1 and is_missing(field, value):
                values = (value_of(field, record[name]) for name in names[1:])
                value = next((other for other in values if not is_missing(field, other)), value)
            found[field] = value
        return found

    def log_ignored(self, place: str) -> None:
        """Say once which columns were of no use, and forget them."""
        if self._ignored:
            names = ", ".join(sorted(self._ignored)[:20])
            logger.info("%s: %d columns ignored: %s", place, len(self._ignored), names)
        self._ignored.clear()
        self._layouts.clear()

    def _remember(self, columns: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
        if len(self._layouts) == _MOST_LAYOUTS:
            self._layouts.clear()
        layout = self._layouts[columns] = self._find(columns)
        used = {name for names in layout.values() for name in names}
        if len(self._ignored) < _MOST_LAYOUTS:
            self._ignored.update(name for name in columns if name not in used)
        return layout

    def _plain(self, column: str) -> str:
        """Return the name as it is compared; U+FFFD stands for any damaged character."""
        plain = column.strip().casefold()
        if "\ufffd" not in plain or len(plain) - 2 * plain.count("\ufffd") < 2:
            return plain
        pattern = re.compile(re.escape(plain).replace("\ufffd", ".{0,1}"))
        known = (name.casefold() for names in self._names.values() for name in names)
        return next(filter(pattern.fullmatch, known), plain)

    def _find(self, columns: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
        plain = {self._plain(column): column for column in reversed(columns)}
        found = {
            field: tuple(
                dict.fromkeys(
                    plain[name.casefold()] for name in names if name.strip().casefold() in plain
                )
            )
            for field, names in self._names.items()
        }
        return {field: names for field, names in found.items() if names}
