"""Reads documents and their passages by their ids; implements those reads of `search.index.Index`.

Within a session, a document that was read once is not requested again.
"""

import json
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from search.index.catalogue.rows import converting_value_errors, read_day, read_moment, read_text
from search.index.solr.candidates import DOCUMENT_FIELDS
from search.index.solr.configset import Kind as Collection
from search.index.solr.entries import read_entry_document, read_rows
from search.index.solr.store import SolrStore
from search.index.writer import NameOrigin
from search.records import Document, Kind, Passage, Version

Entry = Mapping[str, Any]  # Any: what JSON can hold

COLUMN_FIELDS = f"{DOCUMENT_FIELDS},number,passages,first,shared"
ENTRY_FIELDS = f"{COLUMN_FIELDS},document"
_MOST_COPIES = 10_000  # of one text
_MOST_NAMESAKES = 100
_PAGE = 5_000  # entries without texts
_DIGEST, _TITLE, _BODY, _DAY, _PUBLISHED_AT = 0, 1, 2, 4, 9  # places in a VERSION_ROW


class SolrReader:
    """Reads the documents of one archive as they are stored now; safe to use from many threads."""

    def __init__(self, store: SolrStore) -> None:
        self._store = store
        self._of_thread = threading.local()

    @contextmanager
    def read_session(self) -> Iterator[None]:
        """Keep the documents that this thread reads within the block."""
        outer = getattr(self._of_thread, "entries", None)
        self._of_thread.entries = {} if outer is None else outer
        try:
            yield
        finally:
            self._of_thread.entries = outer

    def entries(self, doc_ids: Iterable[str]) -> dict[str, Entry]:
        """Return the entries of documents, with the `ENTRY_FIELDS`, in the order of storing."""
        ids = list(dict.fromkeys(doc_ids))
        known = self._known()
        missing = [doc_id for doc_id in ids if doc_id not in known]
        read = {
            entry["id"]: entry
            for entry in self._store.having(Collection.DOCUMENTS, "id", missing, ENTRY_FIELDS)
        }
        known |= {doc_id: read.get(doc_id) for doc_id in missing}
        entries = [entry for doc_id in ids if (entry := known[doc_id]) is not None]
        return {entry["id"]: entry for entry in sorted(entries, key=_in_order)}

    def columns(self, doc_ids: Iterable[str]) -> dict[str, Entry]:
        """Return entries of documents without their texts, in the order of `doc_ids`."""
        ids = list(dict.fromkeys(doc_ids))
        entries = {doc_id: entry for doc_id, entry in self._known().items() if entry is not None}
        missing = [doc_id for doc_id in ids if doc_id not in entries]
        entries |= {
            entry["id"]: entry
            for entry in self._store.having(Collection.DOCUMENTS, "id", missing, COLUMN_FIELDS)
        }
        return {doc_id: entries[doc_id] for doc_id in ids if doc_id in entries}

    def documents(self, doc_ids: Iterable[str]) -> dict[str, Document]:
        return {
            doc_id: read_entry_document(entry)[0] for doc_id, entry in self.entries(doc_ids).items()
        }

    def passages(
        self, passages: Sequence[tuple[str, str, int]]
    ) -> list[tuple[Passage, Document] | None]:
        """Return passages by document, edition and ordinal; None where the edition is gone."""
        entries = self.entries(doc_id for doc_id, _, _ in passages)
        read = {doc_id: read_entry_document(entry) for doc_id, entry in entries.items()}
        found: list[tuple[Passage, Document] | None] = []
        for doc_id, edition, ordinal in passages:
            if doc_id not in entries or entries[doc_id]["edition"] != edition:
                found.append(None)
                continue
            document, spans = read[doc_id]
            found.append((Passage(doc_id, ordinal, *spans[ordinal]), document))
        return found

    def copies_of(self, doc_ids: Iterable[str]) -> dict[str, tuple[str, ...]]:
        shared = {
            doc_id: entry["shared"]
            for doc_id, entry in self.entries(doc_ids).items()
            if "shared" in entry
        }
        members: dict[str, list[Entry]] = {}
        for entry in self._store.having(
            Collection.DOCUMENTS,
            "shared",
            list(set(shared.values())),
            "id,number,first,shared",
            most=_MOST_COPIES,
        ):
            members.setdefault(entry["shared"], []).append(entry)
        for of_text in members.values():
            of_text.sort(key=lambda entry: (entry["id"] != entry["first"], *_in_order(entry)))
        copies = {
            doc_id: tuple(
                str(entry["id"]) for entry in members.get(first, ()) if entry["id"] != doc_id
            )
            for doc_id, first in shared.items()
        }
        return {doc_id: others for doc_id, others in copies.items() if others}

    def find(self, name: str) -> Document | None:
        """Return the document of this id, or else the document that has it as a further name.

        Among several, articles come first, then own names, then the earliest publication.
        """
        own = self.documents([name]).get(name)
        if own is not None or not name:
            return own
        answer = self._store.select(
            Collection.DOCUMENTS,
            {
                "q": "{!term f=names v=$name}",
                "name": name,
                "rows": _MOST_NAMESAKES,
                "fl": f"{ENTRY_FIELDS},records",
                "sort": "kind asc,day asc,id asc",
                "distrib.statsCache": False,
            },
        )
        namesakes = answer["response"]["docs"]

        def order(entry: Entry) -> tuple[Any, ...]:
            is_own = (name, NameOrigin.OWN) in read_rows(entry).names
            return (
                entry["kind"] == Kind.HEADLINE, not is_own, entry.get("day", _LAST_DAY), entry["id"]
            )  # fmt: skip

        return read_entry_document(min(namesakes, key=order))[0] if namesakes else None

    def versions_of(self, doc_id: str) -> tuple[Version, ...]:
        entries = self._store.having(Collection.DOCUMENTS, "id", [doc_id], "id,document,records")
        if not entries:
            return ()
        rows = read_rows(entries[0])
        with converting_value_errors(doc_id):
            earlier = [row for row in rows.versions if row[_BODY] and row[_DIGEST] != rows.digest]

            def order(row: Sequence[Any]) -> tuple[Any, ...]:
                times = row[_DAY] or "", row[_PUBLISHED_AT] or ""
                return *times, len(row[_BODY]), row[_DIGEST]

            earlier.sort(key=order, reverse=True)
            versions = [
                Version(read_text(row[_TITLE]), read_text(row[_BODY]), read_day(row[_DAY]))
                for row in earlier
            ]
        return tuple(dict.fromkeys(versions))

    def newest(self, count: int) -> tuple[Document, ...]:
        doc_ids: dict[int, str] = {}
        cursor = self._store.scan(
            Collection.DOCUMENTS,
            {
                "q": "*:*",
                "fq": ["{!term f=kind}article", "day:[* TO *]"],
                "fl": "id,group",
                "rows": min(_PAGE, 4 * count + 20),
            },
            sort="day desc,number asc,id asc",
        )
        if count:
            for entry in cursor:
                doc_ids.setdefault(entry["group"], entry["id"])
                if len(doc_ids) == count:
                    break
        documents = self.documents(doc_ids.values())
        return tuple(documents[doc_id] for doc_id in doc_ids.values() if doc_id in documents)

    def titles(self, count: int) -> list[tuple[str, str]]:
        entries = self._store.scan(
            Collection.DOCUMENTS,
            {
                "q": "*:*",
                "fq": "{!term f=is_copy}false",
                "fl": "id,headline",
                "rows": min(_PAGE, count + 20),
            },
            sort="number desc,id desc",
        )
        titles: list[tuple[str, str]] = []
        if count:
            for entry in entries:
                if "headline" in entry:
                    titles.append((entry["id"], entry["headline"]))
                if len(titles) == count:
                    break
        return titles

    def storing_times(self, start: int, count: int) -> list[tuple[str, datetime | None]]:
        answer = self._store.select(
            Collection.DOCUMENTS,
            {
                "q": "*:*",
                "sort": "number asc,id asc",
                "start": start,
                "rows": count,
                "fl": "id,added",
            },
        )
        times = []
        for entry in answer["response"]["docs"]:
            with converting_value_errors(entry["id"]):
                times.append((str(entry["id"]), read_moment(entry.get("added"))))
        return times

    def sources(self) -> list[tuple[str, int]]:
        counts = self._store.values(Collection.DOCUMENTS, "source")
        return sorted(counts.items(), key=lambda item: (-item[1], item[0]))

    def source_names(self) -> list[str]:
        """Return the newspapers, in the order in which they were first stored."""
        facet = {
            "type": "terms",
            "field": "source",
            "limit": -1,
            "sort": "first asc",
            "facet": {"first": "min(number)"},
        }
        answer = self._store.select(
            Collection.DOCUMENTS,
            {"q": "*:*", "rows": 0, "json.facet": json.dumps({"sources": facet})},
        )
        return [bucket["val"] for bucket in answer["facets"].get("sources", {}).get("buckets", ())]

    def _known(self) -> dict[str, Entry | None]:
        """Return what this thread has read of documents in its session; None is an absent one."""
        known: dict[str, Entry | None] | None = getattr(self._of_thread, "entries", None)
        return {} if known is None else known


_LAST_DAY = 1 << 23  # above every date.toordinal()


def _in_order(entry: Entry) -> tuple[int, str]:
    return entry["number"], entry["id"]
