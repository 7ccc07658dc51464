"""Opens archives: the address tells which implementation of an index stands behind it."""

from pathlib import Path

from search.index import Archive
from search.index.local.archive import LocalArchive


def open_index(address: str | Path) -> Archive:
    """Return the archive at an address: a folder, whether or not there is an archive in it yet."""
    return LocalArchive(Path(address))
