"""Read JSON that is not one object in each line.

The text is an array of objects, objects over several lines, or an export's object that lists
records; text of another program may stand above, such as `var data = `. Values are taken from a
window that grows until the next value is whole: memory holds one value. The window holds octets, as
Latin-1: JSON's own signs are ASCII, and each value is decoded on its own.
"""

import json
import re
from collections.abc import Iterator

from indexer.readers.columns import Columns
from indexer.readers.encodings import decode
from indexer.readers.exports import LIST_START, Fields, list_start, object_around, shared_by
from indexer.readers.jsonl import LONGEST_LINE, lines_below, read_text
from indexer.readers.origin import Origin
from indexer.readers.outcome import Note, Outcome, Reject
from indexer.readers.streams import BLOCK, SNIFFED_BYTES, Stream

# The octet after the bracket may be damaged. Numbers and texts may stand before the first object
_ODD = r'(?:null|true|false|-?\d[\d.]{0,20}|"[^"\\\n]{0,100}")'
_SHAPE = re.compile(
    rf'\[[\s\ufffd\x00-\x1f]*(?:(?:{_ODD}\s*,\s*)*+[\[{{]|\]|"\w{{1,40}}"\s*:|$)|\{{\s*(?:\n|$)'
)
# `var data = `, `window["data"] = `, `callback(`, `export default `, `while(1);`, `)]}',`
_SCRIPT = re.compile(
    r"""(?:[^\[\]{}"\n]|\[["'][\w.-]{1,40}["']\]){0,100}?(?:[=(;]|\bdefault)\s*(?=[\[{])"""
    r"""|\)\]\}',?\s*(?=[\[{])"""
)
# The next value in the same line: the array lost its first octet, or the text has no lines
_NEXT = re.compile(r"(?:(?!\n)\s|[;\x1e]|,\s*)*+\{\s*[\"}]")
# No value begins with a control character, with these signs, or beyond ASCII
_BETWEEN = re.compile(r"[\x00-\x20,;)\x80-\xff]*")
_BLANK = re.compile(r"[\x00-\x20\x80-\xff]*")
_OPENING = re.compile(rf"{_BLANK.pattern}\[?")
# The beginning of a record: the records of a dump have the same first member
_FIRST_MEMBER = re.compile(r'\{\s*"(?:[^"\\]|\\.){0,100}"\s*:')
_ANY_RECORD = re.compile(r'\{\s*"')
_LONGEST_OPENING = 300  # characters that these patterns match
_WHOLE = 4_000_000  # bytes of an export that are searched for the fields behind its list
_NEAR_END = 20  # characters from the end, where an error may mean that the value is cut in two
_DECODER = json.JSONDecoder(strict=False)


def is_json(text: str, columns: Columns) -> bool:
    """Return whether the text begins as an array, an object over several lines, or an export."""
    if script := _SCRIPT.match(text):
        text = text[script.end() :]
        if text.startswith('{"'):
            return True
    if _SHAPE.match(text) or (text[:1] in "{[" and list_start(text, columns) is not None):
        return True
    try:
        _, end = _DECODER.raw_decode(text)
    except (ValueError, RecursionError):
        return False
    return text.startswith("{") and _NEXT.match(text, end) is not None


def is_json_below(text: str, columns: Columns) -> bool:
    """Return whether an array or an object begins in one of the first lines, below other lines."""
    return _start_below(text, columns) > 0


def _start_below(text: str, columns: Columns) -> int:
    """Return the start of the line at which JSON begins; 0 if no line below the first begins it."""
    starts = (place for place, line in lines_below(text) if line.lstrip()[:1] in "[{")
    return next((place for place in starts if is_json(text[place:].lstrip(), columns)), 0)


def read_json_values(stream: Stream, origin: Origin) -> Iterator[Outcome]:
    """Yield the outcomes of each value; after damage, read on where a record begins as before."""
    window = _Window(stream, origin.columns)
    number = 0
    for number in range(1, window.lines_above + 1):
        yield Reject("not JSON (cut off or damaged)", origin.at(f":{number}").place)
    if window.has_script:
        yield Note("program around JSON")
    while window.has_value():
        number += 1
        where = origin.at(f":{number}")
        yield from read_text(window.take_value() or window.take_damaged(), where, window.shared)


