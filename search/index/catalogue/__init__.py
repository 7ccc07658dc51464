"""The catalogue of an archive: the tables of its documents, and the statements on them."""
