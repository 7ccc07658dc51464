"""Opens archives; the address decides which implementation of an index is used."""

from pathlib import Path

from search.index.archive import Archive
from search.index.local.archive import LocalArchive


def open_index(address: str | Path) -> Archive:
    """Return the archive at an address, which is a folder; it need not hold an archive yet."""
    return LocalArchive(Path(address))
