"""Open the containers that dumps are packed in, as streams: nothing is unpacked to disk.

A compressed file is a container with one member. All content of a container is bounded in size.
Members that would leave the folder they are unpacked to (`../`, absolute paths, links, devices) are
refused although none is unpacked: they were made with bad intent, or by mistake.
"""

import bz2
import lzma
import re
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import PurePosixPath, PureWindowsPath
from tarfile import InvalidHeaderError, TruncatedHeaderError  # type: ignore[attr-defined]
from typing import IO, NamedTuple, cast

from indexer.readers.compression import Decompressor, Inflater, Members
from indexer.readers.origin import Origin
from indexer.readers.outcome import Reject
from indexer.readers.streams import (
    DAMAGE,
    BrokenStreamError,
    RawStream,
    Readable,
    Stream,
    ZstdDecompressor,
    buffered,
    seekable,
)
from indexer.readers.zip_content import ZipContent, has_size, next_file

Member = tuple[Stream, Origin] | Reject


class Container(NamedTuple):
    """A kind of container: a test of its first bytes, and a function that yields its members.

    Members come in their order; each must be read before the next is opened.
    """

    matches: Callable[[bytes], object]
    members: Callable[[Stream, Origin], Iterator[Member]]


_ZIP_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
_BAD_TAR = "tar cut off or damaged"
_BAD_ZIP = "zip cut off or damaged"
_NO_METHOD = "zip member packed by an unknown method"
_ENCRYPTED = 0x1  # bit of a zip member's flags


def container_of(start: bytes) -> Container | None:
    """Return the container that content with these first bytes is, if any."""
    return next((container for container in CONTAINERS if container.matches(start)), None)


def open_compressed(
    stream: Stream,
    origin: Origin,
    *,
    name: str,
    new: Callable[[], Decompressor],
    beginning: re.Pattern[bytes],
) -> Iterator[Member]:
    """Yield the content of a compressed stream as its only member."""
    packed = RawStream(stream, name, origin.depth)
    unpacked = Members(buffered(packed), new, beginning)
    yield (
        buffered(RawStream(unpacked, name, origin.depth, packed=lambda: packed.passed)),
        origin,
    )


def open_tar(stream: Stream, origin: Origin) -> Iterator[Member]:
    """Yield the files of a tar; blocks that are no valid header are skipped."""
    packed = _UpToFailure(stream)
    try:
        archive = _Tar.open(
            fileobj=cast(IO[bytes], packed), mode="r|", tarinfo=_Header, ignore_zeros=True
        )
    except DAMAGE as error:
        raise packed.failure or BrokenStreamError(_BAD_TAR, origin.depth) from error
    while True:
        archive.members = []  # otherwise tarfile keeps every header
        try:
            member = archive.next()
        except DAMAGE as error:
            raise packed.failure or BrokenStreamError(_BAD_TAR, origin.depth) from error
        if member is None:
            break
        where = origin.at(f":{member.name}")
        if member.isdir() or (member.isreg() and _is_hidden(member.name)):
            continue
        file = archive.extractfile(member) if member.isreg() and not member.issparse() else None
        if not _is_safe(member.name):
            yield Reject("container member with an unsafe path", where.place)
        elif file is None:
            yield Reject("container member that is a link or a device", where.place)
        else:
            content = _TarMember(cast(Readable, file), packed)
            yield buffered(RawStream(content, "tar", origin.depth)), where
    if packed.failure:
        raise packed.failure
    if archive.is_damaged:
        yield Reject(_BAD_TAR, origin.place)


class _Tar(tarfile.TarFile):
    is_damaged = False
    members: list[tarfile.TarInfo]


class _Header(tarfile.TarInfo):
    @classmethod
    def fromtarfile(cls, tarfile: tarfile.TarFile) -> "_Header":
        try:
            return super().fromtarfile(tarfile)
        except (InvalidHeaderError, TruncatedHeaderError):
            cast(_Tar, tarfile).is_damaged = True
            raise


class _UpToFailure:
    """A stream that ends where it breaks, so that no bytes before the damage are lost."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self.failure: BrokenStreamError | None = None

    def read(self, size: int) -> bytes:
        pieces: list[bytes] = []
        try:
            while not self.failure and size and (piece := self._stream.read1(size)):
                pieces.append(piece)
                size -= len(piece)
        except BrokenStreamError as error:
            self.failure = error
        return b"".join(pieces)


class _TarMember:
    """The content of a file; where the stream broke, its error is raised in place of tarfile's."""

    def __init__(self, file: Readable, packed: _UpToFailure) -> None:
        self._file = file
        self._packed = packed

    def read1(self, size: int, /) -> bytes:
        try:
            piece = self._file.read1(size)
        except DAMAGE as error:
            raise self._packed.failure or error from error
        if not piece and self._packed.failure:
            raise self._packed.failure
        return piece


