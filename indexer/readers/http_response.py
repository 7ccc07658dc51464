"""Parse an HTTP response as a crawler stored it: status, headers, body.

Left out: the features that only a client needs, such as ranges and trailers.
"""

import re
import zlib
from collections.abc import Callable, Mapping
from functools import partial

import brotli

from indexer.readers.streams import ZstdDecompressor, ZstdError

_STATUS = re.compile(rb"\S{4,12}[ \t]+(\d{3})\b")  # an octet of «HTTP» may be damaged
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_CHUNK = re.compile(rb"\s*([0-9A-Fa-f]{1,8})[^\r\n]{0,1000}\r?\n")
_GZIPPED = b"\x1f\x8b\x08"
_PIECE = 1 << 12  # packed bytes; a damaged octet costs its whole piece
LONGEST_HEAD = 1 << 16  # bytes, as in most servers' limits


class ResponseError(Exception):
    """A response cannot be decoded; the message is the reason."""


def parse_head(block: bytes) -> tuple[str, Mapping[str, str], int]:
    """Return the status, the headers by their lower-case names, and where the body begins.

    Raises:
        ResponseError: the block does not begin with a response's head.
    """
    status = _STATUS.match(block)
    end = _HEAD_END.search(block, 0, LONGEST_HEAD)
    if not status or not end:
        raise ResponseError("WARC response without HTTP headers")
    return status[1].decode(), parse_headers(block[: end.start()]), end.end()


def parse_headers(head: bytes) -> Mapping[str, str]:
    """Return the values of headers by their lower-case names; the first value of a name counts."""
    headers: dict[str, str] = {}
    for line in re.sub(rb"\r?\n[ \t]+", b" ", head).splitlines()[1:]:
        name, _, value = line.decode("utf-8", "replace").partition(":")
        headers.setdefault(name.strip().casefold(), value.strip())
    return headers


def decode_body(body: bytes, headers: Mapping[str, str], largest: int) -> bytes:
    """Return the body without its transfer and content encodings, cut behind `largest` bytes.

    Raises:
        ResponseError: the body is in no known encoding, or damaged from the first octet on.
    """
    if "chunked" in headers.get("transfer-encoding", "").casefold():
        body = _joined(body)
    encodings = headers.get("content-encoding", "").casefold().replace(",", " ").split()
    for encoding in reversed(encodings):
        body = _unpacked(body, encoding, largest)
    # Servers may send a packed file without a header that declares it
    return _unpacked(body, "gzip", largest) if body.startswith(_GZIPPED) else body


def _joined(body: bytes) -> bytes:
    """Return the chunks joined; return a body that crawlers stored without chunks unchanged."""
    chunks, start = [], 0
    while match := _CHUNK.match(body, start):
        size = int(match[1], 16)
        chunks.append(body[match.end() : match.end() + size])
        start = match.end() + size
        if not size:
            break
    return b"".join(chunks) if chunks else body


def _unpacked(body: bytes, encoding: str, largest: int) -> bytes:
    """Unpack the body up to the first damaged octet; return a body that is not packed unchanged."""
    if encoding in ("identity", "none", "utf-8"):
        return body
    for new in _UNPACKERS.get(encoding, ()):
        if unpacked := _unpacked_by(new(), body, largest):
            return unpacked
    if body.startswith(_GZIPPED) and encoding not in _UNPACKERS:
        return body
    # Crawlers unpack bodies, and leave the header as it was; servers write «UTF-8» or «8bit» in it
    if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") or not body:
        return body
    fault = "damaged content encoding" if encoding in _UNPACKERS else "content encoding not known"
    raise ResponseError(f"page in a {fault}")


def _unpacked_by(unpack: Callable[[bytes, int], bytes], body: bytes, largest: int) -> bytes:
    pieces, size = [], 0
    for start in range(0, len(body), _PIECE):
        try:
            piece = unpack(body[start : start + _PIECE], largest + 1 - size)
        except (zlib.error, brotli.error, ZstdError, EOFError):  # EOFError: octets behind the end
            break
        pieces.append(piece)
        size += len(piece)
        if size > largest:
            break
    return b"".join(pieces)


def _inflate(window: int) -> Callable[[bytes, int], bytes]:
    return zlib.decompressobj(window).decompress


def _unpack_brotli() -> Callable[[bytes, int], bytes]:
    unpacker = brotli.Decompressor()
    return lambda piece, size: bytes(unpacker.process(piece, output_buffer_limit=size))


def _unpack_zstd() -> Callable[[bytes, int], bytes]:
    return ZstdDecompressor().decompress


_GZIP = (partial(_inflate, 16 + zlib.MAX_WBITS),)
# «deflate» means zlib, and some servers send it without zlib's head
_DEFLATE = (partial(_inflate, zlib.MAX_WBITS), partial(_inflate, -zlib.MAX_WBITS))
_UNPACKERS: Mapping[str, tuple[Callable[[], Callable[[bytes, int], bytes]], ...]] = {
    "gzip": _GZIP,
    "x-gzip": _GZIP,
    "deflate": _DEFLATE,
    "br": (_unpack_brotli,),
    "zstd": (_unpack_zstd,),
}
