"""Find the dumps that a user named, and read each with the reader of its format."""

import logging
import os
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import IO, NamedTuple, cast

from indexer.readers.columns import Columns
from indexer.readers.containers import Container, container_of
from indexer.readers.encodings import is_widened, recoded, wide_encoding_of
from indexer.readers.jsonl import read_jsonl
from indexer.readers.mojibake import Damage
from indexer.readers.origin import Origin
from indexer.readers.outcome import Note, Outcome, Reject
from indexer.readers.registry import binary_reader_of, is_binary, text_reader_of
from indexer.readers.streams import (
    BLOCK,
    SNIFFED_BYTES,
    UNCHECKED_RECORDS,
    BrokenStreamError,
    FilePart,
    RawFileStream,
    RawStream,
    Stream,
    buffered,
    ends_lines_with_cr,
    most_records,
    with_line_feeds,
)
from search.errors import SearchError

logger = logging.getLogger(__name__)

# A zip of tar.gz of gzipped pages is four deep; a deeper file is taken to contain itself
DEEPEST = 4


class DumpError(SearchError):
    """A dump that the user named does not exist, or cannot be opened."""


class LineRange(NamedTuple):
    """Whole lines of a file: their place and size in bytes, and the number of lines above them."""

    start: int
    size: int
    above: int


def find_dumps(paths: Sequence[str]) -> list[Path | None]:
    """Return the files to read, with the files of a folder in the order of their names.

    None stands for standard input. A path that a user named is read wherever it leads. A link
    within a folder is read only if it leads to a file of the folder, and that file is read once.

    Raises:
        DumpError: a path does not exist, or is neither a file nor a folder.
    """
    files: list[Path | None] = []
    for name in paths:
        path = Path(name)
        if name == "-":
            files.append(None)
        elif path.is_dir():
            files += _files_within(path)
        elif path.is_file():
            files.append(path)
        elif path.exists():
            raise DumpError(
                f"{name} is a {_kind_of(path)}, expected a file or a folder: name a file, or send"
                " its content to standard input with -"
            )
        else:
            raise DumpError(f"no file or folder at {name}: expected a dump; check the path")
    return files


def size_of(files: Sequence[Path | None]) -> int | None:
    """Return the total size of the files in bytes; None if the size of a file is not known."""
    if any(path is None or not path.is_file() for path in files):
        return None
    return sum(path.stat().st_size for path in files if path)


def place_of(path: Path | None) -> str:
    """Return the name of a dump for messages; bytes that are not UTF-8 are replaced."""
    return "standard input" if path is None else os.fsencode(path).decode("utf-8", "replace")


def line_ranges(path: Path, columns: Columns, size: int) -> list[LineRange]:
    """Return ranges of about `size` bytes that can be read apart; none if the format has no such.

    Only JSONL that is not packed has them, because each of its lines is read on its own.
    """
    if path.stat().st_size < 2 * size:
        return []
    try:
        with path.open("rb") as file:
            return _ranges(file, size) if _is_plain_jsonl(file, columns) else []
    except OSError:  # the file is a Reject when it is read
        return []


def _is_plain_jsonl(file: IO[bytes], columns: Columns) -> bool:
    start = file.read(SNIFFED_BYTES)
    file.seek(0)
    is_text = not (
        container_of(start)
        or binary_reader_of(start)
        or wide_encoding_of(start)
        or is_binary(start)
        or ends_lines_with_cr(start)
    )
    return is_text and text_reader_of(start, columns) is read_jsonl


def _ranges(file: IO[bytes], size: int) -> list[LineRange]:
    ranges = []
    start = above = 0
    while block := file.read(size):
        lines, stop = block.count(b"\n"), start + len(block)
        while (rest := file.readline(BLOCK)) and not rest.endswith(b"\n"):
            stop += len(rest)
        ranges.append(LineRange(start, stop + len(rest) - start, above))
        start, above = stop + len(rest), above + lines + bool(rest)
    return ranges


