"""Checks an archive: every digest and every span, and that its stores hold the same passages."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path

import numpy as np

from search.encoders.identity import EncoderIdentity
from search.errors import ArchiveError, LexiconError
from search.index.catalogue.rows import (
    DOCUMENT_COLUMNS,
    HEADLINE_COLUMNS,
    VERSION_COLUMNS,
    Value,
    qualified,
    read_document,
    read_headline,
    read_version,
    sighting_digest,
)
from search.index.local.database.meta import read_meta
from search.index.local.database.schema import connect_unchanged
from search.index.local.folder import DATABASE, LEXICAL, SEGMENTS
from search.index.local.lexical.documents import DocumentSearcher
from search.index.local.lexical.searcher import LexicalSearcher
from search.index.local.seal import broken_files
from search.index.local.segments.files import Ids, require_unchanged
from search.index.local.segments.manifest import CONTEXT, PIECES, VECTORS, read_segments
from search.index.local.segments.merging import kinds_of
from search.index.local.segments.pieces import PieceFile
from search.index.local.segments.vector_segment import Segment
from search.lexicon.entries import ARCHIVE_LEXICON, parse_lexicon
from search.lexicon.newspapers import ARCHIVE_NEWSPAPERS, parse_newspapers
from search.records import Document, digest_of
from search.tables import Mistake


def check(folder: Path) -> list[str]:
    """Check the archive and return a line for each fault."""
    broken = broken_files(folder)
    if any(line.startswith(DATABASE) for line in broken):
        return broken
    with connect_unchanged(folder) as connection:
        damage = [row[0] for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
        if damage:
            return [f"{DATABASE}: {line}" for line in damage]
        connection.execute("BEGIN")
        parts: list[Iterable[str]] = [
            _documents(connection),
            _segments(folder, connection),
            # A damaged index is not opened, because that may end the process.
            ()
            if any(line.startswith(LEXICAL) for line in broken)
            else _lexical(folder, connection),
            _passages(connection),
            _mistakes(folder / ARCHIVE_LEXICON, parse_lexicon),
            _mistakes(folder / ARCHIVE_NEWSPAPERS, parse_newspapers),
        ]
        return [*broken, *chain.from_iterable(map(_up_to_error, parts))]


def _up_to_error(faults: Iterable[str]) -> Iterator[str]:
    """Yield the faults of one part; an error that ends its check is the last of them."""
    try:
        yield from faults
    except (ArchiveError, LexiconError) as error:
        yield str(error)


def _segments(folder: Path, connection: sqlite3.Connection) -> Iterator[str]:
    meta = read_meta(connection)
    if "encoder" not in meta:
        return
    dimensions = dict(kinds_of(EncoderIdentity.from_json(meta["encoder"])))
    passage_ids = np.array(_passage_ids(connection), dtype=np.int64)
    for noun, suffix in (("vector", VECTORS), ("pieces", PIECES), ("context", CONTEXT)):
        files = read_segments(connection, suffix)
        encoded: list[Ids] = []
        for file in files:
            try:
                require_unchanged(folder / SEGMENTS, file)
                if suffix == PIECES:
                    encoded.append(PieceFile(folder / SEGMENTS, file).ids)
                elif suffix in dimensions:
                    dimension = dimensions[suffix]
                    encoded.append(Segment(folder / SEGMENTS, file, dimension=dimension).ids)
            except ArchiveError as error:
                yield str(error)
        # An encoder may have no word pieces, and vectors of the second level are added later.
        is_expected = suffix == VECTORS or (suffix == PIECES and bool(files))
        lacking = np.setdiff1d(passage_ids, np.concatenate([np.empty(0, np.int64), *encoded]))
        if is_expected and len(encoded) == len(files) and len(lacking):
            yield f"segments: {len(lacking)} passages have no {noun}, the first is {lacking[0]}"


def _lexical(folder: Path, connection: sqlite3.Connection) -> Iterator[str]:
    passage_ids = set(_passage_ids(connection))
    if not passage_ids:
        return
    first_passages = {
        passage_id
        for (passage_id,) in connection.execute(
            "SELECT min(passage_id) FROM passages GROUP BY document"
        )
    }
    lexical = folder / read_meta(connection)["lexical"]
    try:
        indexed = LexicalSearcher.open(lexical).passage_ids()
        documents = DocumentSearcher.open(lexical, first_unnamed=0, removed=()).first_passages()
    except ArchiveError as error:
        yield f"lexical: {error}"
        return
    if lacking := passage_ids - indexed:
        yield f"lexical: {len(lacking)} passages are missing, the first is {min(lacking)}"
    if lacking := first_passages - documents:
        yield (
            f"lexical: {len(lacking)} documents are missing from the index of documents, that of"
            f" passage {min(lacking)} is the first"
        )


def _documents(connection: sqlite3.Connection) -> Iterator[str]:
    for digest, *row in connection.execute(f"SELECT digest, {DOCUMENT_COLUMNS} FROM documents"):
        try:
            document = read_document(tuple(row))
        except ArchiveError as error:
            yield str(error)
            continue
        if digest_of(document) != digest:
            yield f"document {document.doc_id} is not what was written: its digest differs"
    unlinked = connection.execute(
        "SELECT doc_id FROM documents WHERE copy_of NOT IN"
        " (SELECT row FROM documents WHERE copy_of IS NULL)"
    ).fetchall()
    yield from (f"document {doc_id} is a copy of no stored document" for (doc_id,) in unlinked)
    for table in ("sketches", "aliases", "sightings", "superseded"):
        [orphans] = connection.execute(
            f"SELECT count(*) FROM {table} WHERE document NOT IN (SELECT row FROM documents)"
        ).fetchone()
        if orphans:
            yield f"{table}: {orphans} rows belong to no document"
    # Records from before format 7 have no `added_at`, and lack some fields of their digests.
    for digest, doc_id, *row in connection.execute(
        f"SELECT superseded.digest, doc_id, {qualified('superseded', VERSION_COLUMNS)}"
        " FROM superseded JOIN documents ON row = document WHERE superseded.added_at NOT NULL"
    ):
        yield from _check_digest("a version", doc_id, digest, row, read_version, digest_of)
    for digest, doc_id, *row in connection.execute(
        f"SELECT sightings.digest, doc_id, {qualified('sightings', HEADLINE_COLUMNS)}"
        " FROM sightings JOIN documents ON row = document WHERE sightings.title <> ''"
    ):
        yield from _check_digest("a headline", doc_id, digest, row, read_headline, sighting_digest)


def _check_digest(
    noun: str,
    doc_id: str,
    digest: bytes,
    row: Sequence[Value],
    read: Callable[[str, Sequence[Value]], Document],
    digest_by: Callable[[Document], bytes],
) -> Iterator[str]:
    try:
        record = read(doc_id, row)
    except ArchiveError as error:
        yield f"{noun}: {error}"
        return
    if digest_by(record) != digest:
        yield f"{noun} of document {doc_id} is not what was written: its digest differs"


def _passages(connection: sqlite3.Connection) -> Iterator[str]:
    outside = connection.execute(
        "SELECT passage_id FROM passages JOIN documents ON row = document"
        " WHERE start < 0 OR stop <= start"
        " OR stop > length(CASE kind WHEN 'article' THEN body ELSE title END)"
    ).fetchall()
    yield from (f"passage {passage_id} reaches outside its document" for (passage_id,) in outside)
    orphans = connection.execute(
        "SELECT passage_id FROM passages WHERE document NOT IN (SELECT row FROM documents)"
    ).fetchall()
    yield from (f"passage {passage_id} belongs to no document" for (passage_id,) in orphans)
    empty = connection.execute(
        "SELECT doc_id FROM documents WHERE row NOT IN (SELECT document FROM passages)"
    ).fetchall()
    yield from (f"document {doc_id} has no passage" for (doc_id,) in empty)


def _mistakes(
    path: Path, parse: Callable[[Path], tuple[object, Sequence[Mistake]]]
) -> Iterator[str]:
    """Yield the mistakes in a table that the archive may have beside the shipped one."""
    if path.exists():
        yield from (mistake.at(path.name) for mistake in parse(path)[1])


def _passage_ids(connection: sqlite3.Connection) -> list[int]:
    return [row[0] for row in connection.execute("SELECT passage_id FROM passages")]
