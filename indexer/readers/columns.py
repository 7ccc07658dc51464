"""Find our fields among the columns of a dump, by the names that other programs give them.

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
_MAX_LAYOUTS = 1000  # sets of column names in memory; a dump has a handful

# A column, or the path to a member of the object that it holds
_Path = tuple[str, ...]
_Layout = dict[str, tuple[_Path, ...]]


@cache
def _columns_by_field() -> Mapping[str, tuple[str, ...]]:
    rows = read_table(_TABLE, ("field", "column"))
    return {field: tuple(column for name, column in rows if name == field) for field in FIELDS}


class Columns:
    """The column names of one run, and the columns that it met and that hold no field of ours."""

    def __init__(self, chosen: Mapping[str, str] | None = None) -> None:
        """Read the known names; the columns of `chosen`, field -> column, go before them."""
        self._names = {
            field: ((chosen[field],) if chosen and field in chosen else ()) + aliases
            for field, aliases in _columns_by_field().items()
        }
        self._known = frozenset(n.casefold() for names in self._names.values() for n in names)
        self._layouts: dict[_Path, _Layout] = {}
        self._ignored: Counter[str] = Counter()

    def are_known(self, columns: Iterable[str]) -> bool:
        """Return whether a title or a body is among these columns."""
        names = tuple(columns)
        return self.has_field("title", names) or self.has_field("body", names)

    def has_field(self, field: str, columns: Iterable[str]) -> bool:
        """Return whether one of these columns holds this field itself, not an object around it."""
        return any(len(path) == 1 for path in self._find(tuple(columns)).get(field, ()))

    def names_field(self, column: str) -> bool:
        """Return whether a field of ours has this name."""
        return column.strip().casefold() in self._known

    def known_among(self, columns: Iterable[str]) -> list[str]:
        """Return those of these columns that hold a field of ours."""
        paths = (path for paths in self._find(tuple(columns)).values() for path in paths)
        return list(dict.fromkeys(path[0] for path in paths))

    def fields(self, record: Mapping[str, object]) -> dict[str, object]:
        """Return the record's fields by our names; of several columns, the first filled counts."""
        columns = tuple(record)
        layout = self._layouts.get(columns)
        if layout is None:
            layout = self._remember(columns)
        fields: dict[str, object] = {}
        for field, paths in layout.items():
            first = paths[0]
            value = value_of(
                field, record[first[0]] if len(first) == 1 else _value_at(record, first)
            )
            if len(paths) > 1 and is_missing(field, value):
                values = (value_of(field, _value_at(record, path)) for path in paths[1:])
                value = next((other for other in values if not is_missing(field, other)), value)
            fields[field] = value
        return fields

    def log_ignored(self, place: str) -> None:
        """Log the columns that were ignored, and forget them."""
        if self._ignored:
            names = ", ".join(sorted(self._ignored)[:20])
            logger.info("%s: %d columns ignored: %s", place, len(self._ignored), names)
        self._ignored.clear()
        self._layouts.clear()

    def _remember(self, columns: tuple[str, ...]) -> _Layout:
        if len(self._layouts) == _MAX_LAYOUTS:
            self._layouts.clear()
        layout = self._layouts[columns] = self._find(columns)
        known = {path[0] for paths in layout.values() for path in paths}
        if len(self._ignored) < _MAX_LAYOUTS:
            self._ignored.update(name for name in columns if name not in known)
        return layout

    def _plain(self, column: str) -> str:
        """Return the name as it is compared; U+FFFD stands for any damaged character."""
        plain = column.strip().casefold()
        if "\ufffd" not in plain or len(plain) - 2 * plain.count("\ufffd") < 2:
            return plain
        pattern = re.compile(re.escape(plain).replace("\ufffd", ".{0,1}"))
        aliases = (name.casefold() for names in self._names.values() for name in names)
        return next(filter(pattern.fullmatch, aliases), plain)

    def _find(self, columns: tuple[str, ...]) -> _Layout:
        layout = self._layouts.get(columns)
        if layout is not None:
            return layout
        plain = {self._plain(column): column for column in reversed(columns)}
        paths_by_field = {
            field: tuple(
                dict.fromkeys(path for name in names if (path := _path_of(name, names, plain)))
            )
            for field, names in self._names.items()
        }
        return {field: paths for field, paths in paths_by_field.items() if paths}


def _path_of(name: str, names: tuple[str, ...], columns: Mapping[str, str]) -> _Path | None:
    """Return the path of a name among these columns: «fields.body» may lead into «fields»."""
    if column := columns.get(name.strip().casefold()):
        return (column,)
    parent, _, member = name.partition(".")
    # An object under a name of the field itself is a value, which `value_of` reads
    if member and parent not in names and (column := columns.get(parent.casefold())):
        return (column, member)
    return None


def _value_at(record: Mapping[str, object], path: _Path) -> object:
    value = record[path[0]]
    for name in path[1:]:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
