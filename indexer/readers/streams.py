"""Stream the bytes of a dump to a reader: counted, bounded, and with a look ahead.

Every stream is an `io.BufferedReader` over a `RawStream`, so readers peek and read lines at the
speed of C.
"""

import io
import lzma
import re
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from tempfile import SpooledTemporaryFile
from typing import IO, Protocol, cast

if sys.version_info >= (3, 14):
    from compression.zstd import ZstdDecompressor as ZstdDecompressor
    from compression.zstd import ZstdError as ZstdError
    from compression.zstd import ZstdFile as ZstdFile
else:
    from backports.zstd import ZstdDecompressor as ZstdDecompressor
    from backports.zstd import ZstdError as ZstdError
    from backports.zstd import ZstdFile as ZstdFile

BLOCK = 1 << 17  # bytes; also how far a stream can be peeked into
SNIFFED_BYTES = 1 << 16  # first bytes, by which a format is recognized

# The densest honest dump known (one page saved over and over, xz) unpacks to under 150 times its
# size, a bomb of zeros to more than 1,000 times. Small files may have any ratio.
MAX_RATIO = 200
UNCHECKED_BYTES = 32_000_000
# The densest honest dumps hold a tenth of a record per octet: a headline packs into ten octets
UNCHECKED_RECORDS = 20_000
LARGEST_UNPACKED = 1 << 40  # bytes
LARGEST_SPOOLED = 4 << 30  # bytes on disk, for a zip or Parquet file that came as a stream
_SPOOLED_IN_MEMORY = 16_000_000  # bytes of a spooled file that stay in memory

# A CR ends the first line. JSON is left out: its texts may hold a CR, and it needs no lines
_CR_LINES = re.compile(rb"(?!(?:\xef\xbb\xbf)?\s*+[\[{])[^\r\n]*+\r(?!\n)")

DAMAGE = (
    OSError,
    EOFError,
    ValueError,
    zlib.error,
    lzma.LZMAError,
    ZstdError,
    zipfile.BadZipFile,
    tarfile.TarError,
    NotImplementedError,  # zipfile raises it for an unknown packing method
)
"""The errors that unpackers raise on content they cannot unpack."""


def most_records(packed: int) -> int:
    """Return how many records may honestly come from this many packed bytes."""
    return max(UNCHECKED_RECORDS, packed)


class BrokenStreamError(Exception):
    """A stream cannot be read further. `depth` is that of the container that cannot go on."""

    def __init__(self, reason: str, depth: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.depth = depth


class Readable(Protocol):
    """The part of a file's interface that unpackers share."""

    def read1(self, size: int, /) -> bytes: ...


class RawStream(io.RawIOBase):
    """A raw stream that fills blocks, counts bytes, and raises errors as `BrokenStreamError`."""

    def __init__(
        self,
        inner: Readable,
        damage: str,
        depth: int,
        *,
        packed: Callable[[], int] | None = None,
        on_bytes: Callable[[int], object] | None = None,
    ) -> None:
        """Read from `inner`; refuse a bomb by the packed size in bytes that `packed` returns."""
        self.passed = 0
        self._inner = inner
        self._damage = damage
        self._depth = depth
        self._packed = packed
        self._on_bytes = on_bytes
        self._failure: BrokenStreamError | None = None

    @property
    def packed_size(self) -> int | None:
        """Return the packed size of the content in bytes; None if it was not packed."""
        return self._packed() if self._packed else None

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.passed

    # The buffer protocol has no name in the type of RawIOBase that both checkers know.
    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill the buffer, or read to the end; raise a failure after the bytes before it."""
        if self._failure:
            raise self._failure
        view = memoryview(buffer).cast("B")
        filled = 0
        while filled < len(view) and (piece := self._read_piece(len(view) - filled)):
            view[filled : filled + len(piece)] = piece
            filled += len(piece)
        self.passed += filled
        if self._on_bytes:
            self._on_bytes(filled)
        if self._failure and not filled:
            raise self._failure
        return filled

    def _read_piece(self, size: int) -> bytes:
        if self._packed and self._is_bomb(self._packed()):
            self._failure = BrokenStreamError(
                "decompression bomb: unpacks without end", self._depth
            )
            return b""
        try:
            return self._inner.read1(size)
        except BrokenStreamError as error:
            self._failure = error
        except DAMAGE as error:
            detail = isinstance(error, OSError) and error.strerror
            reason = f"cannot be read: {detail}" if detail else f"{self._damage} cut off or damaged"
            self._failure = BrokenStreamError(reason, self._depth)
        return b""

    def _is_bomb(self, packed: int) -> bool:
        limit = max(UNCHECKED_BYTES, min(MAX_RATIO * packed, LARGEST_UNPACKED))
        return self.passed > limit


class RawFileStream(RawStream):
    """A source that can seek, as zip and Parquet need."""

    def __init__(self, file: IO[bytes], *, on_bytes: Callable[[int], object] | None) -> None:
        super().__init__(cast(Readable, file), "file", 0, on_bytes=on_bytes)
        self._file = file

    def seekable(self) -> bool:
        return self._file.seekable()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()


class FilePart:
    """The part of a file of `size` bytes from `start` on."""

    def __init__(self, file: IO[bytes], start: int, size: int) -> None:
        file.seek(start)
        self._file = file
        self._left = size

    def read1(self, size: int, /) -> bytes:
        piece = self._file.read(min(size, self._left))
        self._left -= len(piece)
        return piece


Stream = io.BufferedReader


def buffered(source: RawStream) -> Stream:
    return io.BufferedReader(source, BLOCK)


@contextmanager
def seekable(stream: Stream, depth: int) -> Iterator[IO[bytes]]:
    """Open the stream as a file that can seek; it is copied to disk if it cannot seek itself.

    Raises:
        BrokenStreamError: the stream broke; raised on exit, after the bytes before the damage.
    """
    if stream.seekable():
        yield stream
        return
    failure: BrokenStreamError | None = None
    with SpooledTemporaryFile(max_size=_SPOOLED_IN_MEMORY) as spooled:
        size = 0
        try:
            while block := stream.read1(BLOCK):
                size += len(block)
                if size > LARGEST_SPOOLED:
                    reason = f"larger than {LARGEST_SPOOLED:,} bytes within a stream"
                    raise BrokenStreamError(reason, depth)
                spooled.write(block)
        except BrokenStreamError as error:
            failure = error  # the bytes before the damage may be of use
        spooled.seek(0)
        yield cast(IO[bytes], spooled)
    if failure:
        raise failure


def ends_lines_with_cr(start: bytes) -> bool:
    """Return whether text with these first bytes has the line ends of the old Macintosh."""
    return _CR_LINES.match(start) is not None


def with_line_feeds(stream: Stream, depth: int) -> Stream:
    """Return the stream with a line feed for each CR and each CRLF."""
    return buffered(RawStream(_LineFeeds(stream), "text", depth))


class _LineFeeds:
    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def read1(self, size: int, /) -> bytes:
        while block := self._stream.read1(size):
            if block.endswith(b"\r") and self._stream.peek(1).startswith(b"\n"):
                block = block[:-1]  # the CR belongs to a CRLF, whose LF follows
            if block:
                return block.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        return b""


def read_bounded_line(stream: Stream, longest: int) -> tuple[bytes, bool]:
    """Return the next line and whether it is whole; the rest of a longer line is skipped."""
    line = stream.readline(longest)
    if len(line) < longest or line.endswith(b"\n"):
        return line, True
    while (piece := stream.readline(BLOCK)) and not piece.endswith(b"\n"):
        pass
    return line, False
