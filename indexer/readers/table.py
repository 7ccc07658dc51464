"""Reads CSV and TSV: a header line that names the columns, then one record in each row.

Above the header may stand blank lines, a title, and the line «sep=;» that spreadsheets write.
Quotation marks are taken as CSV has them where they come out, or else as MySQL exports them, behind
a backslash. Where neither comes out, a row is what its line says without them, if it then has a
field for each column. A header that is repeated, as in joined files, names the columns below it.
"""

import csv
import re
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from indexer.readers.columns import Columns
from indexer.readers.encodings import decode
from indexer.readers.origin import Origin
from indexer.readers.outcome import Note, Outcome, Reject
from indexer.readers.record import read_record
from indexer.readers.streams import BrokenError, Stream, read_bounded_line

LONGEST_FIELD = 16_000_000  # bytes; also of a line
DELIMITERS = ",\t;|"
MOST_LINES_ABOVE = 20  # blank ones too

_SEPARATOR_LINE = re.compile(r'\W?"?sep=(?P<delimiter>\W)"?\s*$', re.I)
_TOO_LONG = f"line longer than {LONGEST_FIELD:,} bytes"
_UNFIT = "row with more or fewer fields than there are columns"
_OPEN = "unexpected end of data"  # csv's message where a mark is not closed
_BLANKS = " \t\r\n\ufeff\ufffd\x00"
_LONGEST_NAME = 60  # characters of a column
_FIRST_CELLS = 3  # one of which a header that is repeated names as we do
_BUDGET_RATIO = 4
_LINE_COST = 100  # characters that are parsed as fast as a line is taken and put back
_BAD_QUOTE = "not CSV: a quote out of place or without its end, or a field too long"


class Header(NamedTuple):
    """Where a table's header stands, and what it says."""

    line: int  # from 0
    delimiter: str
    names: list[str]
    rest: str = ""  # of its line, where the line feed behind the header is damaged


def is_table(text: str, columns: Columns) -> bool:
    """Return whether one of the first lines is a header that names a title or a body."""
    lines = text.split("\n", MOST_LINES_ABOVE)[:MOST_LINES_ABOVE]
    return not text.startswith("[") and _find_header(lines, columns) is not None


def read_table(stream: Stream, origin: Origin) -> Iterator[Outcome]:
    """Yield what each row holds; memory holds one row."""
    lines = _Lines(stream)
    above = list(islice(lines, MOST_LINES_ABOVE))
    if not above and lines.failure:
        raise lines.failure
    header = _find_header(above, origin.columns) or Header(0, ",", _split(above[0], ","))
    lines.put_back([*([header.rest] if header.rest else []), *above[header.line + 1 :]])
    if any(line.strip() and not _SEPARATOR_LINE.match(line) for line in above[: header.line]):
        yield Note("text above the header of a table")
    csv.field_size_limit(LONGEST_FIELD)
    rows = _Rows(lines, header.delimiter, len(header.names))
    names = header.names
    while line := lines.take():
        where = origin.at(f":{lines.number}")
        row = rows.read(line)
        if header_again := _header_in(row, line, header.delimiter, names, origin.columns):
            yield Note("header of a table repeated within it")
            names = header_again
            rows.width = len(names)
        elif isinstance(row, str):
            yield Reject(row, where.place)
        elif any(row):
            yield from read_record(dict(zip(names, row, strict=True)), where)
    if lines.failure:
        raise lines.failure