class _Window:
    """The text that is not yet taken, grown from the stream as needed."""

    def __init__(self, stream: Stream, columns: Columns) -> None:
        """Move to the first value, which may be in a list of records."""
        self._stream = stream
        self._columns = columns
        self._text = ""
        self._start = 0
        self._is_ended = False
        self._opening = ""  # the beginning of the last record
        self.shared: Fields = {}  # fields that the export gives all records of the list
        self._grow(max(BLOCK, SNIFFED_BYTES))
        self._skip(_BLANK)
        self.lines_above = self._skip_above()
        self._skip(_BLANK)
        script = _SCRIPT.match(self._text, self._start)
        self.has_script = script is not None
        self._start = script.end() if script else self._start
        head = self._text[self._start : self._start + SNIFFED_BYTES]
        list_at = list_start(head, columns) if self._is_at("{") else None
        self._is_export = list_at is not None
        if list_at is None:
            self._skip(_OPENING)
        else:
            self._open_list(self._start, self._start + list_at)

    def has_value(self) -> bool:
        """Move to the next value, from the end of a list to the next list; False at the end."""
        self._skip(_BETWEEN)
        if self.has_script and (script := _SCRIPT.match(self._text, self._start)):
            self._start = script.end()
        while self._is_at("]"):
            self._start += 1
            if self._is_export:
                self._skip_to_list()
            else:
                self._skip(_OPENING)
            self._skip(_BETWEEN)
        return self._start < len(self._text)

    def _skip_above(self) -> int:
        """Skip the lines above that are no JSON; return their number."""
        head = self._text[self._start : self._start + SNIFFED_BYTES]
        start = 0 if is_json(head, self._columns) else _start_below(head, self._columns)
        self._start += start
        return sum(not line.isspace() for line in head[:start].splitlines())

    def _skip_to_list(self) -> None:
        """Skip to the next list, of the same object or of another export."""
        if len(self._text) - self._start < SNIFFED_BYTES:
            self._grow(BLOCK)
        text, start = self._text, self._start
        self._skip_to(LIST_START, behind=True)
        if self._text is not text:
            self.shared = {}  # the text between the lists was too long for the window
        elif around := object_around(text[start : self._start]):
            self._open_list(start + around[0], self._start)

    def _open_list(self, start: int, list_at: int) -> None:
        """Move to a list of the object that begins at `start`; set the fields its records share."""
        self._start = start
        end = self._end_of_value(_WHOLE)
        head = self._text[self._start : self._start + list_at - start]
        around = object_around(head)
        # Of an object that is too long, only the part before its list is used
        closed = head.rstrip(", \t\r\n") + (around[1] if around else "")
        whole = closed if end is None else self._text[self._start : end]
        self.shared = shared_by(decode(whole.encode("latin-1")), self._columns)
        self._start += list_at - start

    def take_value(self) -> bytes | None:
        """Take the next value; return None if it is damaged, or longer than any record."""
        end = self._end_of_value(LONGEST_LINE)
        if end is None:
            return None
        value, self._start = self._text[self._start : end], end
        if opening := _FIRST_MEMBER.match(value):
            self._opening = opening[0]
        return value.encode("latin-1")

    def _end_of_value(self, longest: int) -> int | None:
        while True:
            try:
                return _DECODER.raw_decode(self._text, self._start)[1]
            except json.JSONDecodeError as error:
                size = len(self._text) - self._start
                if self._is_ended or size > longest or not self._may_be_cut(error):
                    return None
                # The window doubles, so that a long value is scanned a few times, not thousands
                self._grow(max(BLOCK, size))
            except (ValueError, RecursionError):  # a number of 5,000 digits raises ValueError
                return None

    def take_damaged(self) -> bytes:
        """Take the text before the next place where a record may begin."""
        match = _FIRST_MEMBER.match(self._text, self._start)
        opening = self._opening or (match[0] if match else "")
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
        """Skip the text that matches, of any length; it may be empty."""
        while match := pattern.match(self._text, self._start):
            self._start = match.end()
            if self._start < len(self._text) or self._is_ended:
                return
            self._grow(BLOCK)

    def _skip_to(self, pattern: re.Pattern[str], *, behind: bool = False) -> None:
        """Skip to the next match, or behind it; skip to the end if nothing matches."""
        while not (match := pattern.search(self._text, self._start)) and not self._is_ended:
            self._start = max(self._start, len(self._text) - _LONGEST_OPENING)
            self._grow(BLOCK)
        if match is None:
            self._start = len(self._text)
        else:
            self._start = match.end() if behind else match.start()

    def _grow(self, size: int) -> None:
        # `read` would lose the bytes before the damage if the stream breaks
        block = self._stream.read1(size)
        self._is_ended = not block
        self._text = self._text[self._start :] + block.decode("latin-1")
        self._start = 0
