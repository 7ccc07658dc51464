"""Read JSONL: one JSON object in each line, with the fields of `columns.py`.

A line may also hold several objects, an array of objects, or the marks of another program around
them, such as the record separators of RFC 7464 or a log's «12:00 exported ». A line without an
object is rejected.
"""

import json
import re
from collections.abc import Iterator, Mapping

from indexer.readers.columns import Columns
from indexer.readers.encodings import decode
from indexer.readers.exports import is_bulk_action, list_start, records_in
from indexer.readers.origin import Origin
from indexer.readers.outcome import Note, Outcome, Reject
from indexer.readers.record import read_record
from indexer.readers.streams import Stream, read_bounded_line

LONGEST_LINE = 16_000_000  # bytes; the longest article known is a hundredth of it
# A stray control character within a text is no damage
_DECODER = json.JSONDecoder(strict=False)
_DAMAGED_START = re.compile(r'"\w{1,40}"\s*:')
_STRAY = re.compile("[\ufffd\x00-\x1f]")
_STRAY_OR_TEXT = re.compile(r'("(?:[^"\\]++|\\.)*+")|[\ufffd\x00-\x1f]', re.S)
_BLANKS = b" \t\r\n\x1e\xef\xbb\xbf"
# The text that may stand before the first value of a line, and after each value
_PREFIX = re.compile(r'[^"{}\[\]]{0,100}(?=[\[{])')
_BETWEEN = re.compile(r"[\s,;)\x1e]*")
MAX_LINES_ABOVE = 100  # comments are not counted
_COMMENT = re.compile(r"\s*(?:#|//|--|/\*|\*|%|$)")
_KEY = re.compile(r'"([^"\\]{1,100})"\s*:')


def is_jsonl(text: str, columns: Columns) -> bool:
    return text.startswith("{") or _DAMAGED_START.match(text) is not None


def is_jsonl_below(text: str, columns: Columns) -> bool:
    """Return whether one of the first lines holds a record, below other lines."""
    return any(_holds_record(line, columns) for _, line in lines_below(text))


def lines_below(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines at which JSON may begin, each with its place in the text."""
    place = count = 0
    for line in text.split("\n"):
        if line.strip() and not _COMMENT.match(line):
            yield place, line
            count += 1
            if count > MAX_LINES_ABOVE:
                return
        place += len(line) + 1


def _holds_record(line: str, columns: Columns) -> bool:
    start = _PREFIX.match(line)
    if not start or not line.startswith('{"', start.end()):
        return False
    try:
        value, _ = _DECODER.raw_decode(line, start.end())
    except (ValueError, RecursionError):
        names = _KEY.findall(line)  # the text ends within this line
    else:
        names = [*value]
    return columns.are_known(names) or list_start(line[start.end() :], columns) is not None


def read_jsonl(stream: Stream, origin: Origin, *, above: int = 0) -> Iterator[Outcome]:
    """Yield the outcomes of each line; memory holds one line.

    A bad line is rejected, and the lines after it are read. `above` is the number of lines above
    the first one.
    """
    number = above
    while True:
        line, is_whole = read_bounded_line(stream, LONGEST_LINE)
        if not line:
            return
        number += 1
        where = origin.at(f":{number}")
        if not is_whole:
            yield Reject(f"line longer than {LONGEST_LINE:,} bytes", where.place)
        elif line := line.strip(_BLANKS):
            yield from read_text(line, where)


def read_text(
    content: bytes, where: Origin, shared: Mapping[str, object] | None = None
) -> Iterator[Outcome]:
    """Yield the outcomes of one JSON text."""
    try:
        values = _parse(decode(content))
    except (ValueError, RecursionError):  # a number of 5,000 digits also raises ValueError
        yield Reject("not JSON (cut off or damaged)", where.place)
        return
    for value in values:
        yield from _read_value(value, where, shared)


def _parse(text: str) -> list[object]:
    try:
        return [_DECODER.decode(text)]
    except ValueError:
        try:
            return _values_in(text)
        except ValueError:
            if not _STRAY.search(text):
                raise
    # Characters that cannot be decoded are kept within texts, and left out between them
    return [_DECODER.decode(_STRAY_OR_TEXT.sub(r"\1", text))]


def _values_in(text: str) -> list[object]:
    """Return the values of a line; other text may stand only at its beginning.

    Raises:
        ValueError: other text stands elsewhere, or there is no array and no object.
    """
    start = _PREFIX.match(text)
    if start is None:
        raise ValueError("neither an array nor an object")
    values, end = [], start.end()
    while end < len(text):
        value, end = _DECODER.raw_decode(text, end)
        values.append(value)
        end = _BETWEEN.match(text, end).end()  # type: ignore[union-attr]  # matches nothing too
    return values


def _read_value(
    value: object, where: Origin, shared: Mapping[str, object] | None
) -> Iterator[Outcome]:
    """Yield the outcomes of a parsed value, which is a record or lists several records."""
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        for item in value:
            yield from _read_value(item if isinstance(item, dict) else None, where, shared)
    elif not isinstance(value, dict):
        yield Reject("not a JSON object", where.place)
    elif is_bulk_action(value):
        yield Note("Elasticsearch action, not a record")
    else:
        is_empty = True
        for record, fields in records_in(value, where.columns):
            is_empty = False
            if isinstance(record, Mapping):
                yield from read_record(record, where, {**shared, **fields} if shared else fields)
            else:
                yield Reject("not a JSON object", where.place)
        if is_empty:
            yield Note("an export without a record")
