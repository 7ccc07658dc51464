"""The tables of the documents of an archive; every implementation of a writer works on them.

The archive in one folder has them in its database. The archive on a cluster has them in memory,
with the rows of the documents that a commit may touch.
"""

# The columns and tables that format 7 of an archive in a folder added.
NEW_COLUMNS = """\
    author TEXT,
    section TEXT,
    published_at TEXT,        -- ISO date and time, as in the dump; NULL if the time is not known
    own_id TEXT,              -- id in the dump; NULL without one, or if added before format 7
    added_at TEXT             -- ISO date and time, UTC; NULL if before format 7
"""
NEW_TABLES = """
-- Names of documents: digests of the id, the URL and the title in the dump, and former ids.
CREATE TABLE aliases (
    name TEXT NOT NULL,       -- 20 hexadecimal digits, or a former id
    document INTEGER NOT NULL,  -- documents.row
    origin INTEGER NOT NULL,  -- search.index.writer.NameOrigin
    PRIMARY KEY (name, document)
) WITHOUT ROWID;
CREATE INDEX aliases_by_document ON aliases (document);
-- Every headline as it was seen, and the document that it belongs to. An article that arrives later
-- takes over the headlines that share one of the three names with it.
CREATE TABLE sightings (
    digest BLOB PRIMARY KEY,  -- 16 bytes, of the headline and its own_id
    document INTEGER NOT NULL,  -- documents.row of the headline, or of its article
    title TEXT NOT NULL,      -- empty for headlines of articles before format 7
    source TEXT,              -- newspaper
    day TEXT,                 -- ISO date
    url TEXT,
    language TEXT NOT NULL,   -- ISO 639, or und
    author TEXT,
    section TEXT,
    published_at TEXT,        -- as in `documents`
    own_id TEXT,
    added_at TEXT,
    id_name TEXT,             -- names by own_id, by url and by title: as aliases.name, or NULL
    url_name TEXT,
    title_name TEXT
) WITHOUT ROWID;
CREATE INDEX sightings_by_document ON sightings (document);
CREATE INDEX sightings_by_id ON sightings (id_name) WHERE id_name IS NOT NULL;
CREATE INDEX sightings_by_url ON sightings (url_name) WHERE url_name IS NOT NULL;
CREATE INDEX sightings_by_title ON sightings (title_name) WHERE title_name IS NOT NULL;
-- Every version of an article except the current one. Readers can see them, and a record of a dump
-- that equals one of them adds nothing.
CREATE TABLE superseded (
    document INTEGER NOT NULL,  -- documents.row of the article
    digest BLOB NOT NULL,     -- of this version, as documents.digest
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    source TEXT,              -- these columns as in `documents`
    day TEXT,
    url TEXT,
    language TEXT NOT NULL,
    author TEXT,
    section TEXT,
    published_at TEXT,
    own_id TEXT NOT NULL,     -- id in the dump; empty without one
    added_at TEXT,
    PRIMARY KEY (document, digest, own_id)
) WITHOUT ROWID;
"""
CATALOGUE = f"""
-- The current version of every article, and every headline that belongs to no article.
CREATE TABLE documents (
    row INTEGER PRIMARY KEY,  -- stays the same through all versions
    doc_id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,       -- article or headline
    title TEXT NOT NULL,
    body TEXT NOT NULL,       -- empty for a headline
    source TEXT,              -- newspaper
    day TEXT,                 -- ISO date of publication
    url TEXT,
    language TEXT NOT NULL,   -- ISO 639, or und
    digest BLOB NOT NULL,     -- 16 bytes by search.records.digest_of, to recognise the same record
    copy_of INTEGER,          -- row of the first published copy, which has NULL; NULL for no copy
{NEW_COLUMNS});
CREATE INDEX documents_by_copy ON documents (copy_of) WHERE copy_of IS NOT NULL;
-- MinHash sketches of articles, to find near copies: 28 bands of 4 bytes (indexer/duplicates.py).
CREATE TABLE sketches (document INTEGER PRIMARY KEY, sketch BLOB NOT NULL);
{NEW_TABLES}"""
