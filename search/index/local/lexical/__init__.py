"""The tantivy index of an archive: its schema, its queries, its search."""
