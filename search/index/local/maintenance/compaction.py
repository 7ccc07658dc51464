"""Rewrites an archive without the removed passages, while searches go on.

Vectors go into few segments and terms into a new lexical folder; one commit replaces the old files
by both. A reader that has old files open keeps them, because the system keeps a mapped file.
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path

from search.index.catalogue.rows import DOCUMENT_COLUMNS, read_document, read_span
from search.index.local.folder import LEXICAL
from search.index.local.lexical.writer import LexicalWriter
from search.index.local.segments.manifest import read_segments
from search.index.local.segments.merging import kinds_of, rewrite
from search.index.local.writer import ArchiveWriter
from search.index.terms import index_terms


def compact(folder: Path, *, on_step: Callable[[str], None] | None = None) -> None:
    """Merge the segments and drop removed rows; `on_step` is passed to `ArchiveWriter`."""
    with ArchiveWriter(folder, on_step=on_step) as writer:
        files = []
        for kind in kinds_of(writer.encoder):
            old_files = read_segments(writer.database, kind.suffix)
            files += rewrite(folder, writer.database, kind, old_files, stem=writer.next_stem)
        lexical = f"{LEXICAL}-{writer.next_stem}"
        write_terms(writer.database, folder / lexical)
        writer.swap_segments(files, lexical=lexical)
        writer.database.execute("VACUUM")


def write_terms(database: sqlite3.Connection, folder: Path) -> None:
    """Write the lexical indexes of all documents into new folders."""
    lexical = LexicalWriter(folder)
    spans = database.cursor()
    for row, *fields in database.execute(
        f"SELECT row, {DOCUMENT_COLUMNS} FROM documents ORDER BY row"
    ):
        document = read_document(tuple(fields))
        passages = spans.execute(
            "SELECT passage_id, start, stop FROM passages WHERE document = ? ORDER BY passage_id",
            (row,),
        ).fetchall()
        terms = index_terms(
            document, [read_span(document, start, stop) for _, start, stop in passages]
        )
        lexical.add(document, [passage_id for passage_id, _, _ in passages], terms)
    lexical.commit()
    lexical.close()
