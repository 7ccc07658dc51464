"""Reads JSON that is not one object a line: an array of objects, or objects over several lines.

Values are taken from a window that grows until the next value is whole: memory holds one value.
"""

import codecs
import json
import re
from collections.abc import Iterator

from indexer.readers.columns import Columns
from indexer.readers.encodings import encoding_of
from indexer.readers.jsonl import LONGEST_LINE
from indexer.readers.origin import Origin
from indexer.readers.outcome import Outcome, Reject
from indexer.readers.record import read_record
from indexer.readers.streams import BLOCK, Stream

_SHAPE = re.compile(r"\[\s*(?:[\[{\]]|$)|\{\s*(?:\n|$)")
_BETWEEN = re.compile(r"[\s,\ufeff]*")
_OPENING = re.compile(r"[\s\ufeff]*\[?")
_CLOSING = re.compile(r"\]?\s*")


def is_json(text: str, columns: Columns) -> bool:
    """Return whether the text begins as an array, or as an object over several lines."""
    return _SHAPE.match(text) is not None


def read_json_values(stream: Stream, origin: Origin) -> Iterator[Outcome]:
    """Yield what each value holds, up to the first damaged one: the end of that one is unknown."""
    window = _Window(stream)
    number = 0
    try:
        window.skip(_OPENING)
        while window.has_value():
            number += 1
            where = origin.at(f":{number}")
            record = window.take_value()
            if isinstance(record, dict):
                yield from read_record(record, where)
            else:
                yield Reject("not a JSON object", where.place)
    except (ValueError, RecursionError):
        yield Reject("not JSON (cut off or damaged)", f"{origin.place}:{number}")


class _Window:
    """The text that was not yet taken, grown from the stream as needed."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        encoding = encoding_of(stream.peek(BLOCK)[:BLOCK])
        self._decoder = codecs.getincrementaldecoder(encoding or "utf-8")()
        self.text = ""
        self._is_ended = False

    def skip(self, pattern: re.Pattern[str]) -> None:
        while True:
            if not self.text:
                self._grow(BLOCK)
            match = pattern.match(self.text)
            end = match.end() if match else 0
            is_open = end == len(self.text) and not self._is_ended
            self.text = self.text[end:]
            if not is_open:
                return

    def has_value(self) -> bool:
        self.skip(_BETWEEN)
        return bool(self.text) and not _CLOSING.fullmatch(self.text)

    def take_value(self) -> object:
        """Take the next value.

        Raises:
            ValueError: there is no JSON value, or it is longer than any record.
        """
        while True:
            try:
                value, end = json.JSONDecoder().raw_decode(self.text)
            except ValueError:
                if self._is_ended or len(self.text) > LONGEST_LINE:
                    raise
                # Doubled each time, so that a long value is scanned a few times, not thousands
                self._grow(max(BLOCK, len(self.text)))
            else:
                self.text = self.text[end:]
                return value

    def _grow(self, size: int) -> None:
        block = self._stream.read(size)
        self._is_ended = not block
        self.text += self._decoder.decode(block, final=not block)
