"""Reconcile each arriving record with the archive: it is new, seen before, a version, or a copy.

The content of an archive is a function of the records that came, not of their order:

    article    its records have one name (`identity.record_id`); the current version is the latest
               by date, then the longest, and the others are kept as earlier versions
    address    records without an id are versions of the article with the least id at their address
    title      records with neither are versions of one article where their texts are alike
    headline   belongs to the article of its id, else of its address, else to the first published
               article of its title; otherwise all headlines of one name are one document

A record is compared only with the documents that share a name with it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import chain

from indexer.duplicates import CopyFinder
from indexer.headlines import Headlines
from indexer.linked_documents import LinkedDocuments
from indexer.preparation import Prepared
from indexer.readers.identity import record_id, title_and_day_id, url_id
from indexer.reconciled import Reconciled
from indexer.record_linkage import (
    Named,
    find_articles,
    find_by_address,
    find_by_name,
    find_by_own_id,
    find_version,
    is_article,
    names_looked_up,
    names_of,
    shares_a_name,
)
from indexer.versions import completed, version_order
from search.index.writer import Changes, NameOrigin, StoredDocument, StoredVersion
from search.records import Document, Kind

# Articles of one newspaper, day and title whose texts are all compared. If there are more, only
# those that share a band of their sketches are compared.
MAX_COMPARED = 64


class Reconciler:
    """Stores the content that records add, commit after commit."""

    def __init__(self, finder: CopyFinder, prepare: Callable[[Document], Prepared]) -> None:
        self.documents = LinkedDocuments(finder, prepare)
        self._headlines = Headlines(self.documents)

    def reconcile(
        self, arrival: Document, prepared: Prepared | None, changes: Changes
    ) -> Reconciled:
        """Store what the record adds; `prepared` is None if nothing new was expected of it."""
        if arrival.kind is Kind.HEADLINE:
            return self._headlines.reconcile(arrival, prepared, changes)
        return self._article(arrival, prepared, changes)

    def _article(
        self, arrival: Document, prepared: Prepared | None, changes: Changes
    ) -> Reconciled:
        documents_by_name = find_by_name(arrival, changes)
        known = find_version(arrival, documents_by_name, changes)
        if known is not None:
            self._complete(known[0].doc_id, known[1], arrival, changes)
            return Reconciled.DUPLICATE
        prepared = prepared or self.documents.prepare(arrival)
        articles = self._documents_of(arrival, documents_by_name, prepared, changes)
        has_copies = False
        if articles:
            doc_id = self._add_version(articles, arrival, prepared, changes)
        else:
            doc_id = arrival.doc_id
            self.documents.store(prepared, changes)
            has_copies = self.documents.finder.link_copies(doc_id, prepared.fingerprint, changes)
        changes.add_names(doc_id, names_of(arrival), NameOrigin.OWN)
        has_gathered = self._gather_without_id(doc_id, arrival, changes)
        was_seen = self._headlines.move(doc_id, [arrival], changes)
        if articles or has_gathered or was_seen:
            return Reconciled.UPDATE
        return Reconciled.COPY if has_copies else Reconciled.ARTICLE

    def _documents_of(
        self, arrival: Document, documents_by_name: Named, prepared: Prepared, changes: Changes
    ) -> list[StoredDocument]:
        """Return the articles that the record is a version of; several if it joins them."""
        if arrival.own_id:
            return find_by_own_id(arrival, documents_by_name)
        if arrival.url:
            return find_by_address(arrival, documents_by_name)
        of_title = find_articles(title_and_day_id(arrival), changes)
        if len(of_title) > MAX_COMPARED:
            sketch = prepared.new.sketch
            near = changes.candidate_copies(sketch, MAX_COMPARED) if sketch else []
            near_ids = {copy.doc_id for copy in near}
            of_title = [
                stored
                for stored in map(changes.find_by_id, sorted(near_ids))
                if stored is not None
                and title_and_day_id(arrival) in changes.own_names(stored.doc_id)
            ]
        return [
            stored
            for stored in of_title
            if self.documents.finder.is_version_of(arrival.body, stored.doc_id, changes)
        ]

    def _add_version(
        self,
        articles: list[StoredDocument],
        arrival: Document,
        prepared: Prepared,
        changes: Changes,
    ) -> str:
        """Add a version to its article, joining several articles; return the article's id."""
        ordered = sorted(articles, key=lambda stored: (not stored.is_upgraded, stored.doc_id))
        doc_id, *others = (stored.doc_id for stored in ordered)
        new_id = doc_id
        if not (arrival.own_id or arrival.url or ordered[0].is_upgraded):
            new_id = min(doc_id, arrival.doc_id)
        for other in others:
            self.documents.merge(other, doc_id, changes)
        current = changes.document(doc_id)
        assert current is not None, "it was looked up just now"
        if not others and version_order(arrival) > version_order(current):
            copies = self.documents.finder.unlink(doc_id, changes)
            renamed = replace(prepared.new.document, doc_id=new_id)
            self.documents.replace(doc_id, prepared.with_document(renamed), changes)
            self.documents.finder.link_copies(new_id, prepared.fingerprint, changes)
            self.documents.finder.relink(copies, changes)
        else:
            changes.add_version(doc_id, arrival)
            if others or new_id != doc_id:
                self._update_current_version(doc_id, changes, new_id=new_id)
        settled = changes.find_by_id(new_id)
        assert settled is not None, "it was stored just now"
        if new_id != doc_id or (settled.date, settled.source) != (current.date, current.source):
            self._headlines.move(new_id, changes.versions(new_id), changes)
        return new_id

    def _gather_without_id(self, doc_id: str, arrival: Document, changes: Changes) -> bool:
        """Move records without an id to the article with the least id at their address."""
        if not arrival.own_id or not arrival.url:
            return False
        name = url_id(arrival.url)
        has_gathered = False
        for stored in find_articles(name, changes):
            if stored.doc_id == name != doc_id:
                self.documents.merge(name, doc_id, changes)
                has_gathered = True
            elif doc_id < stored.doc_id and not stored.is_upgraded:
                has_gathered |= self._move_without_id(stored.doc_id, doc_id, name, changes)
        if has_gathered:
            self._update_current_version(doc_id, changes)
            self._headlines.move(doc_id, changes.versions(doc_id), changes)
        return has_gathered

    def _move_without_id(self, holder: str, doc_id: str, name: str, changes: Changes) -> bool:
        versions = changes.versions(holder)
        moved = [
            version
            for version in versions
            if version.own_id is None and version.url and url_id(version.url) == name
        ]
        if not moved or len(moved) == len(versions):
            return False
        remaining = [version for version in versions if version not in moved]
        if versions[0] in moved:
            self._update_current_version(holder, changes, among=remaining)
        for version in moved:
            changes.drop_version(holder, version)
            changes.add_version(doc_id, version)
            changes.add_names(doc_id, names_of(version), NameOrigin.OWN)
        kept = {name for version in remaining for name in names_of(version)}
        changes.remove_names(holder, {name for v in moved for name in names_of(v)} - kept)
        self._headlines.move(holder, [*remaining, *moved], changes)
        return True

    def reconcile_again(self, doc_ids: Sequence[str], changes: Changes) -> None:
        """Let the records of these articles join and be linked as if they came last.

        Records of one article that two writers store at the same time become two documents at
        first, and copies are not linked.
        """
        changes.expect(doc_ids)
        present = [doc_id for doc_id in doc_ids if is_article(doc_id, changes)]
        changes.expect((), (), filter(None, map(changes.sketch, present)))
        for doc_id in present:
            self.documents.finder.forget(doc_id)
        versions_by_id = {doc_id: changes.versions(doc_id) for doc_id in present}
        changes.expect(
            name
            for version in chain.from_iterable(versions_by_id.values())
            for name in names_looked_up(version)
        )
        for doc_id, versions in versions_by_id.items():
            stored = changes.find_by_id(doc_id)
            if stored is None:  # it has joined another article just now
                continue
            # The names of an upgraded article are not those of its records: it stays as it is.
            if not stored.is_upgraded and shares_a_name(doc_id, versions, changes):
                self._store_again(doc_id, changes)
        remaining = [doc_id for doc_id in present if is_article(doc_id, changes)]
        self.documents.finder.relink(map(changes.copy, remaining), changes)

    def _store_again(self, doc_id: str, changes: Changes) -> None:
        """Take the records of an article out of the archive, and reconcile each of them anew."""
        versions, headlines = changes.versions(doc_id), changes.headlines_of(doc_id)
        former_names = changes.former_names(doc_id)
        self.documents.remove(doc_id, changes)
        for version in versions:
            self.reconcile(replace(version, doc_id=record_id(version)), None, changes)
        for headline in headlines:
            self.reconcile(replace(headline, doc_id=record_id(headline)), None, changes)
        found = find_version(versions[0], find_by_name(versions[0], changes), changes)
        assert found is not None, "it was stored just now"
        changes.add_names(found[0].doc_id, former_names, NameOrigin.FORMER)

    def _update_current_version(
        self,
        doc_id: str,
        changes: Changes,
        *,
        new_id: str | None = None,
        among: Iterable[Document] = (),
    ) -> None:
        """Make the latest of an article's versions the current version."""
        versions = changes.versions(doc_id)
        latest = max(among or versions, key=version_order)
        copies = self.documents.finder.unlink(doc_id, changes)
        new_id = new_id or doc_id
        if latest is not versions[0] or new_id != doc_id:
            prepared = self.documents.prepare(replace(latest, doc_id=new_id))
            self.documents.replace(doc_id, prepared, changes)
        self.documents.finder.relink([changes.copy(new_id), *copies], changes)

    def _complete(
        self, doc_id: str, version: StoredVersion, arrival: Document, changes: Changes
    ) -> None:
        """Add the record's author, section and time of day to a stored version."""
        fields = completed(version, arrival)
        if fields != version:
            changes.complete(doc_id, arrival, fields)
            if fields.published_at != version.published_at:
                self._update_current_version(doc_id, changes)
