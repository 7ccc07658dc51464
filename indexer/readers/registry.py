"""List the dump formats, each with its reader.

A format is recognized by its content, never by the name of a file. A new format is one file in this
package, with a function that recognizes it and a `Reader`, and one line in a table below. The
containers that dumps are packed in are listed in `containers.py`.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from indexer.readers.columns import Columns
from indexer.readers.encodings import decode
from indexer.readers.feed import is_feed, read_feed
from indexer.readers.html import is_html, read_html_file
from indexer.readers.json_values import is_json, is_json_below, read_json_values
from indexer.readers.jsonl import is_jsonl, is_jsonl_below, read_jsonl
from indexer.readers.origin import Origin
from indexer.readers.outcome import Outcome
from indexer.readers.page_text import read_page_text
from indexer.readers.parquet import read_parquet
from indexer.readers.streams import Stream
from indexer.readers.table import is_table, read_table
from indexer.readers.warc import read_warc

Reader = Callable[[Stream, Origin], Iterator[Outcome]]


class BinaryFormat(NamedTuple):
    """A format that is recognized by its first bytes."""

    matches: Callable[[bytes], object]
    read: Reader


class TextFormat(NamedTuple):
    """A format that is recognized by the shape of its text, or by the columns that it names."""

    matches: Callable[[str, Columns], bool]
    read: Reader


BINARY_FORMATS = (
    BinaryFormat(re.compile(rb"PAR1").match, read_parquet),
    # The second line is matched too, since an octet of the first may be damaged
    BinaryFormat(re.compile(rb"WARC/\d|[^\n]{7,10}\nWARC-[A-Z]").match, read_warc),
)
# Formats are tried in this order; text of no format is read as saved archive pages
TEXT_FORMATS = (
    TextFormat(is_json, read_json_values),
    TextFormat(is_jsonl, read_jsonl),
    TextFormat(is_feed, read_feed),
    TextFormat(is_html, read_html_file),
    TextFormat(is_table, read_table),
    TextFormat(is_json_below, read_json_values),
    TextFormat(is_jsonl_below, read_jsonl),
)

_BLANKS = "\ufeff\ufffd\x00\x1e \t\r\n"
# Text may hold a stray control character; in a picture they are a tenth of the bytes
_CONTROLS = bytes({*range(32)} - {*b"\t\n\v\f\r\x1b"})


def binary_reader_of(start: bytes) -> Reader | None:
    """Return the reader of the binary format that content with these first bytes has, if any."""
    return next((format.read for format in BINARY_FORMATS if format.matches(start)), None)


def text_reader_of(start: bytes, columns: Columns) -> Reader:
    """Return the reader of text that begins with these bytes, in any encoding."""
    text = decode(start, is_cut=True).lstrip(_BLANKS)
    formats = (format.read for format in TEXT_FORMATS if format.matches(text, columns))
    return next(formats, read_page_text)


def is_binary(start: bytes) -> bool:
    """Return whether more than one byte in a hundred is a control character."""
    return (len(start) - len(start.translate(None, _CONTROLS))) * 100 > len(start)
