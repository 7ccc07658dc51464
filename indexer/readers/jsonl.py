"""Reads JSONL: one JSON object in each line, with the fields of `columns.py`."""

import json
from collections.abc import Iterator

from indexer.readers.columns import Columns
from indexer.readers.encodings import decode
from indexer.readers.origin import Origin
from indexer.readers.outcome import Outcome, Reject
from indexer.readers.record import read_record
from indexer.readers.streams import Stream, read_bounded_line

LONGEST_LINE = 16_000_000  # bytes; the longest article known is a hundredth of it
_BLANKS = b" \t\r\n\xef\xbb\xbf"


def is_jsonl(text: str, columns: Columns) -> bool:
    return text.startswith("{")


def read_jsonl(stream: Stream, origin: Origin) -> Iterator[Outcome]:
    """Yield what each line holds; memory holds one line.

    A bad line is rejected, and the lines after it are read.
    """
    number = 0
    while True:
        line, is_whole = read_bounded_line(stream, LONGEST_LINE)
        if not line:
            return
        number += 1
        where = origin.at(f":{number}")
        if not is_whole:
            yield Reject(f"line longer than {LONGEST_LINE:,} bytes", where.place)
        elif line.strip(_BLANKS):
            yield from _read_line(line, where)


def read_value(text: str, where: Origin) -> Iterator[Outcome]:
    """Yield what one JSON text holds."""
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):  # ValueError also for a number of 5,000 digits
        yield Reject("not JSON (cut off or damaged)", where.place)
        return
    if not isinstance(record, dict):
        yield Reject("not a JSON object", where.place)
        return
    yield from read_record(record, where)


def _read_line(line: bytes, where: Origin) -> Iterator[Outcome]:
    text = decode(line)
    if text is None:
        yield Reject("text in no known encoding", where.place)
        return
    yield from read_value(text, where)
