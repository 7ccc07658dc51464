"""Convert an archive of the current format to format 6, its tables as well as its ids.

Percent-encoded addresses are left out: the ids of format 6 differ for these.
"""

import shutil
import sqlite3
from contextlib import closing
from hashlib import blake2b

from search.language.analysis import fold

_TABLES = """
CREATE TABLE aliases (name TEXT PRIMARY KEY, document INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX aliases_by_document ON aliases (document);
CREATE TABLE sightings (
    document INTEGER NOT NULL, source TEXT NOT NULL, day TEXT NOT NULL,
    PRIMARY KEY (document, source, day)
) WITHOUT ROWID;
CREATE TABLE superseded (
    document INTEGER NOT NULL, digest BLOB NOT NULL, version INTEGER NOT NULL,
    title TEXT NOT NULL, body TEXT NOT NULL, day TEXT, PRIMARY KEY (document, digest)
) WITHOUT ROWID;
INSERT OR IGNORE INTO sightings
    SELECT document, coalesce(source, ''), coalesce(day, '') FROM new_sightings
    WHERE source IS NOT NULL OR day IS NOT NULL;
INSERT OR IGNORE INTO superseded SELECT document, digest, 1, title, body, day FROM new_superseded;
"""
_DOCUMENTS = """
ALTER TABLE documents RENAME TO new_documents;
DROP INDEX documents_by_copy;
DROP INDEX documents_by_row;
CREATE TABLE documents (
    row INTEGER PRIMARY KEY, doc_id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, title TEXT NOT NULL,
    body TEXT NOT NULL, source TEXT, day TEXT, url TEXT, language TEXT NOT NULL,
    digest BLOB NOT NULL, copy_of INTEGER
);
INSERT INTO documents SELECT row, doc_id, kind, title, body, source, day, url, language, digest,
    copy_of FROM new_documents;
DROP TABLE new_documents;
CREATE INDEX documents_by_copy ON documents (copy_of) WHERE copy_of IS NOT NULL;
CREATE INDEX documents_by_row ON documents (row, kind, source, day, language, copy_of);
"""


def make_format_6(folder):
    (folder / "seal.json").write_text("{}")
    shutil.rmtree(folder / "lexical-documents")
    with closing(sqlite3.connect(folder / "archive.db", isolation_level=None)) as database:
        database.execute("PRAGMA legacy_alter_table = ON")  # passages refer to documents
        for table in ("aliases", "sightings", "superseded"):
            database.execute(f"ALTER TABLE {table} RENAME TO new_{table}")
        database.execute("DROP INDEX aliases_by_document")
        database.executescript(_TABLES)
        documents = database.execute(
            "SELECT row, kind, own_id, url, source, day, title, body FROM documents ORDER BY row"
        ).fetchall()
        for row, kind, own_id, url, source, day, title, body in documents:
            title_id = _id("headline", _plain(title))
            names = [_id("url", url.removeprefix("https://").rstrip("/"))] if url else []
            if own_id:
                names.insert(0, _id("id", own_id))
            elif not url and kind == "article":
                names.append(_id("article", source or "", day or "", _plain(title) or _plain(body)))
            elif not url:
                names.append(title_id)
            database.execute("UPDATE documents SET doc_id = ? WHERE row = ?", (names[0], row))
            if len(title.split()) >= 4:
                names.append(title_id)
            database.executemany(
                "INSERT OR IGNORE INTO aliases VALUES (?, ?)", [(name, row) for name in names]
            )
        for table in ("aliases", "sightings", "superseded"):
            database.execute(f"DROP TABLE new_{table}")
        database.executescript(_DOCUMENTS)
        database.execute("PRAGMA user_version = 6")


def _plain(text):
    return " ".join(fold(text).split())


def _id(*parts):
    return blake2b("\x1f".join(parts).encode(), digest_size=10).hexdigest()
