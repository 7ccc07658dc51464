"""Reconcile headlines: they belong to their article, or else to one document for each name."""

from collections.abc import Iterable
from dataclasses import replace

from indexer.linked_documents import LinkedDocuments
from indexer.preparation import Prepared
from indexer.readers.identity import record_id
from indexer.reconciled import Reconciled
from indexer.record_linkage import find_article, find_headline, headline_names, is_article
from indexer.versions import completed, first_seen
from search.index.writer import Changes, NameOrigin
from search.records import Document


class Headlines:
    """Stores the headlines that records add, and moves them when their articles change."""

    def __init__(self, documents: LinkedDocuments) -> None:
        self._documents = documents

    def reconcile(
        self, arrival: Document, prepared: Prepared | None, changes: Changes
    ) -> Reconciled:
        """Store what the headline adds; `prepared` is None if nothing new was expected of it."""
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
            return self._add(arrival, prepared, changes)
        changes.add_sighting(article.doc_id, arrival, headline_names(arrival))
        changes.add_names(article.doc_id, [arrival.doc_id], NameOrigin.FORMER)
        return Reconciled.DUPLICATE

    def _add(self, headline: Document, prepared: Prepared | None, changes: Changes) -> Reconciled:
        """Store a headline that belongs to no known article."""
        stored = find_headline(headline, changes)
        if stored is None:
            doc_id = record_id(headline)
            prepared = prepared or self._documents.prepare(headline)
            renamed = replace(prepared.new.document, doc_id=doc_id)
            self._documents.store(prepared.with_document(renamed), changes)
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
        self._documents.replace(doc_id, self._documents.prepare(shown), changes)
        return True

    def move(self, doc_id: str, versions: Iterable[Document], changes: Changes) -> bool:
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
                self._add(headline, None, changes)
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
