"""Read WARC (ISO 28500): web pages and feeds that a crawler stored, dated by the crawl.

    WARC/1.0
    Content-Length: <octets of the block>, and other headers

    <block>

Records are framed here and not by a library, so that a bad record never ends the file: where the
head or the length of a record is wrong, the next line that begins a record is searched for.
"""

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from indexer.readers.encodings import declared_in, decode, wide_encoding_of
from indexer.readers.feed import is_feed, read_feed
from indexer.readers.html import LARGEST_HTML, read_html
from indexer.readers.http_response import (
    LONGEST_HEAD,
    ResponseError,
    decode_body,
    parse_head,
    parse_headers,
)
from indexer.readers.origin import Origin
from indexer.readers.outcome import Note, Outcome, Reject
from indexer.readers.streams import BLOCK, SNIFFED_BYTES, BrokenStreamError, Stream
from search.language.dates import parse_date

_KINDS = ("response", "resource")
_OTHER_KINDS = ("warcinfo", "request", "metadata", "conversion", "continuation")
_HTTP = b"HTTP/"
_PAGES = ("text/html", "application/xhtml+xml")
# Types under which servers also send feeds and pages
_MAYBE_PAGES = re.compile(
    r"|text/(?:plain|xml)|application/(?:[\w.-]+\+)?xml|application/octet-stream"
)
_LARGEST_BLOCK = LARGEST_HTML + LONGEST_HEAD  # bytes in memory
_DAMAGED = "WARC cut off or damaged"
_WRONG_LENGTH = "WARC record whose length differs from its header"

_BLANKS = re.compile(rb"\s*")
# The second line is matched where an octet of the first is damaged
_BEGINNING = re.compile(rb"WARC/\d|[^\n]{4,12}\n(?:WARC|Content)-[A-Z]")
# Two lines are matched, since the first alone also stands in pages about the format
_NEXT = re.compile(rb"WARC/\d\.\d+[ \t]*\r?\n(?=(?:WARC|Content)-[A-Z])", re.I)
_NEXT_SIZE = 40  # bytes that the pattern may need
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_BEHIND = re.compile(rb"\r?\n\r?\n|\s*WARC/\d|\s*\Z")  # follows a block
_HTML = re.compile(rb"(?:\s*<\?xml\b[^>]*+>)?\s*<(?:!doctype\s+html|html)\b", re.I)


class _Record(NamedTuple):
    """A record: its headers, its block up to the size of a page, and its fault, if any."""

    headers: Mapping[str, str] = {}
    block: bytes = b""
    fault: str | None = None


class _Page(NamedTuple):
    content_type: str
    content: bytes
    is_feed: bool


def read_warc(stream: Stream, origin: Origin) -> Iterator[Outcome]:
    """Yield the outcomes of each page or feed; a reject or a note stands for any other record."""
    for number, record in enumerate(_Frames(stream), start=1):
        where = origin.at(f":{number}")
        if record.fault == _WRONG_LENGTH:
            yield Note(_WRONG_LENGTH)
        elif record.fault and record.headers.get("warc-type") not in _OTHER_KINDS:
            yield Reject(record.fault, where.place)
            continue
        yield from _read_record(record, where)


def _read_record(record: _Record, origin: Origin) -> Iterator[Outcome]:
    kind = record.headers.get("warc-type", "")
    if kind == "revisit":
        yield Reject("WARC revisit: the page was captured before", origin.place)
    elif kind in _OTHER_KINDS:
        yield Note(f"WARC {kind} record, not a page")
    elif kind not in _KINDS and not record.block.startswith(_HTTP):
        yield Reject("WARC record of no known type", origin.place)
    else:
        try:
            page = _page(record, origin)
        except ResponseError as error:
            yield Reject(str(error), origin.place)
            return
        where = _origin_of(record, page.content_type, origin)
        if page.is_feed:
            yield from read_feed(io.BufferedReader(io.BytesIO(page.content)), where)
        elif page.content.strip():
            yield from read_html(page.content, where)
        else:
            yield Reject("page without text", origin.place)


def _page(record: _Record, origin: Origin) -> _Page:
    """Return the web page or the feed that a record holds.

    Raises:
        ResponseError: the record holds neither.
    """
    headers, body = record.headers, record.block
    content_type = headers.get("content-type", "")
    is_http = content_type.casefold().startswith("application/http")
    if is_http or (body.startswith(_HTTP) and headers.get("warc-type") != "resource"):
        status, headers, start = parse_head(body)
        if status != "200":
            raise ResponseError(f"HTTP status {status}")
        content_type, body = headers.get("content-type", ""), body[start:]
    else:
        headers = {}
    kind = content_type.split(";")[0].strip().casefold()
    is_page = kind in _PAGES
    if not is_page and not _MAYBE_PAGES.fullmatch(kind):
        raise ResponseError("WARC response that is not HTML")
    content = decode_body(body, headers, LARGEST_HTML)
    if wide_encoding_of(content):
        content = decode(content).encode("utf-8", "replace")
    head = decode(content[:SNIFFED_BYTES], is_cut=True).lstrip("\ufeff \t\r\n")
    is_in_feed = is_feed(head, origin.columns)
    if not (is_page or is_in_feed or _HTML.match(content)):
        raise ResponseError("WARC response that is not HTML")
    return _Page(content_type, content, is_in_feed)


