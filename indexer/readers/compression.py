"""Unpacks compressed streams, of one member or of several, as `cat a.gz b.gz` makes them.

Behind a damaged member the next one is searched for by its first octets, and its content follows
on a line of its own. The stream then ends in an error, so that the damage is told.
"""

import re
import zlib
from collections import deque
from collections.abc import Callable
from typing import Protocol

from indexer.readers.streams import DAMAGE, Stream

PIECE = 1 << 12  # packed bytes that are fed at a time
# Packed bytes in which the next member may begin: an unpacker may notice only behind its beginning
_PIECES_BEHIND = 32
_LONGEST_BEGINNING = 16  # bytes
_MOST_GAPS = 1000  # in a stream, so that a hostile one is given up
_LARGEST_CHECKED = 1_000_000  # bytes that a member is unpacked to before it is taken for one


class Decompressor(Protocol):
    """What the decompressors of bz2, lzma and zstd have in common."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1, /) -> bytes: ...


class Inflater:
    """zlib's decompressor as a `Decompressor`; what stands before damage is kept."""

    def __init__(self, window: int = 16 + zlib.MAX_WBITS) -> None:
        """Take `window` as zlib does, which tells the kind of the stream by it."""
        self._inner = self._before = zlib.decompressobj(window)
        self._fed = b""  # since `_before` was copied
        self._passed = 0  # unpacked bytes of it
        self._rest = b""  # of what stands before the damage
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
        """Unpack what was fed last octet by octet, to the one at which it cannot go on."""
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
        """Unpack each member by a `new` decompressor; `beginning` tells where one may begin."""
        self._packed = packed
        self._new = new
        self._beginning = beginning
        self._decompressor: Decompressor | None = new()
        self._held = b""  # packed, and not yet fed
        self._fed: deque[bytes] = deque(maxlen=_PIECES_BEHIND)  # of the present member
        self._gaps = 0
        self._has_content = False
        self._is_behind_gap = False

    def read1(self, size: int, /) -> bytes:
        """Return up to `size` bytes of the content, and none at its end.

        Raises:
            EOFError: the end is reached, and something was damaged.
        """
        while self._decompressor or (self._gaps <= _MOST_GAPS and self._begin_member()):
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
        """Return some of the content of the present member; nothing at its end."""
        unpacking = self._decompressor
        while unpacking and not unpacking.eof:
            is_fed = not unpacking.needs_input
            fed = b"" if is_fed else self._take()
            if piece := unpacking.decompress(fed, size):
                return piece
            if not (is_fed or fed or unpacking.eof):
                raise EOFError
        if unpacking:
            self._held = unpacking.unused_data + self._held
        self._decompressor = None
        return b""

    def _take(self) -> bytes:
        if not self._held:
            self._held = self._packed.read1(PIECE)
        piece, self._held = self._held[:PIECE], self._held[PIECE:]
        self._fed.append(piece)
        return piece

    def _begin_member(self) -> bool:
        """Begin the next member, behind zeros that fill a block; return whether there is one."""
        while not (held := self._held.lstrip(b"\x00")) and self._grow():
            pass
        self._held = held
        while len(self._held) < _LONGEST_BEGINNING and self._grow():
            pass
        self._fed.clear()
        is_next = self._beginning.match(self._held) is not None
        if not self._held or not (is_next or self._find_member(0)):
            return False
        self._decompressor = self._new()
        return True

    def _skip_to_member(self) -> None:
        """Begin the next member, whose beginning the damaged one may have taken in."""
        self._held = b"".join((*self._fed, self._held))
        self._fed.clear()
        # The damaged one does not begin a second time
        self._decompressor = self._new() if self._find_member(1) else None

    def _find_member(self, start: int) -> bool:
        """Move to where a member may begin; return whether there is any."""
        self._is_behind_gap = self._has_content
        self._gaps += 1
        while self._gaps <= _MOST_GAPS:
            is_end = not self._packed.peek(1)
            for match in self._beginning.finditer(self._held, start):
                self._gaps += 1
                if not is_end or self._is_member(self._held[match.start() :]):
                    self._held = self._held[match.start() :]
                    return True
            if is_end:
                break
            self._held, start = self._held[1 - _LONGEST_BEGINNING :], 0
            self._grow()
        self._held = b""
        return False

    def _is_member(self, content: bytes) -> bool:
        """Return whether a member begins here, and not in what was stored by another packer."""
        unpacking, size = self._new(), 0
        try:
            while not unpacking.eof and size < _LARGEST_CHECKED:
                piece = unpacking.decompress(content, _LARGEST_CHECKED)
                size, content = size + len(piece), b""
                if not piece and unpacking.needs_input:
                    return True  # cut off
        except DAMAGE:
            return False
        behind = unpacking.unused_data.lstrip(b"\x00")
        return not behind or self._beginning.match(behind) is not None

    def _grow(self) -> bool:
        block = self._packed.read1(PIECE)
        self._held += block
        return bool(block)
