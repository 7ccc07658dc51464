"""Reads CSV and TSV: a header line that names the columns, then a record a row."""

import csv
from collections.abc import Iterator

from indexer.readers.encodings import decode
from indexer.readers.formats import delimiter_of, split_header
from indexer.readers.origin import Origin
from indexer.readers.outcome import Outcome, Reject
from indexer.readers.record import read_record
from indexer.readers.streams import Stream, read_bounded_line

LONGEST_FIELD = 16_000_000  # bytes; also of a line


def read_table(stream: Stream, origin: Origin) -> Iterator[Outcome]:
    """Give what each row holds; memory holds one row.

    The stream must begin with a header `formats.py` told a table by.
    """
    lines = _lines(stream, bad := _Bad())
    header = next(lines, "").lstrip()
    delimiter = delimiter_of(header, origin.columns) or ","
    names = split_header(header, delimiter)
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


class _Bad:
    """What was wrong with the last line handed to the CSV reader, if anything was."""

    reason: str | None = None


def _lines(stream: Stream, bad: _Bad) -> Iterator[str]:
    while True:
        line, is_whole = read_bounded_line(stream, LONGEST_FIELD)
        if not line:
            return
        text = decode(line)
        if is_whole and text is not None:
            yield text
        else:
            long = f"line longer than {LONGEST_FIELD:,} bytes"
            bad.reason = long if not is_whole else "text in no known encoding"
            yield "\n"
