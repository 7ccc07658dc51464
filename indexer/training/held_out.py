"""Hold a fixed fifth of the Moroccan news out of every training, to measure on.

The fifth is chosen by a hash of the folded title, so that it stays the same whatever else is read.
The adaptation to an archive holds out the same fifth of the archive's titles. The shipped
arshif-static was trained before this fifth was held out, and has seen all of it.
"""

from collections.abc import Mapping
from hashlib import blake2b

from search.language.analysis import fold

SHARE = 5
# The source whose articles are held out, by file; None holds out articles of all sources.
_SOURCES: dict[str, str | None] = {"goud_darija": None, "hespress_aljazeera": "هسبريس"}


def has_held_out(set_name: str) -> bool:
    """Return whether some articles of a file, named without its suffix, are held out."""
    return set_name in _SOURCES


def is_held_out(set_name: str, record: Mapping[str, str]) -> bool:
    """Return whether a record of a file, named without its suffix, is held out."""
    if not has_held_out(set_name):
        return False
    source = _SOURCES[set_name]
    if source is not None and record.get("source") != source:
        return False
    return is_title_held_out(record.get("title") or "")


def is_title_held_out(title: str) -> bool:
    """Return whether a title is in the fifth that is held out."""
    return hash_title(title) % SHARE == 0


def hash_title(title: str) -> int:
    """Return a number of 64 bits, the same for all spellings that the search folds into one."""
    return int.from_bytes(blake2b(fold(title).encode(), digest_size=8).digest(), "big")