def open_zip(stream: Stream, origin: Origin) -> Iterator[Member]:
    """Yield the files of a zip in the order of its directory, or as they lie if it has none."""
    with seekable(stream, origin.depth) as file:
        try:
            archive = zipfile.ZipFile(file)
        except DAMAGE as error:
            yield from _files_without_directory(file, origin)
            raise BrokenStreamError(_BAD_ZIP, origin.depth) from error
        with archive:
            if sum(info.compress_size for info in archive.infolist()) > file.seek(0, 2):
                raise BrokenStreamError("decompression bomb: zip members overlap", origin.depth)
            for info in archive.infolist():
                if not _is_passed_over(info):
                    where = origin.at(f":{info.filename}")
                    yield _member_of_zip(archive, file, info, where)


def _files_without_directory(file: IO[bytes], origin: Origin) -> Iterator[Member]:
    """Yield the files of a zip that was cut off, found by the header before each file."""
    place = 0
    while info := next_file(file, place):
        place = info.header_offset + 1
        if _is_passed_over(info):
            continue
        where = origin.at(f":{info.filename}")
        is_known = has_size(info)
        reason = _refusal_of(info, is_size_known=is_known)
        if reason or info.compress_type == zipfile.ZIP_LZMA:
            yield Reject(reason or _NO_METHOD, where.place)
            continue
        content = ZipContent(file, info, is_size_known=is_known)
        yield _of_zip(content, where, lambda: content.packed_size)  # noqa: B023 - read at once
        # The search skips the content: the files of a zip within it would be read twice
        place = max(place, content.end)


def is_tar(start: bytes) -> bool:
    """Return whether the first block is a tar header: it has no magic number, but a checksum."""
    block = start[: tarfile.BLOCKSIZE]
    if len(block) < tarfile.BLOCKSIZE or not block.strip(b"\x00"):
        return False
    try:
        tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return False
    return True


def _compressed(
    magic: bytes, name: str, new: Callable[[], Decompressor], beginning: bytes | None = None
) -> Container:
    """Build a container; `beginning` is a stricter `magic`, by which members are searched for."""
    begins = re.compile(beginning or magic, re.S)
    members = partial(open_compressed, name=name, new=new, beginning=begins)
    return Container(re.compile(magic).match, members)


CONTAINERS = (
    _compressed(
        rb"\x1f\x8b", "gzip", Inflater, rb"\x1f\x8b\x08[\x00-\x1f].{4}[\x00\x02\x04][\x00-\x0d\xff]"
    ),
    _compressed(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)", "bzip2", bz2.BZ2Decompressor),
    _compressed(rb"\xfd7zXZ\x00", "xz", lzma.LZMADecompressor),
    _compressed(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18", "zstd", ZstdDecompressor),
    Container(re.compile(rb"PK(?:\x03\x04|\x05\x06)").match, open_zip),
    Container(is_tar, open_tar),
)


def _member_of_zip(
    archive: zipfile.ZipFile, file: IO[bytes], info: zipfile.ZipInfo, where: Origin
) -> Member:
    if reason := _refusal_of(info):
        return Reject(reason, where.place)
    try:
        if info.compress_type == zipfile.ZIP_LZMA:
            content = cast(Readable, archive.open(info))
        else:
            content = ZipContent(file, info)
    except DAMAGE:
        return Reject(_BAD_ZIP, where.place)
    return _of_zip(content, where, lambda: info.compress_size)


def _of_zip(content: Readable, where: Origin, packed: Callable[[], int]) -> Member:
    # Damage in a member leaves the others readable, so it is one level deeper than the zip's own
    return buffered(RawStream(content, "zip", where.depth + 1, packed=packed)), where


def _refusal_of(info: zipfile.ZipInfo, *, is_size_known: bool = True) -> str | None:
    """Return why a file of a zip is not read; None if it is read."""
    if not _is_safe(info.filename):
        return "container member with an unsafe path"
    if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG):
        return "container member that is a link or a device"
    if info.flag_bits & _ENCRYPTED:
        return "zip member that is encrypted"
    if info.compress_type not in _ZIP_METHODS:
        return _NO_METHOD
    if not is_size_known and info.compress_type == zipfile.ZIP_STORED:
        return _BAD_ZIP  # its end is not known
    return None


def _is_passed_over(info: zipfile.ZipInfo) -> bool:
    return info.is_dir() or (_is_hidden(info.filename) and _is_safe(info.filename))


def _is_safe(name: str) -> bool:
    windows, posix = PureWindowsPath(name), PurePosixPath(name)
    is_absolute = posix.is_absolute() or bool(windows.drive or windows.root)
    return not is_absolute and ".." not in (*posix.parts, *windows.parts)


def _is_hidden(name: str) -> bool:
    """Return whether `find_dumps` would skip the file too, or macOS added it to a zip."""
    parts = PurePosixPath(name).parts
    is_dotted = any(part.startswith(".") for part in parts) or "__MACOSX" in parts
    return is_dotted and _is_safe(name)
