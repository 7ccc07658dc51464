"""Read CSV and TSV: a header line that names the columns, then one record in each row.

Blank lines, a title, and the line «sep=;» that spreadsheets write may stand above the header.
Quotation marks are read by the rules of CSV, or else as MySQL exports them, behind a backslash.
Where both fail, a line is split without regard to the marks; it is a row if it then has a field for
each column. A header that is repeated, as in joined files, names the columns below it.
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
from indexer.readers.streams import BrokenStreamError, Stream, read_bounded_line

LONGEST_FIELD = 16_000_000  # bytes; also of a line
DELIMITERS = ",\t;|"
MAX_LINES_ABOVE = 20  # blank lines included

_SEPARATOR_LINE = re.compile(r'\W?"?sep=(?P<delimiter>\W)"?\s*$', re.I)
_TOO_LONG = f"line longer than {LONGEST_FIELD:,} bytes"
_UNFIT = "row with more or fewer fields than there are columns"
_OPEN = "unexpected end of data"  # the message of `csv` where a mark is not closed
_BLANKS = " \t\r\n\ufeff\ufffd\x00"
_LONGEST_NAME = 60  # characters of a column
_FIRST_CELLS = 3  # one of them has a known name in a repeated header
_BUDGET_RATIO = 4
_LINE_COST = 100  # characters; parsing them takes as long as taking a line and putting it back
_BAD_QUOTE = "not CSV: a quote out of place or without its end, or a field too long"


class Header(NamedTuple):
    """The header of a table: its line number, and what the line holds."""

    line: int  # from 0
    delimiter: str
    names: list[str]
    rest: str = ""  # the rest of the line, where the line feed behind the header is damaged


def is_table(text: str, columns: Columns) -> bool:
    """Return whether one of the first lines is a header that names a title or a body."""
    lines = text.split("\n", MAX_LINES_ABOVE)[:MAX_LINES_ABOVE]
    return not text.startswith("[") and _find_header(lines, columns) is not None


def read_table(stream: Stream, origin: Origin) -> Iterator[Outcome]:
    """Yield the outcomes of each row; memory holds one row."""
    lines = _Lines(stream)
    above = list(islice(lines, MAX_LINES_ABOVE))
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
        self.failure: BrokenStreamError | None = None  # of the stream, behind the last line

    def __iter__(self) -> Iterator[str]:
        while line := self.take():
            yield line

    def take(self) -> str:
        """Take the next line: `_TOO_LONG` if it is too long, an empty string at the end."""
        if self._back:
            self.number += 1
            return self._back.popleft()
        try:
            line, is_whole = read_bounded_line(self._stream, LONGEST_FIELD)
        except BrokenStreamError as error:
            self.failure = error
            return ""
        self.number += bool(line)
        return decode(line) if is_whole else _TOO_LONG

    def put_back(self, lines: list[str]) -> None:
        self._back.extendleft(reversed(lines))
        self.number -= len(lines)


class _Rows:
    """A parser of rows, which may span several lines within quotation marks."""

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
        """Return the fields of the row that begins with this line, or why it is no row."""
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
            # A TSV row that spans lines and holds a tab in a field is several rows
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
        """Return the row that begins with this line, read with backslash escapes, or None."""
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
        """Yield the line, and the lines after it that the parser needs; add these to `ahead`."""
        yield line
        left = min(self._budget, LONGEST_FIELD) - len(line)
        while left > 0 and (line := self._lines.take()):
            ahead.append(line)
            if line is _TOO_LONG:
                return
            left -= len(line) + _LINE_COST
            yield line

    def _is_one_line(self, ahead: list[str], *, is_open: bool) -> bool:
        """Return whether unbalanced marks are part of the text, so that the line is a row."""
        if self._delimiter == "\t" or not (ahead or is_open):
            return True
        return bool(ahead) and self._split(ahead[0]) is not None

    def _split(self, line: str) -> list[str] | None:
        """Return the fields of a line without regard to marks; None if their number is wrong."""
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
    """Return the names of columns that a row holds; None if the row is no header but a record."""
    cells = _split(line, delimiter) if isinstance(row, str) else row
    first = [cell for cell in cells[:_FIRST_CELLS] if len(cell) <= _LONGEST_NAME]
    if not any(columns.names_field(cell) or cell in names for cell in first):
        return None
    header = [cell.strip(_BLANKS + '"') for cell in cells]
    if len(set(header)) != len(header) or max(map(len, header)) > _LONGEST_NAME:
        return None
    if {name.casefold() for name in header} == {name.casefold() for name in names}:
        return header
    # More than half of other names must be ours: a record may hold one of our names as a word
    is_other = columns.are_known(header) and 2 * sum(map(columns.names_field, header)) > len(header)
    return header if is_other and len(header) > 1 else None


def _readings(line: str, delimiter: str) -> Iterator[tuple[str, str]]:
    """Yield each header that a line may hold, and the text behind it; U+FFFD may be any sign."""
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
