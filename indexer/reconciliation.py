"""Reconciles each record that arrives with what is stored: new, seen before, changed, or a copy.

A document is known by its id, and by further names: its address, and the words of its title. By
these a headline is one document however many pages carry it, and becomes the article when that
arrives. Records are reconciled one by one in their order, so the outcome does not depend on
batches.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum

from indexer.duplicates import CopyFinder
from indexer.preparation import Prepared
from indexer.readers.identity import title_id, url_id
from search.index import Changes, StoredDocument, StoredDocuments
from search.records import Document, Kind, digest_of

# A title tells a story only if it is long enough to be no rubric («أخبار قصيرة»), ...
FEWEST_TITLE_WORDS = 4
# ... and a page's ticker holds what is new: the article is of about that day.
LONGEST_APART = timedelta(days=45)


class Reconciled(StrEnum):
    """The one count that a record is in, as `indexer add` prints it."""

    ARTICLE = "articles"
    HEADLINE = "headlines"
    DUPLICATE = "duplicates"
    COPY = "near_duplicates"
    UPDATE = "updated"


class Reconciler:
    """Stores what records add, within one commit after another."""

    def __init__(self, finder: CopyFinder, prepare: Callable[[Document], Prepared]) -> None:
        self._finder = finder
        self._prepare = prepare
        self.passages = 0  # stored so far

    def reconcile(
        self, arrival: Document, prepared: Prepared | None, changes: Changes
    ) -> Reconciled:
        """Store what the record adds. `prepared` is None where nothing new was expected of it."""
        if arrival.kind is Kind.HEADLINE:
            return self._headline(arrival, prepared, changes)
        return self._article(arrival, prepared, changes)

    def _headline(
        self, arrival: Document, prepared: Prepared | None, changes: Changes
    ) -> Reconciled:
        stored = same_story(arrival, changes)
        if stored is None:
            self._store(prepared or self._prepare(arrival), changes, copy_of=None)
            doc_id, reconciled = arrival.doc_id, Reconciled.HEADLINE
        else:
            doc_id, reconciled = stored.doc_id, self._see_again(arrival, stored, changes)
        changes.sight(doc_id, arrival.source, arrival.date)
        changes.name(doc_id, _names_of(arrival))
        return reconciled

    def _see_again(self, arrival: Document, stored: StoredDocument, changes: Changes) -> Reconciled:
        document = changes.document(stored.doc_id)
        assert document is not None, "it was looked up just now"
        fuller = completed(document, arrival)
        if fuller == document:
            return Reconciled.DUPLICATE
        self._replace(stored, self._prepare(fuller), changes)
        return Reconciled.UPDATE

    def _article(
        self, arrival: Document, prepared: Prepared | None, changes: Changes
    ) -> Reconciled:
        stored = same_story(arrival, changes)
        if stored is None:
            prepared = prepared or self._prepare(arrival)
            copy_of = self._finder.first_copy(prepared.likeness, changes)
            self._store(prepared, changes, copy_of=copy_of)
            reconciled = Reconciled.ARTICLE if copy_of is None else Reconciled.COPY
        elif is_seen(arrival, stored, changes):
            return Reconciled.DUPLICATE
        else:
            reconciled = Reconciled.UPDATE
            prepared = prepared or self._prepare(arrival)
            if stored.kind is Kind.ARTICLE:  # also where another name led to it, it keeps its id
                document = replace(arrival, doc_id=stored.doc_id)
                prepared = prepared._replace(new=replace(prepared.new, document=document))
            self._replace(stored, prepared, changes)
        changes.name(prepared.new.document.doc_id, _names_of(arrival))
        return reconciled

    def _store(self, prepared: Prepared, changes: Changes, *, copy_of: str | None) -> None:
        changes.store(prepared.new, copy_of=copy_of)
        self._finder.add(prepared.new.document.doc_id, prepared.likeness)
        self.passages += len(prepared.new.spans)

    def _replace(self, stored: StoredDocument, prepared: Prepared, changes: Changes) -> None:
        changes.leave_copies(stored.doc_id)
        copy_of = self._finder.first_copy(prepared.likeness, changes, own_id=stored.doc_id)
        changes.replace(stored.doc_id, prepared.new, copy_of=copy_of)
        self._finder.add(prepared.new.document.doc_id, prepared.likeness)
        self.passages += len(prepared.new.spans)


def same_story(arrival: Document, documents: StoredDocuments) -> StoredDocument | None:
    """Return the stored document that this record is about."""
    names = _names_of(arrival)
    stored_by_name = documents.find_all(names)
    for name in names:
        stored = stored_by_name.get(name)
        if stored is not None and _is_same(arrival, stored, name, documents):
            return stored
    return None


def is_seen(arrival: Document, stored: StoredDocument, documents: StoredDocuments) -> bool:
    """Tell a second arrival from a change: this very version is stored, or once was."""
    digest = digest_of(arrival)
    return stored.digest == digest or documents.is_superseded(stored.doc_id, digest)


def completed(document: Document, arrival: Document) -> Document:
    """Add to a headline what a second sighting tells: address, source, an earlier day."""
    if document.kind is Kind.ARTICLE:
        return document
    days = [day for day in (document.date, arrival.date) if day]
    return replace(
        document,
        source=document.source or arrival.source,
        url=document.url or arrival.url,
        date=min(days, default=None),
    )


def is_stored(arrival: Document, documents: StoredDocuments) -> bool:
    """Tell a duplicate that stays one whatever comes before it: it needs no reconciling.

    An article keeps its id, and its versions are never forgotten.
    """
    stored = documents.of_id(arrival.doc_id)
    return (
        stored is not None
        and stored.kind is arrival.kind is Kind.ARTICLE
        and is_seen(arrival, stored, documents)
    )


def adds_nothing(arrival: Document, documents: StoredDocuments) -> bool:
    """Tell, from what was committed so far, that a record needs no preparation."""
    stored = same_story(arrival, documents)
    if stored is None:
        return False
    return arrival.kind is Kind.HEADLINE or is_seen(arrival, stored, documents)


def _is_same(
    arrival: Document, stored: StoredDocument, name: str, documents: StoredDocuments
) -> bool:
    """Tell whether the document that has this name of the record is what the record is about."""
    if stored.doc_id == arrival.doc_id:
        return True
    address = url_id(arrival.url) if arrival.url else None
    if stored.kind is arrival.kind is Kind.ARTICLE:
        # Their titles may be a rubric's, and two ids of a dump are two articles whatever address
        # they give: they are one only where the address is the id.
        has_address = stored.url is not None and url_id(stored.url) == address
        return has_address and address in (arrival.doc_id, stored.doc_id)
    if name == title_id(arrival.title):
        return stored.kind is arrival.kind or _is_about_one_time(arrival, stored, documents)
    return True


def _is_telling(title: str) -> bool:
    return len(title.split()) >= FEWEST_TITLE_WORDS


def _is_about_one_time(
    arrival: Document, stored: StoredDocument, documents: StoredDocuments
) -> bool:
    """Tell whether a headline and an article of one title are one story."""
    is_headline = arrival.kind is Kind.HEADLINE
    if is_headline and documents.is_sighted(stored.doc_id, arrival.source, arrival.date):
        return True
    if arrival.date and stored.date and abs(arrival.date - stored.date) > LONGEST_APART:
        return False
    seen_with = documents.sighted_sources(stored.doc_id)
    if is_headline and arrival.source:
        seen_with.add(arrival.source)
    article_source = stored.source if is_headline else arrival.source
    return not seen_with or article_source is None or article_source in seen_with


def _names_of(arrival: Document) -> list[str]:
    """Return what the document of this record is to be found by, the surest name first."""
    names = [arrival.doc_id]
    if arrival.url:
        names.append(url_id(arrival.url))
    if _is_telling(arrival.title):
        names.append(title_id(arrival.title))
    return list(dict.fromkeys(names))
