"""The SQLite database of an archive: schema, rows, commits."""
