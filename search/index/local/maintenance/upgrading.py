"""Converts an archive of an earlier format, or of other text rules, to those of this program.

Documents, their ids, versions, copies and vectors stay; terms are written anew. All changes are in
one commit: if the conversion is interrupted before it, the archive is unchanged.
"""

import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

from search.index.archive import UpgradeNaming
from search.index.catalogue.rows import (
    DOCUMENT_COLUMNS,
    HEADLINE_COLUMNS,
    headline_values,
    read_document,
    sighting_digest,
)
from search.index.catalogue.tables import NEW_COLUMNS, NEW_TABLES
from search.index.local.database.meta import read_meta, write_meta
from search.index.local.database.schema import (
    FORMAT_VERSION,
    UPGRADED_VERSIONS,
    connect,
    statements,
    version_of,
)
from search.index.local.folder import LEXICAL, converting_os_errors, locked, require_contained
from search.index.local.lexical.schemas import folders_of
from search.index.local.maintenance.compaction import write_terms
from search.index.local.seal import Seal
from search.index.local.writer import ArchiveWriter
from search.index.writer import HeadlineNames, NameOrigin
from search.language.analysis import RULES_VERSION
from search.records import Document, Kind

# Earlier formats linked copies to the document that arrived first; now it is the first published.
_FIRSTS = """
CREATE TEMP TABLE firsts AS SELECT text, row FROM (
    SELECT coalesce(copy_of, row) AS text, row, row_number() OVER (
        PARTITION BY coalesce(copy_of, row) ORDER BY coalesce(day, '9999'), doc_id
    ) AS place
    FROM documents WHERE coalesce(copy_of, row) IN (SELECT copy_of FROM documents)
) WHERE place = 1;
CREATE INDEX temp.firsts_by_text ON firsts (text);
UPDATE documents SET copy_of = nullif(
    (SELECT firsts.row FROM firsts WHERE text = coalesce(copy_of, documents.row)), documents.row
) WHERE coalesce(copy_of, row) IN (SELECT text FROM firsts);
DROP TABLE firsts;
"""
# Earlier versions have no newspaper and no address, so they get those of the current version.
_VERSIONS = """
INSERT INTO superseded (document, digest, title, body, day, source, url, language, own_id)
SELECT document, former.digest, former.title, former.body, former.day, source, url, language, ''
FROM former_superseded AS former JOIN documents ON row = document WHERE former.body <> '';
"""


def upgrade(
    folder: Path, names: UpgradeNaming, *, on_step: Callable[[str], None] | None = None
) -> int:
    """Convert an archive and return the version that its format had."""
    on_step = on_step or (lambda step: None)
    require_contained(folder, for_writing=True)
    versions = (*UPGRADED_VERSIONS, FORMAT_VERSION)
    with connect(folder, versions=versions) as database:
        version = version_of(database)
        if version == FORMAT_VERSION and _has_our_rules(database):
            return version
    with (
        converting_os_errors(folder),
        locked(folder),
        connect(folder, writable=True, versions=versions) as database,
    ):
        database.execute("PRAGMA synchronous = FULL")
        Seal(folder).break_open()
        commit = int(read_meta(database).get("commit", "0")) + 1
        lexical = f"{LEXICAL}-{commit:08d}"
        for path in folders_of(folder / lexical):
            if path.exists():  # of an interrupted upgrade
                shutil.rmtree(path)
        database.execute("BEGIN IMMEDIATE")
        if version < 7:
            _convert(database, names)
            on_step("rows")
        if "encoder" in read_meta(database):
            write_terms(database, folder / lexical)
            on_step("written")
            write_meta(database, commit=commit, lexical=lexical)
        database.execute(f"PRAGMA user_version = {FORMAT_VERSION}")
        on_step("named")
        database.execute("COMMIT")
        on_step("committed")
    with connect(folder) as database:
        is_empty = "encoder" not in read_meta(database)
    if not is_empty:
        with ArchiveWriter(folder):  # removes the old terms and seals the archive
            pass
    return version


def _has_our_rules(database: sqlite3.Connection) -> bool:
    return read_meta(database).get("text_rules", str(RULES_VERSION)) == str(RULES_VERSION)


def _convert(database: sqlite3.Connection, names: UpgradeNaming) -> None:
    for line in NEW_COLUMNS.splitlines():
        column = line.split("--")[0].strip().rstrip(",")
        database.execute(f"ALTER TABLE documents ADD COLUMN {column}")
    for table in ("aliases", "sightings", "superseded"):
        database.execute(f"ALTER TABLE {table} RENAME TO former_{table}")
    database.execute("DROP INDEX aliases_by_document")
    for statement in statements(NEW_TABLES + _VERSIONS + _FIRSTS):
        database.execute(statement)
    cursor = database.cursor()
    for row, *fields in database.execute(
        f"SELECT row, {DOCUMENT_COLUMNS} FROM documents ORDER BY row"
    ):
        document = read_document(tuple(fields))
        if document.kind is Kind.ARTICLE:
            cursor.executemany(
                f"INSERT OR IGNORE INTO aliases VALUES (?, ?, {NameOrigin.OWN})",
                [(name, row) for name in names.own(document)],
            )
        _convert_headlines(cursor, row, document, names.joining)
    database.execute(
        "INSERT OR IGNORE INTO aliases"
        f" SELECT name, document, {NameOrigin.UPGRADED} FROM former_aliases ORDER BY name, document"
    )
    for table in ("aliases", "sightings", "superseded"):
        database.execute(f"DROP TABLE former_{table}")


def _convert_headlines(
    database: sqlite3.Cursor,
    row: int,
    document: Document,
    joining: Callable[[Document], HeadlineNames],
) -> None:
    """Store the places and days of the headlines of a document, with the title if it is known."""
    places = database.execute(
        "SELECT source, day FROM former_sightings WHERE document = ?", (row,)
    ).fetchall()
    is_headline = document.kind is Kind.HEADLINE
    if is_headline and not places:
        places = [("", "")]
    for source, day in places:
        headline = replace(
            document,
            kind=Kind.HEADLINE,
            title=document.title if is_headline else "",  # the words were not stored
            body="",
            url=document.url if is_headline else None,
            source=source or None,
            date=date.fromisoformat(day) if day else None,
        )
        names = joining(headline) if is_headline else HeadlineNames()
        # Other articles may have a headline of the same place and day.
        digest = sighting_digest(
            headline if is_headline else replace(headline, own_id=document.doc_id)
        )
        database.execute(
            "INSERT OR IGNORE INTO sightings"
            f" (digest, document, id_name, url_name, title_name, {HEADLINE_COLUMNS})"
            f" VALUES (?, ?, ?, ?, ?{', ?' * (HEADLINE_COLUMNS.count(',') + 1)})",
            (digest, row, names.own, names.url, names.title, *headline_values(headline)),
        )
