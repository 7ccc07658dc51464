"""Read the files of a zip, even where its directory was cut off (PKWARE, APPNOTE.TXT 4.3).

Content before damage is kept, and a file with a wrong checksum is read to its end before the error.
"""

import bz2
import re
import zipfile
import zlib
from typing import IO

from indexer.readers.compression import PIECE, Decompressor, Inflater

_HEADER = re.compile(rb"PK\x03\x04.{26}", re.S)
_HEADER_SIZE = 30  # bytes before the name
_LONGEST_NAME = 1000  # bytes; a longer name is cut
_HAS_NO_SIZE = 0x8  # bit of the flags: sizes and checksum stand behind the file
_IS_UTF8 = 0x800


class ZipContent:
    """The content of one file."""

    def __init__(
        self, file: IO[bytes], info: zipfile.ZipInfo, *, is_size_known: bool = True
    ) -> None:
        """Open the file.

        Raises:
            BadZipFile: no header stands where the zip's directory says.
        """
        header = _at(file, info.header_offset, _HEADER_SIZE)
        if not _HEADER.match(header):
            raise zipfile.BadZipFile
        self._file = file
        self._size = info.compress_size if is_size_known else None
        self._expected_sum = info.CRC if is_size_known else None
        lengths = int.from_bytes(header[26:28], "little"), int.from_bytes(header[28:30], "little")
        self._start = self._place = info.header_offset + _HEADER_SIZE + sum(lengths)
        self._decompressor: Decompressor | None = None
        if info.compress_type == zipfile.ZIP_DEFLATED:
            self._decompressor = Inflater(-zlib.MAX_WBITS)
        elif info.compress_type == zipfile.ZIP_BZIP2:
            self._decompressor = bz2.BZ2Decompressor()
        self._sum = 0

    @property
    def packed_size(self) -> int:
        """Return the size of the file in the zip in bytes, as far as it is known."""
        return self._place - self._start if self._size is None else self._size

    @property
    def end(self) -> int:
        """Return the place in the zip behind the bytes that were read."""
        unused = self._decompressor.unused_data if self._decompressor else b""
        return self._place - len(unused)

    def read1(self, size: int, /) -> bytes:
        """Return up to `size` bytes of the content, or no bytes at its end.

        Raises:
            BadZipFile: the end is reached, and the checksum differs.
        """
        piece = self._unpack(size) if self._decompressor else self._take(size)
        self._sum = zlib.crc32(piece, self._sum)
        if not piece and self._expected_sum not in (None, self._sum):
            raise zipfile.BadZipFile
        return piece

    def _unpack(self, size: int) -> bytes:
        decompressor = self._decompressor
        while decompressor and not decompressor.eof:
            packed = self._take(PIECE) if decompressor.needs_input else b""
            has_input = bool(packed) or not decompressor.needs_input
            if piece := decompressor.decompress(packed, size):
                return piece
            if not has_input and not decompressor.eof:
                raise EOFError
        return b""

    def _take(self, size: int) -> bytes:
        if self._size is not None:
            size = min(size, self._start + self._size - self._place)
        piece = _at(self._file, self._place, size)
        self._place += len(piece)
        return piece


def next_file(file: IO[bytes], start: int) -> zipfile.ZipInfo | None:
    """Return the first file whose header stands at `start` or behind it."""
    while len(block := _at(file, start, PIECE)) >= _HEADER_SIZE:
        for header in _HEADER.finditer(block):
            place = start + header.start()
            info = _info_of(_at(file, place, _HEADER_SIZE + _LONGEST_NAME), place)
            if info.filename:
                return info
        start += len(block) - _HEADER_SIZE + 1
    return None


def has_size(info: zipfile.ZipInfo) -> bool:
    """Return whether the header of a file holds its size; otherwise the size stands behind it."""
    return not info.flag_bits & _HAS_NO_SIZE or info.compress_size > 0


def _info_of(header: bytes, place: int) -> zipfile.ZipInfo:
    numbers = {n: int.from_bytes(header[n : n + size], "little") for n, size in _NUMBERS}
    name = header[_HEADER_SIZE : _HEADER_SIZE + numbers[26]]
    encoding = "utf-8" if numbers[6] & _IS_UTF8 else "cp437"
    info = zipfile.ZipInfo(name.decode(encoding, "replace"))
    info.flag_bits, info.compress_type = numbers[6], numbers[8]
    info.CRC, info.compress_size = numbers[14], numbers[18]
    info.header_offset = place
    return info


# Offset and size of the flags, the method, the checksum, the packed size, the name's length
_NUMBERS = ((6, 2), (8, 2), (14, 4), (18, 4), (26, 2))


def _at(file: IO[bytes], place: int, size: int) -> bytes:
    file.seek(place)
    return file.read(size)
