"""Unpack compressed streams of one or several members, as `cat a.gz b.gz` makes them.

After a damaged member, the next member is searched for by its first octets, and its content follows
on a line of its own. The stream then ends in an error, so that the damage is reported.
"""

import re
import zlib
from collections import deque
from collections.abc import Callable
from typing import Protocol

from indexer.readers.streams import DAMAGE, Stream

PIECE = 1 << 12  # packed bytes that are fed at a time
# Pieces in which the next member may begin: an unpacker may notice the damage only after that
_PIECES_BEHIND = 32
_LONGEST_BEGINNING = 16  # bytes
_MAX_GAPS = 1000  # in a stream; a hostile stream with more is given up
_LARGEST_CHECKED = 1_000_000  # unpacked bytes, after which a member is accepted


class Decompressor(Protocol):
    """The interface that the decompressors of bz2, lzma and zstd share."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1, /) -> bytes: ...


class Inflater:
    """zlib's decompressor as a `Decompressor`; the content before damage is kept."""

    def __init__(self, window: int = 16 + zlib.MAX_WBITS) -> None:
        """Take `window` as zlib does: it selects the kind of the stream."""
        self._inner = self._before = zlib.decompressobj(window)
        self._fed = b""  # packed bytes fed since `_before` was copied
        self._passed = 0  # unpacked bytes of `_fed` that were returned
        self._rest = b""  # content before the damage that is not yet returned
        self._is_broken = False

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        return not self._inner.unconsumed_tail and not self._is_broken

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int = -1, /) -> bytes:
        if data:
            self._before, self._fed, self._passed = self._inner.copy(), data, 0
        if not self._is_broken:
            try:
                piece = self._inner.decompress(self._inner.unconsumed_tail + data, max_length)
            except zlib.error:
                self._is_broken = True
                self._rest = self._before_damage()[self._passed :]
            else:
                self._passed += len(piece)
                return piece
        if not self._rest:
            raise zlib.error
        size = max_length if max_length >= 0 else len(self._rest)
        piece, self._rest = self._rest[:size], self._rest[size:]
        return piece

    def _before_damage(self) -> bytes:
        """Unpack the last piece octet by octet, up to the octet that is damaged."""
        pieces = []
        for place in range(len(self._fed)):
            try:
                pieces.append(self._before.decompress(self._fed[place : place + 1]))
            except zlib.error:
                break
        return b"".join(pieces)


class Members:
    """The content of all members of a compressed stream."""

    def __init__(
        self, packed: Stream, new: Callable[[], Decompressor], beginning: re.Pattern[bytes]
    ) -> None:
        """Unpack each member by a `new` decompressor; `beginning` matches the start of a member."""
        self._packed = packed
        self._new = new
        self._beginning = beginning
        self._decompressor: Decompressor | None = new()
        self._buffer = b""  # packed bytes, not yet fed
        self._fed: deque[bytes] = deque(maxlen=_PIECES_BEHIND)  # pieces of the present member
        self._gaps = 0
        self._has_content = False
        self._is_behind_gap = False

    def read1(self, size: int, /) -> bytes:
        """Return up to `size` bytes of the content, or no bytes at its end.

        Raises:
            EOFError: the end is reached, and a member was damaged.
        """
        while self._decompressor or (self._gaps <= _MAX_GAPS and self._begin_member()):
            if self._is_behind_gap:
                self._is_behind_gap = False
                return b"\n"
            try:
                if piece := self._unpack(size):
                    self._has_content = True
                    return piece
            except DAMAGE:
                self._skip_to_member()
        if self._gaps:
            raise EOFError
        return b""

    def _unpack(self, size: int) -> bytes:
        """Return part of the content of the present member, or no bytes at its end."""
        decompressor = self._decompressor
        while decompressor and not decompressor.eof:
            has_input = not decompressor.needs_input
            packed = b"" if has_input else self._take()
            if piece := decompressor.decompress(packed, size):
                return piece
            if not (has_input or packed or decompressor.eof):
                raise EOFError
        if decompressor:
            self._buffer = decompressor.unused_data + self._buffer
        self._decompressor = None
        return b""

    def _take(self) -> bytes:
        if not self._buffer:
            self._buffer = self._packed.read1(PIECE)
        piece, self._buffer = self._buffer[:PIECE], self._buffer[PIECE:]
        self._fed.append(piece)
        return piece

    def _begin_member(self) -> bool:
        """Begin the next member, after zeros that fill a block; return whether a member follows."""
        while not (stripped := self._buffer.lstrip(b"\x00")) and self._grow():
            pass
        self._buffer = stripped
        while len(self._buffer) < _LONGEST_BEGINNING and self._grow():
            pass
        self._fed.clear()
        is_next = self._beginning.match(self._buffer) is not None
        if not self._buffer or not (is_next or self._find_member(0)):
            return False
        self._decompressor = self._new()
        return True

    def _skip_to_member(self) -> None:
        """Begin the member after a damaged member, which may have taken in its beginning."""
        self._buffer = b"".join((*self._fed, self._buffer))
        self._fed.clear()
        # The damaged member itself must not begin a second time
        self._decompressor = self._new() if self._find_member(1) else None

    def _find_member(self, start: int) -> bool:
        """Move to the next place where a member may begin; return False if there is none."""
        self._is_behind_gap = self._has_content
        self._gaps += 1
        while self._gaps <= _MAX_GAPS:
            is_end = not self._packed.peek(1)
            for match in self._beginning.finditer(self._buffer, start):
                self._gaps += 1
                if not is_end or self._is_member(self._buffer[match.start() :]):
                    self._buffer = self._buffer[match.start() :]
                    return True
            if is_end:
                break
            self._buffer, start = self._buffer[1 - _LONGEST_BEGINNING :], 0
            self._grow()
        self._buffer = b""
        return False

    def _is_member(self, content: bytes) -> bool:
        """Return whether `content` begins a member, and not data that a member stores."""
        decompressor, size = self._new(), 0
        try:
            while not decompressor.eof and size < _LARGEST_CHECKED:
                piece = decompressor.decompress(content, _LARGEST_CHECKED)
                size, content = size + len(piece), b""
                if not piece and decompressor.needs_input:
                    return True  # cut off
        except DAMAGE:
            return False
        behind = decompressor.unused_data.lstrip(b"\x00")
        return not behind or self._beginning.match(behind) is not None

    def _grow(self) -> bool:
        block = self._packed.read1(PIECE)
        self._buffer += block
        return bool(block)
