"""Reads JSON that is not one object a line.

An array of objects, objects over several lines, or exports' objects that list records. Values are
taken from a window that grows until the next value is whole: memory holds one value. The window
holds octets, as Latin-1: JSON's own signs are ASCII, and each value is decoded on its own.
"""

import json
import re
from collections.abc import Iterator

from indexer.readers.columns import Columns
from indexer.readers.exports import LIST_START, list_start
from indexer.readers.jsonl import LONGEST_LINE, read_text
from indexer.readers.origin import Origin
from indexer.readers.outcome import Outcome
from indexer.readers.streams import BLOCK, SHOWN, Stream

# The octet behind the bracket may be damaged
_SHAPE = re.compile(r'\[[\s\ufffd\x00-\x1f]*(?:[\[{\]]|"\w{1,40}"\s*:|$)|\{\s*(?:\n|$)')
_NEXT = re.compile(r"\s*,\s*\{")
# No value begins with a control character, or beyond ASCII
_BETWEEN = re.compile(r"[\x00-\x20,\x80-\xff]*")
_OPENING = re.compile(r"[\x00-\x20\x80-\xff]*\[?")
# How a record begins: the records of a dump have the same first member
_FIRST_MEMBER = re.compile(r'\{\s*"(?:[^"\\]|\\.){0,100}"\s*:')
_ANY_RECORD = re.compile(r'\{\s*"')
_LONGEST_OPENING = 300  # characters of any of these
_NEAR_END = 20  # characters from the end, where an error may be that of a value cut in two
_DECODER = json.JSONDecoder(strict=False)


def is_json(text: str, columns: Columns) -> bool:
    """Return whether the text begins as an array, an object over several lines, or an export."""
    if _SHAPE.match(text) or list_start(text, columns) is not None:
        return True
    try:
        _, end = _DECODER.raw_decode(text)
    except (ValueError, RecursionError):
        return False
    return _NEXT.match(text, end) is not None  # an array whose first octet is damaged


def read_json_values(stream: Stream, origin: Origin) -> Iterator[Outcome]:
    """Yield what each value holds; after a damaged one, the next that begins like those before."""
    window = _Window(stream, origin.columns)
    number = 0
    while window.has_value():
        number += 1
        where = origin.at(f":{number}")
        yield from read_text(window.take_value() or window.take_damaged(), where)


class _Window:
    """The text that was not yet taken, grown from the stream as needed."""

    def __init__(self, stream: Stream, columns: Columns) -> None:
        """Open the list of records with which the text begins, if it does."""
        self._stream = stream
        self._text = ""
        self._start = 0
        self._is_ended = False
        self._opening = ""  # of the last record
        self._grow(max(BLOCK, SHOWN))
        self._skip(_OPENING)
        list_at = list_start(self._text[:SHOWN], columns) if self._is_at("{") else None
        self._is_export = list_at is not None
        self._start = self._start if list_at is None else list_at

    def has_value(self) -> bool:
        """Move to the next value, behind the end of a list to the next list."""
        self._skip(_BETWEEN)
        while self._is_at("]"):
            self._start += 1
            if self._is_export:
                self._skip_to(LIST_START, behind=True)
            else:
                self._skip(_OPENING)
            self._skip(_BETWEEN)
        return self._start < len(self._text)

    def take_value(self) -> bytes | None:
        """Take the next value; None if it is damaged, or longer than any record."""
        while True:
            try:
                _, end = _DECODER.raw_decode(self._text, self._start)
            except json.JSONDecodeError as error:
                size = len(self._text) - self._start
                if self._is_ended or size > LONGEST_LINE or not self._may_be_cut(error):
                    return None
                # Doubled each time, so that a long value is scanned a few times, not thousands
                self._grow(max(BLOCK, size))
            except (ValueError, RecursionError):  # ValueError: a number of 5,000 digits
                return None
            else:
                value, self._start = self._text[self._start : end], end
                if opening := _FIRST_MEMBER.match(value):
                    self._opening = opening[0]
                return value.encode("latin-1")

    def take_damaged(self) -> bytes:
        """Take what stands before the next place where a record may begin."""
        own = _FIRST_MEMBER.match(self._text, self._start)
        opening = self._opening or (own[0] if own else "")
        text, start = self._text, self._start
        self._start += 1
        self._skip_to(re.compile(re.escape(opening)) if opening else _ANY_RECORD)
        end = self._start if self._text is text else len(text)
        return text[start:end].rstrip(", \t\r\n]").encode("latin-1")

    def _is_at(self, sign: str) -> bool:
        return self._text.startswith(sign, self._start)

    def _may_be_cut(self, error: json.JSONDecodeError) -> bool:
        is_open = error.msg.startswith("Unterminated string")
        return is_open or error.pos >= len(self._text) - _NEAR_END

    def _skip(self, pattern: re.Pattern[str]) -> None:
        """Skip what matches, which may be nothing, however long it is."""
        while match := pattern.match(self._text, self._start):
            self._start = match.end()
            if self._start < len(self._text) or self._is_ended:
                return
            self._grow(BLOCK)

    def _skip_to(self, pattern: re.Pattern[str], *, behind: bool = False) -> None:
        """Skip to the next match, or behind it; to the end if there is none."""
        while not (match := pattern.search(self._text, self._start)) and not self._is_ended:
            self._start = max(self._start, len(self._text) - _LONGEST_OPENING)
            self._grow(BLOCK)
        if match is None:
            self._start = len(self._text)
        else:
            self._start = match.end() if behind else match.start()

    def _grow(self, size: int) -> None:
        # `read` would lose what it has if the stream breaks
        block = self._stream.read1(size)
        self._is_ended = not block
        self._text = self._text[self._start :] + block.decode("latin-1")
        self._start = 0
