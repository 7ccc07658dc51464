"""Looks up stored documents; implements `search.index.writer.StoredDocuments`."""

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from search.index.catalogue.rows import (
    DOCUMENT_COLUMNS,
    HEADLINE_COLUMNS,
    VERSION_COLUMNS,
    converting_value_errors,
    qualified,
    read_day,
    read_document,
    read_headline,
    read_optional_text,
    read_text,
    read_version,
    sighting_digest,
)
from search.index.writer import HeadlineNames, NameOrigin, StoredDocument, StoredVersion
from search.records import Document, Kind

_IDENTIFYING_COLUMNS = "doc_id, kind, source, day, url, digest, own_id, added_at"
# Documents that are read for one name: a dump may have thousands of articles with one address.
MAX_DOCUMENTS_OF_NAME = 256
ROW = "(SELECT row FROM documents WHERE doc_id = ?)"


class DocumentLookup:
    """Lookup of documents over a connection; implements `StoredDocuments`."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._db = database

    def expect(
        self,
        names: Iterable[str],
        headlines: Iterable[Document] = (),
        sketches: Iterable[bytes] = (),
    ) -> None:
        """Prepare nothing: the database is at hand."""

    def find_by_names(
        self, names: Sequence[str]
    ) -> dict[str, list[tuple[StoredDocument, NameOrigin]]]:
        marks = ", ".join("?" * len(names))
        documents: dict[str, list[tuple[StoredDocument, NameOrigin]]] = {}
        for name, origin, *columns in self._db.execute(
            f"SELECT doc_id, {NameOrigin.OWN}, {_IDENTIFYING_COLUMNS} FROM documents"
            f" WHERE doc_id IN ({marks}) UNION ALL"
            f" SELECT name, origin, {_IDENTIFYING_COLUMNS} FROM aliases"
            f" JOIN documents ON row = document WHERE name IN ({marks}) AND doc_id <> name"
            f" LIMIT {MAX_DOCUMENTS_OF_NAME}",
            (*names, *names),
        ):
            documents.setdefault(name, []).append((_stored_document(columns), NameOrigin(origin)))
        return documents

    def find_by_id(self, doc_id: str) -> StoredDocument | None:
        columns = self._db.execute(
            f"SELECT {_IDENTIFYING_COLUMNS} FROM documents WHERE doc_id = ?", (doc_id,)
        ).fetchone()
        return None if columns is None else _stored_document(columns)

    def document(self, doc_id: str) -> Document | None:
        columns = self._db.execute(
            f"SELECT {DOCUMENT_COLUMNS} FROM documents WHERE doc_id = ?", (doc_id,)
        ).fetchone()
        return None if columns is None else read_document(columns)

    def version(self, doc_id: str, digest: bytes, own_id: str | None) -> StoredVersion | None:
        # Versions from before format 7 have no `added_at`, and may have had any own id.
        columns = self._db.execute(
            "SELECT author, section, published_at FROM documents WHERE doc_id = ?1 AND digest = ?2"
            " AND (coalesce(own_id, '') = ?3 OR added_at IS NULL) UNION ALL"
            " SELECT author, section, published_at FROM superseded"
            " WHERE document = (SELECT row FROM documents WHERE doc_id = ?1) AND digest = ?2"
            " AND (own_id = ?3 OR added_at IS NULL)",
            (doc_id, digest, own_id or ""),
        ).fetchone()
        return None if columns is None else _stored_version(columns)

    def versions(self, doc_id: str) -> list[Document]:
        current = self.document(doc_id)
        assert current is not None, "it was looked up just now"
        earlier = self._db.execute(
            f"SELECT {VERSION_COLUMNS} FROM superseded WHERE document = {ROW}"
            " ORDER BY digest, own_id",
            (doc_id,),
        )
        return [current, *(read_version(doc_id, columns) for columns in earlier)]

    def own_names(self, doc_id: str) -> list[str]:
        names = self._db.execute(
            f"SELECT name FROM aliases WHERE document = {ROW} AND origin = {NameOrigin.OWN}",
            (doc_id,),
        )
        return [doc_id, *(name for (name,) in names)]

    def former_names(self, doc_id: str) -> list[str]:
        names = self._db.execute(
            f"SELECT name FROM aliases WHERE document = {ROW} AND origin != {NameOrigin.OWN}",
            (doc_id,),
        )
        return [name for (name,) in names]

    def find_by_title(
        self, title: str, source: str | None, day: date | None, *, days_apart: int
    ) -> StoredDocument | None:
        iso_day = day.isoformat() if day else None
        columns = self._db.execute(
            f"SELECT {_IDENTIFYING_COLUMNS} FROM aliases JOIN documents ON row = document"
            f" WHERE name = ?1 AND kind = '{Kind.ARTICLE}' AND ("
            f"  origin <> {NameOrigin.FORMER}"
            "   AND (?2 IS NULL OR source IS NULL OR source = ?2)"
            "   AND (?3 IS NULL OR day IS NULL OR abs(julianday(day) - julianday(?3)) <= ?4)"
            f"  OR origin = {NameOrigin.UPGRADED} AND EXISTS (SELECT 1 FROM sightings AS seen"
            "    WHERE seen.document = documents.row AND seen.title = ''"
            "    AND seen.source IS ?2 AND seen.day IS ?3))"
            " ORDER BY coalesce(day, '9999'), doc_id LIMIT 1",
            (title, source, iso_day, days_apart),
        ).fetchone()
        return None if columns is None else _stored_document(columns)

    def source_names(self) -> list[str]:
        """Return every newspaper of a document, a version or a headline.

        Raises:
            ArchiveError: the newspaper of a document is damaged.
        """
        names = self._db.execute(
            "SELECT min(doc_id), documents.source FROM documents GROUP BY 2"
            " UNION SELECT doc_id, superseded.source FROM superseded"
            "  JOIN documents ON documents.row = document GROUP BY 2"
            " UNION SELECT doc_id, sightings.source FROM sightings"
            "  JOIN documents ON documents.row = document GROUP BY 2"
        )
        sources: set[str] = set()
        for doc_id, source in names:
            with converting_value_errors(doc_id):
                sources.add(read_optional_text(source) or "")
        return sorted(sources - {""})

    def ids_of_source(self, source: str) -> list[str]:
        doc_ids = self._db.execute(
            "SELECT doc_id FROM documents WHERE row IN ("
            " SELECT row FROM documents WHERE source = ?1 UNION"
            " SELECT document FROM superseded WHERE source = ?1 UNION"
            " SELECT document FROM sightings WHERE source = ?1) ORDER BY row",
            (source,),
        )
        return [doc_id for (doc_id,) in doc_ids]

    def ids_of_own_source(self, source: str) -> list[str]:
        """Return the ids of the documents whose own newspaper this is, in the order of rows."""
        doc_ids = self._db.execute(
            "SELECT doc_id FROM documents WHERE source = ? ORDER BY row", (source,)
        )
        return [doc_id for (doc_id,) in doc_ids]

    def find_sighting(self, headline: Document) -> tuple[str, StoredVersion] | None:
        columns = self._db.execute(
            f"SELECT doc_id, {qualified('sightings', 'author, section, published_at')}"
            " FROM sightings JOIN documents ON row = document WHERE sightings.digest = ?",
            (sighting_digest(headline),),
        ).fetchone()
        return None if columns is None else (columns[0], _stored_version(columns[1:]))

    def headlines_named(self, names: Iterable[HeadlineNames]) -> list[tuple[str, Document]]:
        headlines: dict[bytes, tuple[str, Document]] = {}
        for name in names:
            for digest, doc_id, *columns in self._db.execute(
                f"SELECT seen.digest, doc_id, {qualified('seen', HEADLINE_COLUMNS)}"
                " FROM sightings AS seen JOIN documents ON row = document"
                " WHERE id_name = ?1 OR url_name = ?2 OR title_name = ?3",
                (name.own, name.url, name.title),
            ):
                headlines[digest] = doc_id, read_headline(doc_id, columns)
        return [headlines[digest] for digest in sorted(headlines)]

    def headlines_of(self, doc_id: str) -> list[Document]:
        return [
            read_headline(doc_id, columns)
            for columns in self._db.execute(
                f"SELECT {HEADLINE_COLUMNS} FROM sightings WHERE document = {ROW}"
                " ORDER BY day IS NULL, day, digest",
                (doc_id,),
            )
        ]


def _stored_document(columns: Sequence[Any]) -> StoredDocument:  # Any: columns of several types
    doc_id, kind, source, day, url, digest, own_id, added_at = columns
    with converting_value_errors(doc_id):
        return StoredDocument(
            read_text(doc_id),
            Kind(read_text(kind)),
            read_optional_text(source),
            read_day(day),
            read_optional_text(url),
            digest,
            read_optional_text(own_id),
            added_at is None,
        )


def _stored_version(columns: Sequence[Any]) -> StoredVersion:  # Any: columns of several types
    author, section, moment = columns
    return StoredVersion(author, section, datetime.fromisoformat(moment) if moment else None)
