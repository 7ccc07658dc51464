"""Reads, checks and writes the metadata of the last commit."""

import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from search.encoders.identity import EncoderIdentity
from search.errors import ArchiveError
from search.index.catalogue.rows import read_text
from search.index.local.folder import DATABASE, LEXICAL, require_plain
from search.language.analysis import RULES_VERSION

_KEYS = ("commit", "committed_at", "encoder", "lexical", "next_passage", "text_rules")
_MOST = 1 << 62  # commits or passages that fit the integers of all three stores


def read_meta(connection: sqlite3.Connection) -> dict[str, str]:
    """Return the metadata that the last commit stored; empty before the first commit.

    Raises:
        ArchiveError: a value is missing or damaged.
    """
    meta = dict(connection.execute("SELECT key, value FROM meta"))
    if not meta:
        return meta
    try:
        for key in _KEYS:
            read_text(meta.get(key))
        if not all(0 <= int(meta[key]) < _MOST for key in ("commit", "next_passage")):
            raise ValueError(f"found commit {meta['commit']}, passage {meta['next_passage']}")
        datetime.fromisoformat(meta["committed_at"])
        EncoderIdentity.from_json(meta["encoder"])
    except ValueError as error:
        raise ArchiveError(
            f"the table meta in {DATABASE} is damaged: {str(error)[:200]}; restore the archive, or"
            " index the dumps into a new one"
        ) from error
    if not require_plain(meta["lexical"], place=f"meta in {DATABASE}").startswith(LEXICAL):
        raise ArchiveError(
            f"meta in {DATABASE} names {meta['lexical']!r}, expected a folder {LEXICAL}…"
        )
    return meta


def require_commit(meta: Mapping[str, str], folder: Path) -> None:
    """Refuse an archive without a commit.

    Raises:
        ArchiveError: the archive is empty.
    """
    if not meta:
        raise ArchiveError(f"archive {folder} is empty: no commit was ever finished; index a dump")


def require_text_rules(meta: Mapping[str, str], folder: Path) -> None:
    """Refuse an archive whose terms were made by other rules than those of this program.

    Raises:
        ArchiveError: the archive has other text rules.
    """
    if meta["text_rules"] != str(RULES_VERSION):
        raise ArchiveError(
            f"archive {folder} was built with text rules {meta['text_rules']}, this program has"
            f" {RULES_VERSION}: run `python -m indexer upgrade --archive {folder}`"
        )


def write_meta(connection: sqlite3.Connection, *, commit: int, lexical: str, **others: str) -> None:
    """Store the metadata of a commit; other values stay as they are stored."""
    values = {
        **others,
        "text_rules": str(RULES_VERSION),
        "commit": str(commit),
        "committed_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "lexical": lexical,
    }
    connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", values.items())
