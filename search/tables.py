"""Read the small tables of words and names, which are TSV files.

A table is UTF-8 text: a header line names the columns, and each further line is one row. Tabs
separate the cells, which are never quoted; empty cells at the end of a line may be missing. Empty
lines, a byte order mark and carriage returns, as spreadsheets and Windows editors write them, are
ignored. The meaning of the cells is left to the caller.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from search.errors import TableError

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Row(NamedTuple):
    """The cells of one line, without the white space around each cell."""

    line: int  # from 1
    cells: tuple[str, ...]


class Mistake(NamedTuple):
    """A malformed line; `reason` says what it holds and what was expected."""

    line: int  # from 1
    reason: str

    def at(self, place: object) -> str:
        """Return the mistake as `place:line: reason`."""
        return f"{place}:{self.line}: {self.reason}"


def parse_table(data: bytes, columns: Sequence[str]) -> tuple[list[Row], list[Mistake]]:
    """Parse a table with exactly these columns; under another header no row is parsed."""
    rows: list[Row] = []
    mistakes: list[Mistake] = []
    header, *lines = data.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    if (mistake := _header_mistake(header, columns)) is not None:
        return [], [mistake]
    for number, line in enumerate(lines, start=2):
        row = _parse_line(number, line, columns)
        if isinstance(row, Mistake):
            mistakes.append(row)
        elif row is not None:
            rows.append(row)
    return rows, mistakes


def read_table(path: Path, columns: Sequence[str]) -> list[tuple[str, ...]]:
    """Read the rows of a table that ships with the program.

    Raises:
        TableError: the file cannot be read, or a line of it is malformed.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise TableError(f"{path} cannot be read: {error.strerror or error}") from error
    rows, mistakes = parse_table(data, columns)
    if mistakes:
        raise TableError(mistakes[0].at(path))
    return [row.cells for row in rows]


def _header_mistake(line: bytes, columns: Sequence[str]) -> Mistake | None:
    header = line.decode("utf-8", errors="replace").rstrip("\r")
    if tuple(cell.strip() for cell in header.split("\t")) == tuple(columns):
        return None
    return Mistake(
        1, f"found {header[:60]!r}, expected the header {', '.join(columns)} with tabs between"
    )


def _parse_line(number: int, line: bytes, columns: Sequence[str]) -> Row | Mistake | None:
    try:
        text = line.decode("utf-8").removesuffix("\r")
    except UnicodeDecodeError as error:
        byte = f"0x{line[error.start]:02x}"
        return Mistake(number, f"found byte {byte}, which is not UTF-8: save the file as UTF-8")
    if control := _CONTROL.search(text):
        return Mistake(
            number, f"found the control character U+{ord(control[0]):04X}, expected only letters"
        )
    cells = tuple([cell.strip() for cell in text.split("\t")])
    if not any(cells):
        return None
    if len(cells) > len(columns) or len(cells) == 1 < len(columns):
        count = "1 cell" if len(cells) == 1 else f"{len(cells)} cells"
        return Mistake(
            number,
            f"found {count}, expected {len(columns)} with tabs between: {', '.join(columns)}",
        )
    # Editors remove tabs at the end of a line, so empty cells may be missing there.
    return Row(number, cells + ("",) * (len(columns) - len(cells)))


def read_words(path: Path) -> frozenset[str]:
    """Read a table of one column, `word`, faster than `read_table` does.

    Raises:
        TableError: the file cannot be read, or its header is not `word`.
    """
    try:
        header, *lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise TableError(f"{path} cannot be read: {error}") from error
    if header != "word":
        raise TableError(f"{path}:1: found {header[:60]!r}, expected the header 'word'")
    return frozenset(filter(None, lines))