def _origin_of(record: _Record, content_type: str, origin: Origin) -> Origin:
    captured = parse_date(record.headers.get("warc-date", ""))
    # Wget 1.19 wrote <> around the address
    url = record.headers.get("warc-target-uri", "").strip("<>").replace(" ", "%20")
    return replace(
        origin,
        captured_on=captured or origin.captured_on,
        url=url or None,
        charset=declared_in(content_type),
    )


class _Frames:
    """The records of a stream; memory holds one record."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._buffer = bytearray()  # octets that are not yet taken
        self._is_ended = False
        self._failure: BrokenStreamError | None = None  # raised after the records before it

    def __iter__(self) -> Iterator[_Record]:
        while self._skip_blanks():
            record = self._take_record()
            if record.fault and self._failure and not self._buffer:
                break  # the failure of the stream gives the reason
            yield record
        if self._failure:
            raise self._failure

    def _take_record(self) -> _Record:
        self._fill(LONGEST_HEAD)
        end = _HEAD_END.search(self._buffer, 0, LONGEST_HEAD)
        if not _BEGINNING.match(self._buffer) or not end:
            is_endless = len(self._buffer) >= LONGEST_HEAD and _BEGINNING.match(self._buffer)
            self._skip_to_next(1)
            too_long = f"WARC header longer than {LONGEST_HEAD:,} bytes"
            return _Record(fault=too_long if is_endless else _DAMAGED)
        headers = parse_headers(bytes(self._buffer[: end.start()]))
        del self._buffer[: end.end()]
        length = _length_in(headers)
        if length is not None and length > _LARGEST_BLOCK:
            return self._take_large(headers, length)
        return self._take_block(headers, length)

    def _take_block(self, headers: Mapping[str, str], length: int | None) -> _Record:
        """Take a block of the declared length, or the octets up to the next record."""
        if length is not None:
            self._fill(length + _NEXT_SIZE)
            if len(self._buffer) >= length and _BEHIND.match(self._buffer, length):
                return _Record(headers, self._take(length))
        self._fill(_LARGEST_BLOCK)
        following = _NEXT.search(self._buffer)
        if following:
            return _Record(headers, self._take(following.start()), _WRONG_LENGTH)
        if length is None or len(self._buffer) < length:
            if length and (size := _size_without_cr(self._buffer, length)):
                return _Record(headers, self._take(size), _WRONG_LENGTH)
            self._buffer.clear()
            self._skip_to_next(0)
            return _Record(headers, fault="WARC record cut off")
        size = len(self._buffer) if self._is_ended else length
        return _Record(headers, self._take(size), _WRONG_LENGTH)

    def _take_large(self, headers: Mapping[str, str], length: int) -> _Record:
        """Skip a block that is no page, unless another record begins within it."""
        self._fill(_LARGEST_BLOCK + 1)
        if following := _NEXT.search(self._buffer):
            return _Record(headers, self._take(following.start()), _WRONG_LENGTH)
        block = bytes(self._buffer)
        skipped = self._skip_to_next(0, limit=length)
        if skipped == length or self._buffer:
            return _Record(headers, block, None if skipped == length else _WRONG_LENGTH)
        return _Record(headers, fault="WARC record cut off")

    def _skip_blanks(self) -> bool:
        """Move to the next record; return False at the end."""
        while True:
            self._fill(_NEXT_SIZE)
            if match := _BLANKS.match(self._buffer):
                del self._buffer[: match.end()]
            if self._buffer or self._is_ended:
                return bool(self._buffer)

    def _skip_to_next(self, start: int, *, limit: int | None = None) -> int:
        """Skip to the next record, but at most `limit` octets; return the number skipped."""
        skipped = 0
        del self._buffer[:start]
        while True:
            self._fill(_NEXT_SIZE)
            left = len(self._buffer) if limit is None else min(limit - skipped, len(self._buffer))
            following = _NEXT.search(self._buffer, 0, left + _NEXT_SIZE)
            if following and following.start() <= left:
                del self._buffer[: following.start()]
                return skipped + following.start()
            # The last octets may be the first of a record
            size = left if self._is_ended or left != len(self._buffer) else left - _NEXT_SIZE + 1
            del self._buffer[:size]
            skipped += size
            if skipped == limit or (self._is_ended and not self._buffer):
                return skipped
            self._grow()

    def _take(self, size: int) -> bytes:
        octets = bytes(self._buffer[:size])
        del self._buffer[:size]
        return octets

    def _fill(self, size: int) -> None:
        while len(self._buffer) < size and not self._is_ended:
            self._grow()

    def _grow(self) -> None:
        try:
            # `read` would lose the bytes before the damage if the stream breaks
            block = self._stream.read1(BLOCK)
        except BrokenStreamError as error:
            self._failure, block = error, b""
        self._is_ended = not block
        self._buffer += block


def _length_in(headers: Mapping[str, str]) -> int | None:
    value = headers.get("content-length", "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 16 else None


def _size_without_cr(octets: bytearray, length: int) -> int | None:
    """Return the size of the last block if it lacks only the CRs of its lines.

    A program that converts line ends leaves the length as it was. None if the block was cut off.
    """
    head = _HEAD_END.search(octets)
    if b"\r" in octets or not head:
        return None
    for behind in range(len(octets) - len(octets.rstrip(b"\n")) + 1):
        size = len(octets) - behind
        # The CRs of the HTTP head alone are missing, or those of the page too
        if length - size in (octets.count(b"\n", 0, head.end()), octets.count(b"\n", 0, size)):
            return size
    return None
