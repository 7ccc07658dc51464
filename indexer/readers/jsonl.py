"""Reads JSONL: one JSON object a line, each with the fields of `record.py`."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Protocol

from indexer.readers.outcome import Outcome, Reject
from indexer.readers.record import read_record


class Lines(Protocol):
    """Bytes that can be read line by line, each at most so long."""

    def readline(self, size: int, /) -> bytes: ...


LONGEST_LINE = 16_000_000  # bytes; the longest article known is a hundredth of it


def read_jsonl(stream: Lines, place: str, *, captured_on: date | None) -> Iterator[Outcome]:
    """Give what each line holds; memory holds one line.

    A bad line is rejected, the next ones are read.
    """
    number = 0
    while line := stream.readline(LONGEST_LINE):
        number += 1
        where = f"{place}:{number}"
        if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
            _skip_line(stream)
            yield Reject(f"line longer than {LONGEST_LINE:,} bytes", where)
        elif line.strip(b" \t\r\n\xef\xbb\xbf"):
            yield from _read_line(line, where, captured_on=captured_on)


def _read_line(line: bytes, where: str, *, captured_on: date | None) -> Iterator[Outcome]:
    try:
        record = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError:
        yield Reject("not UTF-8", where)
        return
    except (json.JSONDecodeError, RecursionError):
        yield Reject("not JSON (cut off or damaged)", where)
        return
    if not isinstance(record, dict):
        yield Reject("not a JSON object", where)
        return
    yield from read_record(record, where, captured_on=captured_on)


def _skip_line(stream: Lines) -> None:
    while (piece := stream.readline(LONGEST_LINE)) and not piece.endswith(b"\n"):
        pass
