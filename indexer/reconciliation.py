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

from collections.abc import Callable, Iterable
from dataclasses import replace
from enum import StrEnum

from indexer.duplicates import CopyFinder
from indexer.preparation import Prepared
from indexer.readers.identity import record_id, title_and_day_id, url_id
from indexer.record_linkage import (
    Named,
    find_article,
    find_articles,
    find_by_address,
    find_by_name,
    find_by_own_id,
    find_headline,
    find_version,
    headline_names,
    is_article,
    names_of,
)
from indexer.versions import completed, first_seen, version_order
from search.index.writer import Changes, NameOrigin, StoredDocument, StoredVersion
from search.records import Document, Kind

# Articles of one newspaper, day and title whose texts are all compared. If there are more, only
# those that share a band of their sketches are compared.
MAX_COMPARED = 64


class Reconciled(StrEnum):
    """The count that a record belongs to, as `indexer add` prints it."""

    ARTICLE = "articles"
    HEADLINE = "headlines"
    DUPLICATE = "duplicates"
    COPY = "near_duplicates"
    UPDATE = "updated"


class Reconciler:
    """Stores the content that records add, commit after commit."""

    def __init__(self, finder: CopyFinder, prepare: Callable[[Document], Prepared]) -> None:
        self._finder = finder
        self.prepare = prepare
        self.passages = 0  # stored so far

    def reconcile(
        self, arrival: Document, prepared: Prepared | None, changes: Changes
    ) -> Reconciled:
        """Store what the record adds; `prepared` is None if nothing new was expected of it."""
        if arrival.kind is Kind.HEADLINE:
            return self._headline(arrival, prepared, changes)
        return self._article(arrival, prepared, changes)

    def _article(
        self, arrival: Document, prepared: Prepared | None, changes: Changes
    ) -> Reconciled:
        documents_by_name = find_by_name(arrival, changes)
        known = find_version(arrival, documents_by_name, changes)
        if known is not None:
            self._complete(known[0].doc_id, known[1], arrival, changes)
            return Reconciled.DUPLICATE
        prepared = prepared or self.prepare(arrival)
        articles = self._documents_of(arrival, documents_by_name, prepared, changes)
        has_copies = False
        if articles:
            doc_id = self._add_version(articles, arrival, prepared, changes)
        else:
            doc_id = arrival.doc_id
            changes.store(prepared.new)
            self.passages += len(prepared.new.spans)
            has_copies = self._finder.link_copies(doc_id, prepared.fingerprint, changes)
        changes.add_names(doc_id, names_of(arrival), NameOrigin.OWN)
        has_gathered = self._gather_without_id(doc_id, arrival, changes)
        was_seen = self._move_headlines(doc_id, [arrival], changes)
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
            if self._finder.is_version_of(arrival.body, stored.doc_id, changes)
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
            self._merge(other, doc_id, changes)
        current = changes.document(doc_id)
        assert current is not None, "it was looked up just now"
        if not others and version_order(arrival) > version_order(current):
            copies = self._finder.unlink(doc_id, changes)
            self.replace(doc_id, _with_id(new_id, prepared), changes)
            self._finder.link_copies(new_id, prepared.fingerprint, changes)
            self._finder.relink(copies, changes)
        else:
            changes.add_version(doc_id, arrival)
            if others or new_id != doc_id:
                self._update_current_version(doc_id, changes, new_id=new_id)
        settled = changes.find_by_id(new_id)
        assert settled is not None, "it was stored just now"
        if new_id != doc_id or (settled.date, settled.source) != (current.date, current.source):
            self._move_headlines(new_id, changes.versions(new_id), changes)
        return new_id

    def _gather_without_id(self, doc_id: str, arrival: Document, changes: Changes) -> bool:
        """Move records without an id to the article with the least id at their address."""
        if not arrival.own_id or not arrival.url:
            return False
        name = url_id(arrival.url)
        has_gathered = False
        for stored in find_articles(name, changes):
            if stored.doc_id == name != doc_id:
                self._merge(name, doc_id, changes)
                has_gathered = True
            elif doc_id < stored.doc_id and not stored.is_upgraded:
                has_gathered |= self._move_without_id(stored.doc_id, doc_id, name, changes)
        if has_gathered:
            self._update_current_version(doc_id, changes)
            self._move_headlines(doc_id, changes.versions(doc_id), changes)
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
        self._move_headlines(holder, [*remaining, *moved], changes)
        return True

    def remove(self, doc_id: str, changes: Changes) -> None:
        """Remove a document, and place the copies of its text anew."""
        copies = self._finder.unlink(doc_id, changes)
        changes.remove(doc_id)
        self._finder.relink(copies, changes)

    def _merge(self, doc_id: str, into: str, changes: Changes) -> None:
        copies = self._finder.unlink(doc_id, changes)
        changes.merge(doc_id, into)
        self._finder.relink(copies, changes)

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
        copies = self._finder.unlink(doc_id, changes)
        new_id = new_id or doc_id
        if latest is not versions[0] or new_id != doc_id:
            prepared = self.prepare(replace(latest, doc_id=new_id))
            self.replace(doc_id, prepared, changes)
        self._finder.relink([changes.copy(new_id), *copies], changes)

    def _complete(
        self, doc_id: str, version: StoredVersion, arrival: Document, changes: Changes
    ) -> None:
        """Add the record's author, section and time of day to a stored version."""
        fields = completed(version, arrival)
        if fields != version:
            changes.complete(doc_id, arrival, fields)
            if fields.published_at != version.published_at:
                self._update_current_version(doc_id, changes)

    def _headline(
        self, arrival: Document, prepared: Prepared | None, changes: Changes
    ) -> Reconciled:
        seen = changes.find_sighting(arrival)
        if seen is not None:
            doc_id, version = seen
            if (fields := completed(version, arrival)) != version:
                changes.complete(doc_id, arrival, fields)
                if not is_article(doc_id, changes):
                    self._show_first(doc_id, changes)
            return Reconciled.DUPLICATE
        article = find_article(arrival, changes)
        if article is None:
            return self._add_headline(arrival, prepared, changes)
        changes.add_sighting(article.doc_id, arrival, headline_names(arrival))
        changes.add_names(article.doc_id, [arrival.doc_id], NameOrigin.FORMER)
        return Reconciled.DUPLICATE

    def _add_headline(
        self, headline: Document, prepared: Prepared | None, changes: Changes
    ) -> Reconciled:
        """Store a headline that belongs to no known article."""
        stored = find_headline(headline, changes)
        if stored is None:
            doc_id = record_id(headline)
            prepared = prepared or self.prepare(headline)
            changes.store(_with_id(doc_id, prepared).new)
            self.passages += len(prepared.new.spans)
            changes.add_sighting(doc_id, headline, headline_names(headline))
            return Reconciled.HEADLINE
        changes.add_sighting(stored.doc_id, headline, headline_names(headline))
        if stored.date and (headline.date is None or headline.date > stored.date):
            details = (headline.author, headline.section, headline.published_at)
            is_known = headline.source in (None, stored.source)
            if is_known and headline.url in (None, stored.url) and not any(details):
                return Reconciled.DUPLICATE
        has_changed = self._show_first(stored.doc_id, changes)
        return Reconciled.UPDATE if has_changed else Reconciled.DUPLICATE

    def _show_first(self, doc_id: str, changes: Changes) -> bool:
        """Store a headline as it was seen first; return whether this changed the document."""
        headlines = [seen for seen in changes.headlines_of(doc_id) if seen.title]
        current = changes.document(doc_id)
        if not headlines or current is None:
            return False
        shown = replace(first_seen(headlines), doc_id=doc_id, added_at=current.added_at)
        if current.added_at is None:  # an upgraded archive kept less of each headline
            shown = replace(
                shown,
                title=current.title,
                source=current.source or shown.source,
                url=current.url or shown.url,
                language=current.language,
                own_id=current.own_id,
            )
        if shown == current:
            return False
        self.replace(doc_id, self.prepare(shown), changes)
        return True

    def _move_headlines(self, doc_id: str, versions: Iterable[Document], changes: Changes) -> bool:
        """Move the headlines that share a name with these versions to their present documents.

        Return whether a headline document became this article.
        """
        article_id_by_holder: dict[str, str] = {}
        for holder, headline in changes.headlines_named(map(headline_names, versions)):
            article = find_article(headline, changes)
            if article is not None and article.doc_id == holder:
                continue
            if article is not None:
                changes.add_sighting(article.doc_id, headline, headline_names(headline))
                article_id_by_holder[holder] = article.doc_id
            elif is_article(holder, changes):
                self._add_headline(headline, None, changes)
        has_become = False
        for holder, article_id in article_id_by_holder.items():
            if is_article(holder, changes):
                continue
            if changes.headlines_of(holder):
                self._show_first(holder, changes)
                continue
            changes.remove(holder, successor=article_id)
            has_become |= article_id == doc_id
        return has_become

    def replace(self, doc_id: str, prepared: Prepared, changes: Changes) -> None:
        changes.replace(doc_id, prepared.new)
        self._finder.forget(doc_id)
        self._finder.forget(prepared.new.document.doc_id)
        self.passages += len(prepared.new.spans)


def _with_id(doc_id: str, prepared: Prepared) -> Prepared:
    """Return the prepared document under this id."""
    document = replace(prepared.new.document, doc_id=doc_id)
    return prepared._replace(new=replace(prepared.new, document=document))
