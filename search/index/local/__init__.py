"""The archive on disk: one folder, whose format the modules here share and change together.

    archive.db    SQLite: documents, passages, the list of segments, the encoder's identity
    segments/     immutable files of vectors and of word pieces; only those archive.db names exist
    lexical*/     tantivy's folder, named in archive.db; holds at least the passages named there
    seal.json     digests of every file but the segments, as the last writer left them
    lock          held by the one writer, for as long as its process lives

A commit writes and fsyncs its segments, commits the lexical index, then commits the SQLite
transaction that names both: that last step is the only one that counts.
"""
