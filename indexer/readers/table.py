"""Reads CSV and TSV: a header line that names the columns, then one record in each row."""

import csv
from collections.abc import Iterator

from indexer.readers.columns import Columns
from indexer.readers.encodings import decode
from indexer.readers.origin import Origin
from indexer.readers.outcome import Outcome, Reject
from indexer.readers.record import read_record
from indexer.readers.streams import Stream, read_bounded_line

LONGEST_FIELD = 16_000_000  # bytes; also of a line
DELIMITERS = ",\t;|"


def is_table(text: str, columns: Columns) -> bool:
    """Return whether the first line is a header that names a title or a body."""
    return _delimiter_of(text.split("\n", 1)[0], columns) is not None


def read_table(stream: Stream, origin: Origin) -> Iterator[Outcome]:
    """Yield what each row holds; memory holds one row."""
    lines = _lines(stream, bad := _BadLine())
    header = next(lines, "").lstrip()
    delimiter = _delimiter_of(header, origin.columns) or ","
    names = _split_header(header, delimiter)
    csv.field_size_limit(LONGEST_FIELD)
    rows = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        where = origin.at(f":{rows.line_num + 2}")
        try:
            row = next(rows)
        except StopIteration:
            break
        except csv.Error:
            yield Reject(
                "not CSV: a quote out of place or without its end, or a field too long", where.place
            )
            continue
        if bad.reason:
            yield Reject(bad.reason, where.place)
            bad.reason = None
        elif any(row) and len(row) != len(names):
            yield Reject("row with more or fewer fields than there are columns", where.place)
        elif any(row):
            yield from read_record(dict(zip(names, row, strict=False)), where)
    if bad.reason:
        yield Reject(bad.reason, origin.place)


class _BadLine:
    """The fault of the last line that the CSV reader was passed, if it had any."""

    reason: str | None = None


def _delimiter_of(header: str, columns: Columns) -> str | None:
    """Return what separates the columns of a header line that names a title or a body."""
    for delimiter in DELIMITERS:
        names = _split_header(header, delimiter)
        if len(names) > 1 and columns.are_known(names):
            return delimiter
    return None


def _split_header(header: str, delimiter: str) -> list[str]:
    """Return the column names of a header line; they hold no quoted delimiter."""
    return [name.strip().strip('"').strip() for name in header.strip("\ufeff\r\n").split(delimiter)]


def _lines(stream: Stream, bad: _BadLine) -> Iterator[str]:
    while True:
        line, is_whole = read_bounded_line(stream, LONGEST_FIELD)
        if not line:
            return
        text = decode(line)
        if is_whole and text is not None:
            yield text
        else:
            too_long = f"line longer than {LONGEST_FIELD:,} bytes"
            bad.reason = "text in no known encoding" if is_whole else too_long
            yield "\n"
