"""Looks up stored documents in the cluster; implements `search.index.writer.StoredDocuments`.

Each lookup first reads the documents that it may find from the cluster into the scratch database,
unless they were read before, and then runs the statements of the catalogue. `expect` reads the
documents for many lookups in few requests.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from search.index.catalogue.lookup import MAX_DOCUMENTS_OF_NAME, DocumentLookup
from search.index.catalogue.rows import sighting_digest
from search.index.catalogue.sketches import StoredSketches
from search.index.solr.client import Value
from search.index.solr.configset import Kind
from search.index.solr.entries import STORED_FIELDS, bands_of, sighting_key
from search.index.solr.scratch import Scratch
from search.index.solr.store import SolrStore
from search.index.writer import HeadlineNames, NameOrigin, StoredDocument, StoredVersion
from search.records import Document

_VALUES_A_REQUEST = 1000  # names in one request, or bands
_ENTRIES_A_REQUEST = 2000  # more are read in several requests
_MOST_ENTRIES = 20_000  # of one newspaper, or with one text
_SKETCHES_A_REQUEST = 40
_BY_AGE = "number asc, id asc"
_MOST_ALIKE = 512  # documents that are read for one sketch, those that share most bands


class ClusterLookup(DocumentLookup):
    """Lookup of the documents of a cluster, for one thread at a time."""

    def __init__(self, store: SolrStore, scratch: Scratch, sketches: StoredSketches) -> None:
        DocumentLookup.__init__(self, scratch.database)
        self._store = store
        self._scratch = scratch
        self._sketches = sketches
        self._read_values: dict[str, set[str]] = {}  # by field: what was looked up before

    def expect(
        self,
        names: Iterable[str],
        headlines: Iterable[Document] = (),
        sketches: Iterable[bytes] = (),
    ) -> None:
        seen = (sighting_key(sighting_digest(headline)) for headline in headlines)
        self._read("keys", [*names, *seen])
        self._read_bands(list(sketches))

    def find_by_names(
        self, names: Sequence[str]
    ) -> dict[str, list[tuple[StoredDocument, NameOrigin]]]:
        self._read("keys", names)
        return super().find_by_names(names)

    def find_by_id(self, doc_id: str) -> StoredDocument | None:
        self._read("keys", [doc_id])
        return super().find_by_id(doc_id)

    def document(self, doc_id: str) -> Document | None:
        self._read("keys", [doc_id])
        return super().document(doc_id)

    def version(self, doc_id: str, digest: bytes, own_id: str | None) -> StoredVersion | None:
        self._read("keys", [doc_id])
        return super().version(doc_id, digest, own_id)

    def own_names(self, doc_id: str) -> list[str]:
        self._read("keys", [doc_id])
        return super().own_names(doc_id)

    def former_names(self, doc_id: str) -> list[str]:
        self._read("keys", [doc_id])
        return super().former_names(doc_id)

    def find_by_title(
        self, title: str, source: str | None, day: date | None, *, days_apart: int
    ) -> StoredDocument | None:
        self._read("keys", [title])
        return super().find_by_title(title, source, day, days_apart=days_apart)

    def source_names(self) -> list[str]:
        """Return every newspaper of a document, a version or a headline.

        In a commit, a newspaper whose last document was removed just now is still among them.
        """
        return sorted({*self._store.values(Kind.DOCUMENTS, "newspapers"), *super().source_names()})

    def ids_of_source(self, source: str) -> list[str]:
        return self._unread("newspapers", source) + super().ids_of_source(source)

    def ids_of_own_source(self, source: str) -> list[str]:
        return self._unread("source", source) + super().ids_of_own_source(source)

    def find_sighting(self, headline: Document) -> tuple[str, StoredVersion] | None:
        self._read("keys", [sighting_key(sighting_digest(headline))])
        return super().find_sighting(headline)

    def headlines_named(self, names: Iterable[HeadlineNames]) -> list[tuple[str, Document]]:
        names = list(names)
        self._read("keys", [value for name in names for value in _values_of(name)])
        return super().headlines_named(names)

    def headlines_of(self, doc_id: str) -> list[Document]:
        self._read("keys", [doc_id])
        return super().headlines_of(doc_id)

    def _unread(self, field: str, value: str) -> list[str]:
        """Return the ids of the cluster's documents that were not read, in the order of storing."""
        query = {"q": "{!term f=$field v=$value}", "field": field, "value": value, "fl": "id"}
        entries = self._store.scan(Kind.DOCUMENTS, query, sort=_BY_AGE)
        return [entry["id"] for entry in entries if entry["id"] not in self._scratch.loaded]

    def _read(self, field: str, values: Iterable[str]) -> None:
        """Read the documents that have any of these values."""
        before = self._read_values.setdefault(field, set())
        unread = sorted({value for value in values if value not in before})
        before.update(unread)
        for first in range(0, len(unread), _VALUES_A_REQUEST):
            self._load(self._find(field, unread[first : first + _VALUES_A_REQUEST]))

    def _find(self, field: str, values: Sequence[str]) -> Iterator[Mapping[str, Any]]:
        """Yield the entries with any of these values; of one value, the documents stored first."""
        most = _ENTRIES_A_REQUEST
        if len(values) == 1:
            most = MAX_DOCUMENTS_OF_NAME if field == "keys" else _MOST_ENTRIES
        found = self._store.select(
            Kind.DOCUMENTS,
            {
                "q": "{!terms f=$field v=$values separator=' '}",
                "field": field,
                "values": " ".join(values),
                "fl": STORED_FIELDS,
                "rows": most,
                "sort": _BY_AGE,
            },
        )["response"]
        if len(values) > 1 and found["numFound"] > most:
            middle = len(values) // 2
            yield from self._find(field, values[:middle])
            yield from self._find(field, values[middle:])
        else:
            yield from found["docs"]

    def _load(self, entries: Iterable[Mapping[str, Any]]) -> None:
        """Insert entries, and the first documents of the copies among them."""
        documents = self._scratch.load(entries)
        firsts = {
            loaded.rows.first_id
            for _, loaded in documents
            if loaded.rows.first_id not in self._scratch.loaded
        }
        self._read("keys", firsts)
        self._scratch.link(documents)
        self._read_values["keys"].update(loaded.rows.doc_id for _, loaded in documents)
        for row, loaded in documents:
            if loaded.rows.sketch is not None:
                self._sketches.add(row, loaded.rows.sketch)

    def _read_bands(self, sketches: Sequence[bytes]) -> None:
        """Read the documents that share a band with any of these sketches."""
        before = self._read_values.setdefault("sketches", set())
        unread = [sketch for sketch in dict.fromkeys(sketches) if sketch.hex() not in before]
        before.update(sketch.hex() for sketch in unread)
        for first in range(0, len(unread), _SKETCHES_A_REQUEST):
            self._load(self._find_alike(unread[first : first + _SKETCHES_A_REQUEST]))

    def _find_alike(self, sketches: Sequence[bytes]) -> Iterator[Mapping[str, Any]]:
        """Yield the entries that share a band; for one sketch, those that share most bands."""
        bands = sorted({band for sketch in sketches for band in bands_of(sketch)})
        query: dict[str, Value]
        if len(sketches) > 1:
            most, order = _ENTRIES_A_REQUEST, _BY_AGE
            query = {"q": "{!terms f=bands v=$bands separator=' '}", "bands": " ".join(bands)}
        else:
            most, order = _MOST_ALIKE, f"score desc, {_BY_AGE}"
            query = {"q": "{!xmlparser v=$bands}", "bands": _any_of(bands)}
        found = self._store.select(
            Kind.DOCUMENTS, {**query, "fl": STORED_FIELDS, "rows": most, "sort": order}
        )["response"]
        if len(sketches) > 1 and found["numFound"] > most:
            middle = len(sketches) // 2
            yield from self._find_alike(sketches[:middle])
            yield from self._find_alike(sketches[middle:])
        else:
            yield from found["docs"]


class CommittedLookup(ClusterLookup):
    """Lookup of what was committed; what was read for one batch of lookups is read anew later."""

    def __init__(self, store: SolrStore, scratch: Scratch) -> None:
        super().__init__(store, scratch, StoredSketches(scratch.database))

    def expect(
        self,
        names: Iterable[str],
        headlines: Iterable[Document] = (),
        sketches: Iterable[bytes] = (),
    ) -> None:
        self._scratch.clear()
        self._read_values.clear()
        super().expect(names, headlines, sketches)


def _any_of(bands: Sequence[str]) -> str:
    """Return the query for any of some bands, whose score is the number of shared bands."""
    query = Element("BooleanQuery")
    for band in bands:
        clause = SubElement(query, "Clause", occurs="should")
        scored = SubElement(clause, "ConstantScoreQuery")
        SubElement(scored, "TermQuery", fieldName="bands").text = band
    return tostring(query, encoding="unicode")


def _values_of(names: HeadlineNames) -> list[str]:
    return [name for name in (names.own, names.url, names.title) if name is not None]
