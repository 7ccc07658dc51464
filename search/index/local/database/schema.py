"""The tables of `archive.db`, their version, and how a connection to them is opened.

Format 6: large vector segments are scanned whole. Format 5: what their vectors are ranked by lies
at the end of their files. Format 4: they hold their codes twice. Format 3: the word pieces of
passages lie beside their vectors. Format 2: near copies, earlier versions, sightings and other
names of documents; the lexical folder is named in `meta`, so that a rewritten one takes its place
in one commit, and knows the language.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from search.errors import ArchiveError

FORMAT_VERSION = 6
DATABASE = "archive.db"
SEGMENTS = "segments"
LEXICAL = "lexical"
LOCK = "lock"
SEAL = "seal.json"
FACTS = "facts.npz"

TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (
    row INTEGER PRIMARY KEY,
    doc_id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    source TEXT,
    day TEXT,                 -- ISO date
    url TEXT,
    language TEXT NOT NULL,
    digest BLOB NOT NULL,     -- of everything above: a second arrival is the same, or an update
    copy_of INTEGER           -- row of the copy seen first, which is itself no copy
);
CREATE INDEX documents_by_copy ON documents (copy_of) WHERE copy_of IS NOT NULL;
-- Every fact a search needs of all documents (search/index/local/columns.py), without their bodies.
CREATE INDEX documents_by_row ON documents (row, kind, source, day, language, copy_of);
-- What tells an article's near copies, as indexer/duplicates.py makes it.
CREATE TABLE sketches (document INTEGER PRIMARY KEY, sketch BLOB NOT NULL);
-- Further ids a document is known by: those of headlines that it took the place of, or will.
CREATE TABLE aliases (name TEXT PRIMARY KEY, document INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX aliases_by_document ON aliases (document);
-- Where and when a headline was seen; an empty text is "not known".
CREATE TABLE sightings (
    document INTEGER NOT NULL,
    source TEXT NOT NULL,
    day TEXT NOT NULL,
    PRIMARY KEY (document, source, day)
) WITHOUT ROWID;
-- Versions that a later one replaced: readers may see them, an old dump must not bring them back.
CREATE TABLE superseded (
    document INTEGER NOT NULL,
    digest BLOB NOT NULL,
    version INTEGER NOT NULL,  -- 1 is the first
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    day TEXT,
    PRIMARY KEY (document, digest)
) WITHOUT ROWID;
CREATE TABLE passages (
    passage_id INTEGER PRIMARY KEY,
    document INTEGER NOT NULL REFERENCES documents (row),
    start INTEGER NOT NULL,   -- character offsets into the document's text
    stop INTEGER NOT NULL
);
CREATE INDEX passages_by_document ON passages (document);
CREATE TABLE segments (
    name TEXT PRIMARY KEY,
    rows INTEGER NOT NULL,
    size_bytes INTEGER NOT NULL,
    digest TEXT NOT NULL
) WITHOUT ROWID;
-- Removed here, but not yet known to be removed from the lexical index.
CREATE TABLE removed_passages (passage_id INTEGER PRIMARY KEY);
-- What each indexing run counted.
CREATE TABLE runs (row INTEGER PRIMARY KEY, finished_at TEXT NOT NULL, counts TEXT NOT NULL);
"""


@contextmanager
def connect(folder: Path, *, writable: bool = False) -> Iterator[sqlite3.Connection]:
    """Open the database of an existing archive for a short while.

    Any failure of SQLite is an ArchiveError. A connection may be handed from thread to thread,
    never shared at one time.

    Raises:
        ArchiveError: there is no archive, it is of another version, or SQLite cannot work with it.
    """
    database = folder / DATABASE
    if not database.is_file():
        raise ArchiveError(
            f"no archive at {folder}: expected {DATABASE} in it; "
            f"make one with `python -m indexer add DUMP --archive {folder}`"
        )
    mode = "rw" if writable else "ro"
    with failing_as_archive(folder):
        # Autocommit: transactions are begun by name, where the writer means one.
        opened = sqlite3.connect(
            f"{database.resolve().as_uri()}?mode={mode}",
            uri=True,
            timeout=10,
            isolation_level=None,
            check_same_thread=False,
        )
        with closing(opened) as connection:
            _require_version(connection, folder)
            yield connection


@contextmanager
def failing_as_archive(folder: Path) -> Iterator[None]:
    """Raise any failure of SQLite as an ArchiveError."""
    try:
        yield
    except sqlite3.Error as error:
        if not os.access(folder, os.W_OK):
            raise ArchiveError(
                f"{folder} cannot be written to: readers too must put their locks there"
            ) from error
        raise ArchiveError(
            f"{folder / DATABASE}: {error}; run `python -m indexer check --archive {folder}`"
        ) from error


def create(folder: Path) -> None:
    """Make an empty database, unless there is one."""
    database = folder / DATABASE
    if database.exists():
        return
    partial = folder / f"{DATABASE}.partial"
    partial.unlink(missing_ok=True)
    with closing(sqlite3.connect(partial)) as connection:
        connection.executescript(f"PRAGMA user_version = {FORMAT_VERSION}; {TABLES}")
        connection.execute("PRAGMA journal_mode = WAL")
    partial.replace(database)


def _require_version(connection: sqlite3.Connection, folder: Path) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > FORMAT_VERSION:
        raise ArchiveError(
            f"archive {folder} has format {version}, this program knows up to {FORMAT_VERSION}:"
            " use a newer arshif"
        )
    if version != FORMAT_VERSION:
        raise ArchiveError(
            f"archive {folder} has format {version}, this program reads {FORMAT_VERSION}: "
            "index the dumps into a new archive"
        )