class _Lines:
    """The lines of a table, each ended by its line feed. Lines may be put back."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._back: deque[str] = deque()
        self.number = 0
        self.failure: BrokenError | None = None  # of the stream, behind the lines that were read

    def __iter__(self) -> Iterator[str]:
        while line := self.take():
            yield line

    def take(self) -> str:
        """Take the next line: `_TOO_LONG` for a line that is, the empty string at the end."""
        if self._back:
            self.number += 1
            return self._back.popleft()
        try:
            line, is_whole = read_bounded_line(self._stream, LONGEST_FIELD)
        except BrokenError as error:
            self.failure = error
            return ""
        self.number += bool(line)
        return decode(line) if is_whole else _TOO_LONG

    def put_back(self, lines: list[str]) -> None:
        self._back.extendleft(reversed(lines))
        self.number -= len(lines)


class _Rows:
    """Parses rows, which may go on over several lines within quotation marks."""

    def __init__(self, lines: _Lines, delimiter: str, width: int) -> None:
        self._lines = lines
        self._delimiter = delimiter
        self.width = width
        # A backslash before any other sign stands for itself: «\\N» is MySQL's NULL
        self._lone_backslash = re.compile(rf'\\(?![\\"\r\n{re.escape(delimiter)}])')
        # Characters that may be read in search of a quotation mark that closes. Without a budget
        # each of a million marks that never close would read the rest of the file.
        self._budget = LONGEST_FIELD

    def read(self, line: str) -> Sequence[str] | str:
        """Return the fields of the row that begins with this line, or why it has none."""
        if line is _TOO_LONG:
            return _TOO_LONG
        if not line.strip(_BLANKS + self._delimiter):
            return ()
        if '"' not in line:
            is_continued = line.rstrip("\r\n").endswith("\\")
            row = None if is_continued else self._split(line)
            return row or self._parse_escaped(line) or self._split(line) or _UNFIT
        self._budget += _BUDGET_RATIO * len(line)
        ahead: list[str] = []
        try:
            row = next(csv.reader(self._feed(line, ahead), delimiter=self._delimiter, strict=True))
        except csv.Error as error:
            reason, is_open = _BAD_QUOTE, str(error) == _OPEN
        else:
            # A row of TSV that goes on over a tab is several rows
            is_joined = bool(ahead) and self._delimiter == "\t" and any("\t" in f for f in row)
            if len(row) == self.width and not is_joined:
                return row
            reason, is_open = _UNFIT, False
        self._put_back(ahead)
        has_escapes = any('\\"' in part for part in (line, *ahead))
        if has_escapes and (row := self._parse_escaped(line)):
            return row
        return (self._split(line) if self._is_one_line(ahead, is_open=is_open) else None) or reason

    def _parse_escaped(self, line: str) -> list[str] | None:
        """Return the row that begins with this line if a backslash escapes the sign behind it."""
        if "\\" not in line:
            return None
        ahead: list[str] = []
        lines = (self._lone_backslash.sub(r"\\\\", part) for part in self._feed(line, ahead))
        try:
            row = next(csv.reader(lines, delimiter=self._delimiter, strict=True, escapechar="\\"))
        except csv.Error:
            row = []
        if len(row) == self.width:
            return row
        self._put_back(ahead)
        return None

    def _put_back(self, ahead: list[str]) -> None:
        self._budget -= sum(map(len, ahead)) + _LINE_COST * len(ahead)
        self._lines.put_back(ahead)

    def _feed(self, line: str, ahead: list[str]) -> Iterator[str]:
        """Yield the line, and those after it that the parser needs; they are added to `ahead`."""
        yield line
        left = min(self._budget, LONGEST_FIELD) - len(line)
        while left > 0 and (line := self._lines.take()):
            ahead.append(line)
            if line is _TOO_LONG:
                return
            left -= len(line) + _LINE_COST
            yield line

    def _is_one_line(self, ahead: list[str], *, is_open: bool) -> bool:
        """Return whether marks that do not come out are signs of the text, and the line a row."""
        if self._delimiter == "\t" or not (ahead or is_open):
            return True
        return bool(ahead) and self._split(ahead[0]) is not None

    def _split(self, line: str) -> list[str] | None:
        """Return the fields of a line without regard to marks; None if they are no row."""
        fields = line.rstrip("\r\n").split(self._delimiter)
        return fields if len(fields) == self.width else None


def _find_header(lines: Sequence[str], columns: Columns) -> Header | None:
    delimiters = DELIMITERS
    for number, line in enumerate(lines):
        if match := _SEPARATOR_LINE.match(line):
            delimiters = match["delimiter"]
        for delimiter in delimiters:
            for header, rest in _readings(line, delimiter):
                names = _split(header, delimiter)
                is_sound = header == line and "\ufffd" not in line
                fits = is_sound or len(names) == _width_behind(lines[number:], delimiter)
                if len(names) > 1 and fits and columns.are_known(names):
                    return Header(number, delimiter, names, rest)
    return None


def _header_in(
    row: Sequence[str] | str, line: str, delimiter: str, names: list[str], columns: Columns
) -> list[str] | None:
    """Return the names of columns that a row holds if it is a header, and no record."""
    cells = _split(line, delimiter) if isinstance(row, str) else row
    first = [cell for cell in cells[:_FIRST_CELLS] if len(cell) <= _LONGEST_NAME]
    if not any(columns.names_field(cell) or cell in names for cell in first):
        return None
    found = [cell.strip(_BLANKS + '"') for cell in cells]
    if len(set(found)) != len(found) or max(map(len, found)) > _LONGEST_NAME:
        return None
    if {name.casefold() for name in found} == {name.casefold() for name in names}:
        return found
    # Of other columns more than the half must be ours: a record may have such a word
    is_other = columns.are_known(found) and 2 * sum(map(columns.names_field, found)) > len(found)
    return found if is_other and len(found) > 1 else None


def _readings(line: str, delimiter: str) -> Iterator[tuple[str, str]]:
    """Yield what a header line may say, and what is behind it; U+FFFD may have been any sign."""
    yield line, ""
    if "\ufffd" in line:
        yield line.replace("\ufffd", delimiter), ""
        header, _, rest = line.partition("\ufffd")
        yield header, rest


def _width_behind(lines: Sequence[str], delimiter: str) -> int:
    line = next((line for line in lines[1:] if line.strip(_BLANKS)), "")
    return line.count(delimiter) + 1


def _split(header: str, delimiter: str) -> list[str]:
    """Return the column names of a header line; they hold no quoted delimiter."""
    return [name.strip().strip('"').strip() for name in header.strip("\ufeff\r\n").split(delimiter)]
