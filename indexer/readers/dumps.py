"""Walks over the dumps a user named and reads each with the reader its content asks for."""

import codecs
import gzip
import sys
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from indexer.readers.jsonl import read_jsonl
from indexer.readers.outcome import Outcome, Reject
from indexer.readers.page import read_page
from search.errors import SearchError

_GZIP = b"\x1f\x8b"
LARGEST_PAGE = 32_000_000  # bytes; a page of the archive has some tens of kB


class DumpError(SearchError):
    """A dump that the user named is not there, or cannot be opened."""


class Stream(Protocol):
    """Bytes whose beginning can be looked at without taking it, as files and gzip streams allow."""

    def peek(self, size: int, /) -> bytes: ...
    def read(self, size: int = ..., /) -> bytes: ...
    def readline(self, size: int | None = ..., /) -> bytes: ...


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


def read_dump(path: Path | None, *, captured_on: date | None) -> Iterator[Outcome]:
    """Read one file, or standard input, whatever its format; what cannot be read is a Reject."""
    place = "standard input" if path is None else str(path)
    try:
        with open_dump(path) as stream:
            yield from _read(stream, place, captured_on=captured_on)
    except OSError as error:
        reason = (
            "damaged gzip"
            if isinstance(error, gzip.BadGzipFile)
            else f"cannot be read: {error.strerror}"
        )
        yield Reject(reason, place)
    except (EOFError, zlib.error):
        yield Reject("gzip cut off or damaged", place)


@contextmanager
def open_dump(path: Path | None) -> Iterator[Stream]:
    """Open a dump for reading bytes, unpacked where it is gzip."""
    with ExitStack() as opened:
        # Typed Any: both are io.BufferedReader, which the type of sys.stdin.buffer does not say.
        plain: Any = sys.stdin.buffer if path is None else opened.enter_context(path.open("rb"))
        is_packed = plain.peek(2)[:2] == _GZIP
        yield opened.enter_context(gzip.GzipFile(fileobj=plain)) if is_packed else plain


def _read(stream: Stream, place: str, *, captured_on: date | None) -> Iterator[Outcome]:
    start = stream.peek(4096)
    if not start.strip(b" \t\r\n\xef\xbb\xbf"):
        yield Reject("empty", place)
    elif start.lstrip(b" \t\r\n\xef\xbb\xbf")[:1] == b"{":
        yield from read_jsonl(stream, place, captured_on=captured_on)
    elif b"\x00" in start:
        yield Reject("binary: no known dump format", place)
    else:
        yield from _read_page(stream.read(LARGEST_PAGE + 1), place, captured_on=captured_on)


def _read_page(content: bytes, place: str, *, captured_on: date | None) -> Iterator[Outcome]:
    if len(content) > LARGEST_PAGE:
        yield Reject(f"larger than {LARGEST_PAGE:,} bytes: no page of an archive", place)
        return
    try:
        # Not final: a page cut off amid a letter still has its headlines.
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(content, final=False)
    except UnicodeDecodeError:
        yield Reject("not UTF-8 text", place)
        return
    yield from read_page(text, place, captured_on=captured_on)


def _is_hidden(path: Path, root: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(root).parts)
