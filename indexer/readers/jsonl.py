"""Reads JSONL: one JSON object in each line, with the fields of `columns.py`."""

import json
import re
from collections.abc import Iterator

from indexer.readers.columns import Columns
from indexer.readers.encodings import decode
from indexer.readers.exports import is_bulk_action, records_in
from indexer.readers.origin import Origin
from indexer.readers.outcome import Note, Outcome, Reject
from indexer.readers.record import read_record
from indexer.readers.streams import Stream, read_bounded_line

LONGEST_LINE = 16_000_000  # bytes; the longest article known is a hundredth of it
# Not strict: a stray control character within a text is no damage
_DECODER = json.JSONDecoder(strict=False)
_DAMAGED_START = re.compile(r'"\w{1,40}"\s*:')
_STRAY = re.compile("[\ufffd\x00-\x1f]")
_STRAY_OR_TEXT = re.compile(r'("(?:[^"\\]++|\\.)*+")|[\ufffd\x00-\x1f]', re.S)
_BLANKS = b" \t\r\n\xef\xbb\xbf"


def is_jsonl(text: str, columns: Columns) -> bool:
    return text.startswith("{") or _DAMAGED_START.match(text) is not None


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
            yield from read_text(line, where)


def read_text(content: bytes, where: Origin) -> Iterator[Outcome]:
    """Yield what one JSON text holds."""
    text = decode(content)
    try:
        value = _parse(text)
    except (ValueError, RecursionError):  # ValueError also for a number of 5,000 digits
        yield Reject("not JSON (cut off or damaged)", where.place)
        return
    yield from read_value(value, where)


def _parse(text: str) -> object:
    try:
        return _DECODER.decode(text)
    except ValueError:
        if not _STRAY.search(text):
            raise
    # What cannot be decoded is kept within texts; between them it can be left out
    return _DECODER.decode(_STRAY_OR_TEXT.sub(r"\1", text))


def read_value(value: object, where: Origin) -> Iterator[Outcome]:
    """Yield what a value that was parsed holds: a record, or an export's list of records."""
    if not isinstance(value, dict):
        yield Reject("not a JSON object", where.place)
    elif is_bulk_action(value):
        yield Note("Elasticsearch action, no record")
    else:
        records = list(records_in(value, where.columns))
        for record in records:
            yield from read_record(record, where)
        if not records:
            yield Note("an export that lists no record")