def read_dump(
    path: Path | None,
    origin: Origin,
    *,
    on_bytes: Callable[[int], object] | None = None,
    lines: LineRange | None = None,
) -> Iterator[Outcome]:
    """Yield the outcomes of one file, or of standard input, in any format.

    A `Reject` stands for content that cannot be read. `on_bytes` is called with the number of bytes
    that were taken from the file since its last call. `lines` is one of the file's `line_ranges`.
    """
    progress = _ByteCount(lines.size if lines else size_of([path]), on_bytes)
    try:
        with ExitStack() as opened:
            file = sys.stdin.buffer if path is None else opened.enter_context(path.open("rb"))
            if lines:
                part = FilePart(file, lines.start, lines.size)
                stream = buffered(RawStream(part, "file", 0, on_bytes=progress.add))
                yield from read_jsonl(stream, origin, above=lines.above)
            else:
                yield from _read(buffered(RawFileStream(file, on_bytes=progress.add)), origin)
    except BrokenStreamError as error:
        yield Reject(error.reason, origin.place)
    except OSError as error:
        yield Reject(f"cannot be read: {error.strerror}", origin.place)
    progress.add_rest()
    origin.columns.log_ignored(origin.place)


class _ByteCount:
    """A count of the bytes of a file, each once; a zip is read out of order, a picture in part."""

    def __init__(self, size: int | None, on_bytes: Callable[[int], object] | None) -> None:
        self._left = size
        self._on_bytes = on_bytes

    def add(self, count: int) -> None:
        if self._left is not None:
            count = min(count, self._left)
            self._left -= count
        if self._on_bytes and count:
            self._on_bytes(count)

    def add_rest(self) -> None:
        self.add(self._left or 0)


def _read(stream: Stream, origin: Origin) -> Iterator[Outcome]:
    """Yield the outcomes of a stream, in any containers; an empty stream is a Reject."""
    is_empty = True
    for outcome in _read_content(stream, origin):
        is_empty = False
        yield outcome
    if is_empty:
        yield Reject("empty", origin.place)


def _read_content(stream: Stream, origin: Origin) -> Iterator[Outcome]:
    start = stream.peek(SNIFFED_BYTES)[:SNIFFED_BYTES]
    if container := container_of(start):
        yield from _read_members(stream, container, origin)
    elif read := binary_reader_of(start):
        yield from read(stream, origin)
    elif encoding := wide_encoding_of(start):
        if is_widened(start):
            yield Note(Damage.REPAIRED)
        yield from _read(recoded(stream, origin.depth, encoding), origin)
    elif not start.strip(b" \t\r\n\xef\xbb\xbf"):
        yield Reject("empty", origin.place)
    elif is_binary(start):
        yield Reject("binary: no known dump format", origin.place)
    elif ends_lines_with_cr(start):
        yield from _read_content(with_line_feeds(stream, origin.depth), origin)
    else:
        read = text_reader_of(start, origin.columns)
        yield from read(stream, origin)


def _read_members(stream: Stream, container: Container, origin: Origin) -> Iterator[Outcome]:
    if origin.depth == DEEPEST:
        yield Reject(f"packed more than {DEEPEST} times", origin.place)
        return
    for member in container.members(stream, origin):
        if isinstance(member, Reject):
            yield member
            continue
        inner, where = member
        try:
            yield from _bounded(inner, replace(where, depth=origin.depth + 1))
        except BrokenStreamError as error:
            if error.depth <= origin.depth:  # the container itself broke: nothing follows it
                raise
            yield Reject(error.reason, where.place)


def _files_within(folder: Path) -> list[Path]:
    """Return the files of a folder by name, without links out of it and second names of a file."""
    root = folder.resolve()
    files = [
        file
        for file in sorted(folder.rglob("*"))
        if file.is_file() and not _is_hidden(file, folder)
    ]
    plain = {file.resolve() for file in files if not file.is_symlink()}
    unique: list[Path] = []
    for file in files:
        target = file.resolve()
        if file.is_symlink():
            if not target.is_relative_to(root):
                logger.warning("%s is skipped: it is a link to a file outside of %s", file, folder)
                continue
            if target in plain:
                continue
            plain.add(target)
        unique.append(file)
    return unique


def _kind_of(path: Path) -> str:
    """Return the kind of a path that is neither a file nor a folder."""
    mode = path.stat().st_mode
    kinds = {stat.S_ISFIFO: "named pipe", stat.S_ISSOCK: "socket"}
    return next((kind for is_kind, kind in kinds.items() if is_kind(mode)), "device")


def _bounded(stream: Stream, origin: Origin) -> Iterator[Outcome]:
    """Yield the outcomes of a stream, up to the number of records its bytes may honestly hold."""
    source, records = cast(RawStream, stream.raw), 0
    for outcome in _read(stream, origin):
        records += not isinstance(outcome, Note)
        packed = source.packed_size if records > UNCHECKED_RECORDS else None
        if packed is not None and records > most_records(packed):
            yield Reject("decompression bomb: unpacks to records without end", origin.place)
            return
        yield outcome


def _is_hidden(path: Path, root: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(root).parts)
