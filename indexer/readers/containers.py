"""Opens containers, in which dumps are packed, as streams: nothing is unpacked to disk.

A compressed file is a container with one member. Whatever is read from a container is bounded.
Members that would leave a folder they were unpacked to (`../`, absolute paths, links, devices) are
refused although none is unpacked: they were made with bad intent, or by mistake.
"""

import bz2
import gzip
import lzma
import re
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import PurePosixPath, PureWindowsPath
from typing import IO, NamedTuple, cast

from indexer.readers.origin import Origin
from indexer.readers.outcome import Reject
from indexer.readers.streams import (
    DAMAGE,
    BrokenError,
    Readable,
    Source,
    Stream,
    ZstdFile,
    buffered,
    seekable,
)

Member = tuple[Stream, Origin] | Reject


class Container(NamedTuple):
    """How a container is told by its first bytes, and what opens its members in their order.

    Each member must be read before the next is asked for.
    """

    matches: Callable[[bytes], object]
    members: Callable[[Stream, Origin], Iterator[Member]]


_ZIP_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
_ENCRYPTED = 0x1  # bit of a zip member's flags


def container_of(start: bytes) -> Container | None:
    """Return the container that content with these first bytes is, if any."""
    return next((container for container in CONTAINERS if container.matches(start)), None)


def open_compressed(
    stream: Stream, origin: Origin, *, name: str, opened: Callable[[IO[bytes]], Readable]
) -> Iterator[Member]:
    """Yield what a compressed stream holds."""
    packed = Source(stream, name, origin.depth)
    unpacked = opened(buffered(packed))
    yield (
        buffered(Source(unpacked, name, origin.depth, packed=lambda: packed.passed)),
        origin,
    )


def open_tar(stream: Stream, origin: Origin) -> Iterator[Member]:
    """Yield the files of a tar."""
    try:
        archive = tarfile.open(fileobj=stream, mode="r|")  # noqa: SIM115 - nothing to close
    except DAMAGE as error:
        raise BrokenError("tar cut off or damaged", origin.depth) from error
    while member := _next_of_tar(archive, origin.depth):
        where = origin.at(f":{member.name}")
        if member.isdir() or (member.isreg() and _is_hidden(member.name)):
            continue
        file = archive.extractfile(member) if member.isreg() and not member.issparse() else None
        if not _is_safe(member.name):
            yield Reject("container member with an unsafe path", where.place)
        elif file is None:
            yield Reject("container member that is a link or a device", where.place)
        else:
            yield buffered(Source(cast(Readable, file), "tar", origin.depth)), where


def open_zip(stream: Stream, origin: Origin) -> Iterator[Member]:
    """Yield the files of a zip in the order of its directory."""
    with seekable(stream, origin.depth) as file:
        try:
            archive = zipfile.ZipFile(file)
        except DAMAGE as error:
            raise BrokenError("zip cut off or damaged", origin.depth) from error
        with archive:
            if sum(info.compress_size for info in archive.infolist()) > file.seek(0, 2):
                raise BrokenError("decompression bomb: zip members overlap", origin.depth)
            for info in archive.infolist():
                if not info.is_dir() and not (
                    _is_hidden(info.filename) and _is_safe(info.filename)
                ):
                    yield _member_of_zip(archive, info, origin.at(f":{info.filename}"))


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


def _compressed(magic: bytes, name: str, opened: Callable[[IO[bytes]], Readable]) -> Container:
    return Container(re.compile(magic).match, partial(open_compressed, name=name, opened=opened))


CONTAINERS = (
    _compressed(rb"\x1f\x8b", "gzip", lambda stream: gzip.GzipFile(fileobj=stream)),
    _compressed(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)", "bzip2", bz2.BZ2File),
    _compressed(rb"\xfd7zXZ\x00", "xz", lzma.LZMAFile),
    _compressed(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18", "zstd", ZstdFile),
    Container(re.compile(rb"PK(?:\x03\x04|\x05\x06)").match, open_zip),
    Container(is_tar, open_tar),
)


def _next_of_tar(archive: tarfile.TarFile, depth: int) -> tarfile.TarInfo | None:
    archive.members = []  # type: ignore[attr-defined]  # else every header read is kept
    try:
        return archive.next()
    except DAMAGE as error:
        raise BrokenError("tar cut off or damaged", depth) from error


def _member_of_zip(archive: zipfile.ZipFile, info: zipfile.ZipInfo, where: Origin) -> Member:
    if not _is_safe(info.filename):
        return Reject("container member with an unsafe path", where.place)
    mode = info.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return Reject("container member that is a link or a device", where.place)
    if info.flag_bits & _ENCRYPTED:
        return Reject("zip member that is encrypted", where.place)
    if info.compress_type not in _ZIP_METHODS:
        return Reject("zip member packed by a method not known", where.place)
    try:
        file = cast(Readable, archive.open(info))
    except DAMAGE:
        return Reject("zip cut off or damaged", where.place)
    # Damage within a member leaves the others readable: it is a depth below the zip's own
    source = Source(file, "zip", where.depth + 1, packed=lambda: info.compress_size)
    return buffered(source), where


def _is_safe(name: str) -> bool:
    windows, posix = PureWindowsPath(name), PurePosixPath(name)
    is_absolute = posix.is_absolute() or bool(windows.drive or windows.root)
    return not is_absolute and ".." not in (*posix.parts, *windows.parts)


def _is_hidden(name: str) -> bool:
    """Return whether `find_dumps` would pass the file over too, or macOS added it to a zip."""
    parts = PurePosixPath(name).parts
    is_dotted = any(part.startswith(".") for part in parts) or "__MACOSX" in parts
    return is_dotted and _is_safe(name)
