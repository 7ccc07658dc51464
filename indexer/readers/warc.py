"""Reads WARC (ISO 28500): web pages and feeds that a crawler stored, dated by the crawl.

    WARC/1.0
    Content-Length: <octets of the block>, and other headers

    <block>

Records are framed here and not by a library, so that a bad one never ends the file: where the head
or the length of a record is wrong, the next line that begins a record is searched for.
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
from indexer.readers.streams import BLOCK, SHOWN, BrokenError, Stream
from search.language.dates import parse_date

_KINDS = ("response", "resource")
_OTHER_KINDS = ("warcinfo", "request", "metadata", "conversion", "continuation")
_HTTP = b"HTTP/"
_PAGES = ("text/html", "application/xhtml+xml")
# Types under which servers also send feeds and pages
_MAYBE_PAGES = re.compile(
    r"|text/(?:plain|xml)|application/(?:[\w.-]+\+)?xml|application/octet-stream"
)
_LARGEST_BLOCK = LARGEST_HTML + LONGEST_HEAD  # bytes that are held
_DAMAGED = "WARC cut off or damaged"
_WRONG_LENGTH = "WARC record of another length than it says"

_BLANKS = re.compile(rb"\s*")
# By its second line where an octet of the first is damaged
_BEGINNING = re.compile(rb"WARC/\d|[^\n]{4,12}\n(?:WARC|Content)-[A-Z]")
# Two lines, since the first alone also stands in pages about the format
_NEXT = re.compile(rb"WARC/\d\.\d+[ \t]*\r?\n(?=(?:WARC|Content)-[A-Z])", re.I)
_NEXT_SIZE = 40  # bytes that the pattern sees
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_BEHIND = re.compile(rb"\r?\n\r?\n|\s*WARC/\d|\s*\Z")  # a block
_HTML = re.compile(rb"(?:\s*<\?xml\b[^>]*+>)?\s*<(?:!doctype\s+html|html)\b", re.I)


class _Record(NamedTuple):
    """A record: its headers, as much of its block as a page has, and what is wrong with it."""

    headers: Mapping[str, str] = {}
    block: bytes = b""
    fault: str | None = None


class _Page(NamedTuple):
    content_type: str
    content: bytes
    is_feed: bool


def read_warc(stream: Stream, origin: Origin) -> Iterator[Outcome]:
    """Yield what each response holds that is a web page, and why the others are none."""
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
        yield Reject("WARC revisit: the page is the one captured before", origin.place)
    elif kind in _OTHER_KINDS:
        yield Note(f"WARC {kind} record, no page")
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
    """Return what a record holds: a web page or a feed.

    Raises:
        ResponseError: it holds none.
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
        raise ResponseError("WARC response that is no HTML")
    content = decode_body(body, headers, LARGEST_HTML)
    if wide_encoding_of(content):
        content = decode(content).encode("utf-8", "replace")
    shown = decode(content[:SHOWN], is_cut=True).lstrip("\ufeff \t\r\n")
    is_in_feed = is_feed(shown, origin.columns)
    if not (is_page or is_in_feed or _HTML.match(content)):
        raise ResponseError("WARC response that is no HTML")
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
    """Iterates over the records; memory holds one."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._held = bytearray()  # octets that were not yet taken
        self._is_ended = False
        self._failure: BrokenError | None = None  # waits until the records before it are taken

    def __iter__(self) -> Iterator[_Record]:
        while self._skip_blanks():
            record = self._take_record()
            if record.fault and self._failure and not self._held:
                break  # the stream's own damage says why
            yield record
        if self._failure:
            raise self._failure

    def _take_record(self) -> _Record:
        self._fill(LONGEST_HEAD)
        end = _HEAD_END.search(self._held, 0, LONGEST_HEAD)
        if not _BEGINNING.match(self._held) or not end:
            is_endless = len(self._held) >= LONGEST_HEAD and _BEGINNING.match(self._held)
            self._skip_to_next(1)
            too_long = f"WARC header longer than {LONGEST_HEAD:,} bytes"
            return _Record(fault=too_long if is_endless else _DAMAGED)
        headers = parse_headers(bytes(self._held[: end.start()]))
        del self._held[: end.end()]
        length = _length_in(headers)
        if length is not None and length > _LARGEST_BLOCK:
            return self._take_large(headers, length)
        return self._take_block(headers, length)

    def _take_block(self, headers: Mapping[str, str], length: int | None) -> _Record:
        """Take a block as long as it says, or up to where the next record begins."""
        if length is not None:
            self._fill(length + _NEXT_SIZE)
            if len(self._held) >= length and _BEHIND.match(self._held, length):
                return _Record(headers, self._take(length))
        self._fill(_LARGEST_BLOCK)
        following = _NEXT.search(self._held)
        if following:
            return _Record(headers, self._take(following.start()), _WRONG_LENGTH)
        if length is None or len(self._held) < length:
            if length and (size := _size_without_cr(self._held, length)):
                return _Record(headers, self._take(size), _WRONG_LENGTH)
            self._held.clear()
            self._skip_to_next(0)
            return _Record(headers, fault="WARC record cut off")
        size = len(self._held) if self._is_ended else length
        return _Record(headers, self._take(size), _WRONG_LENGTH)

    def _take_large(self, headers: Mapping[str, str], length: int) -> _Record:
        """Skip a block that is no page, unless another record begins within it."""
        self._fill(_LARGEST_BLOCK + 1)
        if following := _NEXT.search(self._held):
            return _Record(headers, self._take(following.start()), _WRONG_LENGTH)
        block = bytes(self._held)
        skipped = self._skip_to_next(0, limit=length)
        if skipped == length or self._held:
            return _Record(headers, block, None if skipped == length else _WRONG_LENGTH)
        return _Record(headers, fault="WARC record cut off")

    def _skip_blanks(self) -> bool:
        """Move to the next record; return whether there is any."""
        while True:
            self._fill(_NEXT_SIZE)
            if match := _BLANKS.match(self._held):
                del self._held[: match.end()]
            if self._held or self._is_ended:
                return bool(self._held)

    def _skip_to_next(self, start: int, *, limit: int | None = None) -> int:
        """Skip to where a record begins, or so many octets if there is none; return how many."""
        skipped = 0
        del self._held[:start]
        while True:
            self._fill(_NEXT_SIZE)
            left = len(self._held) if limit is None else min(limit - skipped, len(self._held))
            following = _NEXT.search(self._held, 0, left + _NEXT_SIZE)
            if following and following.start() <= left:
                del self._held[: following.start()]
                return skipped + following.start()
            # The last octets may be the first of a record
            size = left if self._is_ended or left != len(self._held) else left - _NEXT_SIZE + 1
            del self._held[:size]
            skipped += size
            if skipped == limit or (self._is_ended and not self._held):
                return skipped
            self._grow()

    def _take(self, size: int) -> bytes:
        taken = bytes(self._held[:size])
        del self._held[:size]
        return taken

    def _fill(self, size: int) -> None:
        while len(self._held) < size and not self._is_ended:
            self._grow()

    def _grow(self) -> None:
        try:
            # `read` would lose what it has if the stream breaks
            block = self._stream.read1(BLOCK)
        except BrokenError as error:
            self._failure, block = error, b""
        self._is_ended = not block
        self._held += block


def _length_in(headers: Mapping[str, str]) -> int | None:
    written = headers.get("content-length", "")
    return int(written) if written.isascii() and written.isdigit() and len(written) < 16 else None


def _size_without_cr(held: bytearray, length: int) -> int | None:
    """Return the size of the last block if all that it lacks are the CRs of its lines.

    A program that converts line ends leaves the length as it was. None if the block was cut off.
    """
    head = _HEAD_END.search(held)
    if b"\r" in held or not head:
        return None
    for behind in range(len(held) - len(held.rstrip(b"\n")) + 1):
        size = len(held) - behind
        # Of the HTTP head alone, or of the page too
        if length - size in (held.count(b"\n", 0, head.end()), held.count(b"\n", 0, size)):
            return size
    return None
