"""The tables of `archive.db`, their version, and how a connection to them is opened.

Format 8 adds a lexical index of whole documents beside the index of passages. Format 7 adds author,
section, time of day, own id and the time of adding, stores earlier versions with all their fields
and each headline as it was seen, and allows a name for several documents, so that the documents do
not depend on the order of dumps. Since format 6, large vector segments are scanned whole. Format 5
puts the codes for ranking at the end of the segment files. Format 4 stores the codes of vectors
twice. Format 3 adds files with the word pieces of passages. Format 2 adds near copies, earlier
versions, sightings and other names of documents; its lexical index has the language, and `meta`
names its folder, so that one commit can replace it.
"""

import os
import sqlite3
from collections.abc import Container, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from search.errors import ArchiveError
from search.index.catalogue.tables import CATALOGUE
from search.index.local.files import replace_file
from search.index.local.folder import DATABASE

FORMAT_VERSION = 8
UPGRADED_VERSIONS = (6, 7)  # the versions that `upgrade` converts

TABLES = f"""
-- State of the last commit: commit, committed_at, encoder, lexical, next_passage, text_rules.
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
{CATALOGUE}
-- The columns that an opening reads of all documents (search/index/local/columns.py); by this index
-- SQLite does not read the bodies.
CREATE INDEX documents_by_row ON documents (row, kind, source, day, language, copy_of);
-- Spans of documents, which are encoded and searched one by one.
CREATE TABLE passages (
    passage_id INTEGER PRIMARY KEY,  -- ascends with time, and is never used again
    document INTEGER NOT NULL REFERENCES documents (row),
    start INTEGER NOT NULL,   -- offset in characters into the body, or into a headline's title
    stop INTEGER NOT NULL     -- offset of the character after the last one
);
CREATE INDEX passages_by_document ON passages (document);
-- The files in `segments/` that belong to the archive; any other file there is a leftover.
CREATE TABLE segments (
    name TEXT PRIMARY KEY,    -- of the file
    rows INTEGER NOT NULL,    -- number of passages in it
    size_bytes INTEGER NOT NULL,
    digest TEXT NOT NULL      -- 32 hexadecimal digits
) WITHOUT ROWID;
-- Passages that were removed from `passages`, but perhaps not yet from the lexical index.
CREATE TABLE removed_passages (passage_id INTEGER PRIMARY KEY);
-- The counts of every run that changed the archive, as JSON; finished_at is ISO date and time, UTC.
CREATE TABLE runs (row INTEGER PRIMARY KEY, finished_at TEXT NOT NULL, counts TEXT NOT NULL);
"""


@contextmanager
def connect(
    folder: Path, *, writable: bool = False, versions: Container[int] = (FORMAT_VERSION,)
) -> Iterator[sqlite3.Connection]:
    """Open the database of an existing archive of one of these versions, for a short time.

    Any failure of SQLite is an ArchiveError. Threads may use a connection one after another, never
    at the same time.

    Raises:
        ArchiveError: there is no archive, it is of another version, or SQLite cannot work with it.
    """
    database = folder / DATABASE
    if not database.is_file():
        raise ArchiveError(
            f"no archive at {folder}: expected {DATABASE} in it; "
            f"make one with `python -m indexer add DUMP --archive {folder}`"
        )
    with converting_sqlite_errors(folder):
        # Autocommit: the writer begins each transaction with a statement.
        opened = sqlite3.connect(
            f"{database.resolve().as_uri()}?{_mode(folder, writable=writable)}",
            uri=True,
            timeout=10,
            isolation_level=None,
            check_same_thread=False,
        )
        with closing(opened) as connection:
            # An archive's own schema may not call functions that reach outside the database.
            connection.execute("PRAGMA trusted_schema = OFF")
            if version_of(connection) not in versions:
                _refuse_version(connection, folder)
            if writable:
                _require_no_code(connection, folder)
            yield connection


@contextmanager
def connect_unchanged(folder: Path) -> Iterator[sqlite3.Connection]:
    """Open the database for reads that must all see the same state.

    A transaction ensures this, unless SQLite opens the file as immutable (`is_frozen`) and another
    account writes to it.

    Raises:
        ArchiveError: as `connect`, or the database was written to meanwhile.
    """
    database = folder / DATABASE
    before = database.stat() if is_frozen(folder) and database.is_file() else None
    with connect(folder) as connection:
        yield connection
    if before is not None and database.stat().st_mtime_ns != before.st_mtime_ns:
        raise ArchiveError(f"{database} was written to while it was read: try again")


def is_frozen(folder: Path) -> bool:
    """Return whether this account can only read the archive, and no commit waits in a log.

    To read a database in WAL mode, SQLite needs a file of locks, which it cannot create in a
    read-only folder or medium: there the database is opened as immutable.
    """
    if os.access(folder, os.W_OK):
        return False
    with suppress(FileNotFoundError):
        return (folder / f"{DATABASE}-wal").stat().st_size == 0
    return True


def _mode(folder: Path, *, writable: bool) -> str:
    if writable:
        return "mode=rw"
    return "mode=ro&immutable=1" if is_frozen(folder) else "mode=ro"


@contextmanager
def converting_sqlite_errors(folder: Path) -> Iterator[None]:
    """Raise any failure of SQLite as an ArchiveError."""
    try:
        yield
    except sqlite3.Error as error:
        if not os.access(folder, os.W_OK) and not is_frozen(folder):
            raise ArchiveError(
                f"{folder} cannot be written to, and a writer left commits in {DATABASE}-wal: let"
                f" an account that may write there run `python -m indexer status --archive"
                f" {folder}`, or open a copy of the folder ({error})"
            ) from error
        raise ArchiveError(
            f"{folder / DATABASE}: {error}; run `python -m indexer check --archive {folder}`"
        ) from error


def create(folder: Path) -> None:
    """Create an empty database, unless there is one."""
    database = folder / DATABASE
    if database.exists():
        return
    replace_file(database, _write_tables)


def _write_tables(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(f"PRAGMA user_version = {FORMAT_VERSION}; {TABLES}")
        connection.execute("PRAGMA journal_mode = WAL")


def _require_no_code(connection: sqlite3.Connection, folder: Path) -> None:
    """Refuse to write to a database whose schema would run code at a write."""
    foreign = connection.execute(
        "SELECT type, name FROM sqlite_schema"
        " WHERE type IN ('trigger', 'view') OR sql LIKE 'CREATE VIRTUAL%' LIMIT 1"
    ).fetchone()
    if foreign is not None:
        raise ArchiveError(
            f"{folder / DATABASE} holds the {foreign[0]} {str(foreign[1])[:80]!r}, which arshif did"
            " not create: index the dumps into a new archive"
        )


def version_of(connection: sqlite3.Connection) -> int:
    """Return the version of the format."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def statements(script: str) -> Iterator[str]:
    """Yield the statements of a script, for execution within a transaction."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _refuse_version(connection: sqlite3.Connection, folder: Path) -> None:
    version = version_of(connection)
    if version > FORMAT_VERSION:
        raise ArchiveError(
            f"archive {folder} has format {version}, this program knows up to {FORMAT_VERSION}:"
            " use a newer arshif"
        )
    if version in UPGRADED_VERSIONS:
        raise ArchiveError(
            f"archive {folder} has format {version}, this program reads {FORMAT_VERSION}:"
            f" run `python -m indexer upgrade --archive {folder}`"
        )
    raise ArchiveError(
        f"archive {folder} has format {version}, this program reads {FORMAT_VERSION}: "
        "index the dumps into a new archive"
    )
