"""Walks over the dumps a user named and reads each with the reader its content asks for."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from indexer.readers.containers import COMPRESSED, members_of_tar, members_of_zip, unpack
from indexer.readers.encodings import decode, encoding_of, recoded, utf16_of
from indexer.readers.formats import SHOWN, Format, format_of
from indexer.readers.html import LARGEST_HTML, read_html
from indexer.readers.json_values import read_json_values
from indexer.readers.jsonl import read_jsonl
from indexer.readers.origin import Origin
from indexer.readers.outcome import Outcome, Reject
from indexer.readers.page import LARGEST_PAGE, read_pages
from indexer.readers.parquet import read_parquet
from indexer.readers.streams import (
    BrokenError,
    FileSource,
    Stream,
    buffered,
    read_bounded_line,
    seekable,
)
from indexer.readers.table import read_table
from indexer.readers.warc import read_warc
from search.errors import SearchError

# A zip of tar.gz of pages, each gzip, is four deep; more is a snake that eats its tail
DEEPEST = 4


class DumpError(SearchError):
    """A dump that the user named is not there, or cannot be opened."""


def find_dumps(paths: Sequence[str]) -> list[Path | None]:
    """List the files to read, folders opened, in the order of their names.

    None stands for standard input.

    Raises:
        DumpError: a path does not exist.
    """
    files: list[Path | None] = []
    for given in paths:
        path = Path(given)
        if given == "-":
            files.append(None)
        elif path.is_dir():
            files += sorted(
                found
                for found in path.rglob("*")
                if found.is_file() and not _is_hidden(found, path)
            )
        elif path.exists():
            files.append(path)
        else:
            raise DumpError(f"no file or folder at {given}: expected a dump; check the path")
    return files


def size_of(files: Sequence[Path | None]) -> int | None:
    """Give the bytes of the files together; None where one of them has no size to know."""
    if any(path is None or not path.is_file() for path in files):
        return None
    return sum(path.stat().st_size for path in files if path)


def read_dump(
    path: Path | None, origin: Origin, *, on_bytes: Callable[[int], object] | None = None
) -> Iterator[Outcome]:
    """Read one file, or standard input, whatever its format; what cannot be read is a Reject.

    `on_bytes` is told how many bytes of the file were taken, each time some are.
    """
    told = _Told(size_of([path]), on_bytes)
    try:
        with ExitStack() as opened:
            file = sys.stdin.buffer if path is None else opened.enter_context(path.open("rb"))
            yield from _read(buffered(FileSource(file, on_bytes=told.add)), origin, depth=0)
    except BrokenError as error:
        yield Reject(error.reason, origin.place)
    except OSError as error:
        yield Reject(f"cannot be read: {error.strerror}", origin.place)
    told.add_rest()
    origin.columns.log_ignored(origin.place)


class _Told:
    """Tells of a file's bytes each once: a zip is read here and there, a picture given up."""

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


def place_of(path: Path | None) -> str:
    """Name a dump in messages; a name that is not UTF-8 is shown as far as it is."""
    return "standard input" if path is None else os.fsencode(path).decode("utf-8", "replace")


def _read(stream: Stream, origin: Origin, *, depth: int) -> Iterator[Outcome]:
    """Give what a stream holds, however it is packed; that it holds nothing is said too."""
    is_empty = True
    for outcome in _read_format(stream, origin, depth=depth):
        is_empty = False
        yield outcome
    if is_empty:
        yield Reject("empty", origin.place)


def _read_format(stream: Stream, origin: Origin, *, depth: int) -> Iterator[Outcome]:
    found = format_of(stream.peek(SHOWN)[:SHOWN], origin.columns)
    if found in (*COMPRESSED, Format.TAR, Format.ZIP) and depth == DEEPEST:
        yield Reject(f"packed more than {DEEPEST} times over", origin.place)
    elif found in COMPRESSED:
        yield from _read(unpack(stream, found, depth), origin, depth=depth + 1)
    elif found in (Format.TAR, Format.ZIP):
        yield from _read_members(stream, found, origin, depth=depth)
    elif found is Format.UTF16:
        encoding = utf16_of(stream.peek(SHOWN)) or "utf-16"
        yield from _read(recoded(stream, depth, encoding), origin, depth=depth)
    elif found is Format.EMPTY:
        yield Reject("empty", origin.place)
    elif found is Format.BINARY:
        yield Reject("binary: no known dump format", origin.place)
    else:
        yield from _read_records(stream, found, origin, depth=depth)


def _read_members(
    stream: Stream, found: Format, origin: Origin, *, depth: int
) -> Iterator[Outcome]:
    members = members_of_tar if found is Format.TAR else members_of_zip
    for member in members(stream, origin, depth):
        if isinstance(member, Reject):
            yield member
            continue
        inner, where = member
        try:
            yield from _read(inner, where, depth=depth + 1)
        except BrokenError as error:
            if error.depth <= depth:  # the container itself: nothing after it can be read
                raise
            yield Reject(error.reason, where.place)


def _read_records(
    stream: Stream, found: Format, origin: Origin, *, depth: int
) -> Iterator[Outcome]:
    if found is Format.JSON_LINES:
        yield from read_jsonl(stream, origin)
    elif found is Format.JSON:
        yield from read_json_values(stream, origin)
    elif found is Format.TABLE:
        yield from read_table(stream, origin)
    elif found is Format.PARQUET:
        with seekable(stream, depth) as file:
            yield from read_parquet(file, origin)
    elif found is Format.WARC:
        yield from read_warc(stream, origin)
    elif found is Format.HTML:
        yield from read_html(stream.read(LARGEST_HTML + 1), origin)
    elif encoding := encoding_of(stream.peek(SHOWN)[:SHOWN]):
        yield from read_pages(_lines(stream, encoding), origin)
    else:
        yield Reject("text in no known encoding", origin.place)


def _lines(stream: Stream, encoding: str) -> Iterator[str]:
    while True:
        # Of bytes four times as many as of characters: a line cut here makes its page too long
        line, _ = read_bounded_line(stream, 4 * (LARGEST_PAGE + 1))
        if not line:
            return
        # A page cut off amid a letter still has its headlines
        text = decode(line, declared=encoding, is_cut=True)
        yield from (line.decode(encoding, "replace") if text is None else text).splitlines()


def _is_hidden(path: Path, root: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(root).parts)
