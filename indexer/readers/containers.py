"""Opens what dumps are packed in, as streams: nothing is unpacked to disk, everything is bounded.

Members that would leave a folder they were unpacked to (`../`, absolute paths, links, devices) are
refused although none is unpacked: whoever made them meant harm, or made them wrong.
"""

import bz2
import gzip
import lzma
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath, PureWindowsPath
from typing import IO, cast

from indexer.readers.formats import Format
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

_UNPACKERS: dict[Format, Callable[[IO[bytes]], Readable]] = {
    Format.GZIP: lambda stream: gzip.GzipFile(fileobj=stream),
    Format.BZIP2: bz2.BZ2File,
    Format.XZ: lzma.LZMAFile,
    Format.ZSTD: ZstdFile,
}
COMPRESSED = frozenset(_UNPACKERS)
_ZIP_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
_ENCRYPTED = 0x1  # bit of a zip member's flags

Member = tuple[Stream, Origin] | Reject


def unpack(stream: Stream, packing: Format, depth: int) -> Stream:
    """Give what a compressed stream holds."""
    packed = Source(stream, packing, depth)
    inner: Readable = _UNPACKERS[packing](buffered(packed))
    return buffered(Source(inner, packing, depth, packed=lambda: packed.passed))


def members_of_tar(stream: Stream, origin: Origin, depth: int) -> Iterator[Member]:
    """Give the files of a tar in their order; each must be read before the next is asked for."""
    try:
        archive = tarfile.open(fileobj=stream, mode="r|")  # noqa: SIM115 - nothing to close
    except DAMAGE as error:
        raise BrokenError("tar cut off or damaged", depth) from error
    while member := _next_of_tar(archive, depth):
        where = origin.at(f":{member.name}")
        if member.isdir() or (member.isreg() and _is_hidden(member.name)):
            continue
        file = archive.extractfile(member) if member.isreg() and not member.issparse() else None
        if not _is_safe(member.name):
            yield Reject("container member with an unsafe path", where.place)
        elif file is None:
            yield Reject("container member that is a link or a device", where.place)
        else:
            yield buffered(Source(cast(Readable, file), "tar", depth)), where


def members_of_zip(stream: Stream, origin: Origin, depth: int) -> Iterator[Member]:
    """Give the files of a zip in the order of its directory."""
    with seekable(stream, depth) as file:
        try:
            archive = zipfile.ZipFile(file)
        except DAMAGE as error:
            raise BrokenError("zip cut off or damaged", depth) from error
        with archive:
            if sum(info.compress_size for info in archive.infolist()) > file.seek(0, 2):
                raise BrokenError("decompression bomb: zip members overlap", depth)
            for info in archive.infolist():
                if not info.is_dir() and not (
                    _is_hidden(info.filename) and _is_safe(info.filename)
                ):
                    yield _member_of_zip(archive, info, origin.at(f":{info.filename}"), depth)


def _next_of_tar(archive: tarfile.TarFile, depth: int) -> tarfile.TarInfo | None:
    archive.members = []  # type: ignore[attr-defined]  # else every header read is kept
    try:
        return archive.next()
    except DAMAGE as error:
        raise BrokenError("tar cut off or damaged", depth) from error


def _member_of_zip(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, where: Origin, depth: int
) -> Member:
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
    packed = Source(file, "zip", depth + 1, packed=lambda: info.compress_size)
    return buffered(packed), where


def _is_safe(name: str) -> bool:
    windows, posix = PureWindowsPath(name), PurePosixPath(name)
    is_absolute = posix.is_absolute() or bool(windows.drive or windows.root)
    return not is_absolute and ".." not in (*posix.parts, *windows.parts)


def _is_hidden(name: str) -> bool:
    """Tell what find_dumps passes over too, and what macOS adds to a zip."""
    parts = PurePosixPath(name).parts
    is_dotted = any(part.startswith(".") for part in parts) or "__MACOSX" in parts
    return is_dotted and _is_safe(name)
