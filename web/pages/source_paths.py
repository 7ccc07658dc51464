"""Parse the addresses of newspapers: a name, then a year, a month or a day of its calendar."""

from collections.abc import Iterator
from typing import NamedTuple

from search.index import Index
from search.lexicon.newspapers import find_source

_MAX_PARTS = 3  # of a calendar: a year, a month, a day


class SourcePath(NamedTuple):
    """A newspaper as the archive names it, and the parts of the path after its name."""

    source: str
    parts: list[str]
    is_canonical: bool  # the path names the newspaper as the archive does


def read_source_paths(path: str, index: Index) -> list[SourcePath]:
    """Return the newspapers that a path may name, the likeliest first.

    A name may hold slashes and end in numbers. Stored names come first: «مونديال/2022» is a year of
    «مونديال», even if another newspaper is named «مونديال 2022».
    """
    stored = frozenset(index.source_names)
    named = list(_split(path))
    return [
        SourcePath(name, parts, not path.endswith("/")) for name, parts in named if name in stored
    ] or [
        SourcePath(source, parts, is_canonical=False)
        for name, parts in named
        if (source := find_source(name, index.source_names, index.newspapers))
    ]


def _split(path: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each possible name of a newspaper, the longest first, with the rest of the path."""
    segments = path.rstrip("/").split("/")
    for cut in range(len(segments), max(0, len(segments) - _MAX_PARTS - 1), -1):
        yield "/".join(segments[:cut]), segments[cut:]
