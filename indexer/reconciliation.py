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

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from enum import StrEnum

from indexer.duplicates import CopyFinder
from indexer.preparation import Prepared
from indexer.readers.identity import (
    earlier_names,
    is_telling,
    own_name,
    record_id,
    source_of_id,
    text_name,
    title_id,
    url_id,
)
from search.index.archive import NamesOfUpgraded
from search.index.writer import (
    Changes,
    HeadlineNames,
    Origin,
    StoredDocument,
    StoredDocuments,
    StoredVersion,
)
from search.records import Document, Kind, digest_of

# A page's ticker shows new articles, so the article's date is near the headline's.
DAYS_APART = 45
# Articles of one newspaper, day and title whose texts are all compared. If there are more, only
# those that share a band of their sketches are compared.
MOST_COMPARED = 64

Named = Mapping[str, Sequence[tuple[StoredDocument, Origin]]]


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
        self._prepare = prepare
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
        documents_by_name = _find_by_name(arrival, changes)
        known = _known(arrival, documents_by_name, changes)
        if known is not None:
            self._complete(known[0].doc_id, known[1], arrival, changes)
            return Reconciled.DUPLICATE
        prepared = prepared or self._prepare(arrival)
        articles = self._documents_of(arrival, documents_by_name, prepared, changes)
        has_copies = False
        if articles:
            doc_id = self._add_version(articles, arrival, prepared, changes)
        else:
            doc_id = arrival.doc_id
            changes.store(prepared.new)
            self.passages += len(prepared.new.spans)
            has_copies = self._finder.place(doc_id, prepared.likeness, changes)
        changes.name(doc_id, _names_of(arrival), Origin.OWN)
        has_gathered = self._gather_without_id(doc_id, arrival, changes)
        was_seen = self._take_headlines(doc_id, [arrival], changes)
        if articles or has_gathered or was_seen:
            return Reconciled.UPDATE
        return Reconciled.COPY if has_copies else Reconciled.ARTICLE

    def _documents_of(
        self, arrival: Document, documents_by_name: Named, prepared: Prepared, changes: Changes
    ) -> list[StoredDocument]:
        """Return the articles that the record is a version of; several if it joins them."""
        if arrival.own_id:
            return _of_own_id(arrival, documents_by_name)
        if arrival.url:
            return _of_address(arrival, documents_by_name)
        of_title = _articles(text_name(arrival), changes)
        if len(of_title) > MOST_COMPARED:
            sketch = prepared.new.sketch
            near = changes.near_sketches(sketch, MOST_COMPARED) if sketch else []
            near_ids = {copy.doc_id for copy in near}
            of_title = [
                stored
                for stored in map(changes.of_id, sorted(near_ids))
                if stored is not None and text_name(arrival) in changes.own_names(stored.doc_id)
            ]
        return [
            stored
            for stored in of_title
            if self._finder.is_like(arrival.body, stored.doc_id, changes)
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
        if not others and rank(arrival) > rank(current):
            copies = self._finder.leave(doc_id, changes)
            self._replace(doc_id, _with_id(new_id, prepared), changes)
            self._finder.place(new_id, prepared.likeness, changes)
            self._finder.place_again(copies, changes)
        else:
            changes.add_version(doc_id, arrival)
            if others or new_id != doc_id:
                self._settle(doc_id, changes, new_id=new_id)
        settled = changes.of_id(new_id)
        assert settled is not None, "it was stored just now"
        if new_id != doc_id or (settled.date, settled.source) != (current.date, current.source):
            self._take_headlines(new_id, changes.versions(new_id), changes)
        return new_id

    def _gather_without_id(self, doc_id: str, arrival: Document, changes: Changes) -> bool:
        """Move records without an id to the article with the least id at their address."""
        if not arrival.own_id or not arrival.url:
            return False
        name = url_id(arrival.url)
        has_gathered = False
        for stored in _articles(name, changes):
            if stored.doc_id == name != doc_id:
                self._merge(name, doc_id, changes)
                has_gathered = True
            elif doc_id < stored.doc_id and not stored.is_upgraded:
                has_gathered |= self._move_without_id(stored.doc_id, doc_id, name, changes)
        if has_gathered:
            self._settle(doc_id, changes)
            self._take_headlines(doc_id, changes.versions(doc_id), changes)
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
            self._settle(holder, changes, among=remaining)
        for version in moved:
            changes.drop_version(holder, version)
            changes.add_version(doc_id, version)
            changes.name(doc_id, _names_of(version), Origin.OWN)
        kept = {name for version in remaining for name in _names_of(version)}
        changes.unname(holder, {name for v in moved for name in _names_of(v)} - kept)
        self._take_headlines(holder, [*remaining, *moved], changes)
        return True

    def _merge(self, doc_id: str, into: str, changes: Changes) -> None:
        copies = self._finder.leave(doc_id, changes)
        changes.merge(doc_id, into)
        self._finder.place_again(copies, changes)

    def _settle(
        self,
        doc_id: str,
        changes: Changes,
        *,
        new_id: str | None = None,
        among: Iterable[Document] = (),
    ) -> None:
        """Make the latest of an article's versions the current version."""
        versions = changes.versions(doc_id)
        latest = max(among or versions, key=rank)
        copies = self._finder.leave(doc_id, changes)
        new_id = new_id or doc_id
        if latest is not versions[0] or new_id != doc_id:
            prepared = self._prepare(replace(latest, doc_id=new_id))
            self._replace(doc_id, prepared, changes)
        self._finder.place_again([changes.copy(new_id), *copies], changes)

    def _complete(
        self, doc_id: str, version: StoredVersion, arrival: Document, changes: Changes
    ) -> None:
        """Add the record's author, section and time of day to a stored version."""
        completed = _completed(version, arrival)
        if completed != version:
            changes.complete(doc_id, arrival, completed)
            if completed.published_at != version.published_at:
                self._settle(doc_id, changes)

    def _headline(
        self, arrival: Document, prepared: Prepared | None, changes: Changes
    ) -> Reconciled:
        seen = changes.seen(arrival)
        if seen is not None:
            doc_id, version = seen
            if (completed := _completed(version, arrival)) != version:
                changes.complete(doc_id, arrival, completed)
                if not _is_article(doc_id, changes):
                    self._show_first(doc_id, changes)
            return Reconciled.DUPLICATE
        article = article_of(arrival, changes)
        if article is None:
            return self._see(arrival, prepared, changes)
        changes.see(article.doc_id, arrival, _headline_names(arrival))
        changes.name(article.doc_id, [arrival.doc_id], Origin.FORMER)
        return Reconciled.DUPLICATE

    def _see(self, headline: Document, prepared: Prepared | None, changes: Changes) -> Reconciled:
        """Store a headline that belongs to no known article."""
        stored = _headline_of(headline, changes)
        if stored is None:
            doc_id = record_id(headline)
            prepared = prepared or self._prepare(headline)
            changes.store(_with_id(doc_id, prepared).new)
            self.passages += len(prepared.new.spans)
            changes.see(doc_id, headline, _headline_names(headline))
            return Reconciled.HEADLINE
        changes.see(stored.doc_id, headline, _headline_names(headline))
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
        self._replace(doc_id, self._prepare(shown), changes)
        return True

    def _take_headlines(self, doc_id: str, versions: Iterable[Document], changes: Changes) -> bool:
        """Move the headlines that share a name with these versions to their present documents.

        Return whether a headline document became this article.
        """
        article_id_by_holder: dict[str, str] = {}
        for holder, headline in changes.headlines_named(map(_headline_names, versions)):
            article = article_of(headline, changes)
            if article is not None and article.doc_id == holder:
                continue
            if article is not None:
                changes.see(article.doc_id, headline, _headline_names(headline))
                article_id_by_holder[holder] = article.doc_id
            elif changes.of_id(holder) is not None and _is_article(holder, changes):
                self._see(headline, None, changes)
        has_become = False
        for holder, article_id in article_id_by_holder.items():
            if _is_article(holder, changes):
                continue
            if changes.headlines_of(holder):
                self._show_first(holder, changes)
                continue
            changes.remove(holder, heir=article_id)
            has_become |= article_id == doc_id
        return has_become

    def _replace(self, doc_id: str, prepared: Prepared, changes: Changes) -> None:
        changes.replace(doc_id, prepared.new)
        self._finder.forget(doc_id)
        self._finder.forget(prepared.new.document.doc_id)
        self.passages += len(prepared.new.spans)

    def bring_again(
        self, stored: StoredDocument, change: Callable[[Document], Document], changes: Changes
    ) -> None:
        """Remove a document, and reconcile its changed records as if they arrived now."""
        is_article = stored.kind is Kind.ARTICLE
        records = changes.versions(stored.doc_id) if is_article else []
        records += changes.headlines_of(stored.doc_id)
        copies = self._finder.leave(stored.doc_id, changes)
        changes.remove(stored.doc_id)
        self._finder.place_again(copies, changes)
        heir: str | None = None
        for record in map(change, records):
            arrival = replace(record, doc_id=record_id(record))
            self.reconcile(arrival, None, changes)
            heir = heir or arrival.doc_id
        if heir is not None:
            pairs = changes.find_all([heir]).get(heir, ())
            for document, _ in pairs[:1]:
                changes.name(document.doc_id, [stored.doc_id], Origin.FORMER)

    def rename_in_place(
        self, stored: StoredDocument, change: Callable[[Document], Document], changes: Changes
    ) -> None:
        """Change the records of a document that keeps its id."""
        doc_id = stored.doc_id
        current, *earlier = changes.versions(doc_id)
        changed = change(current)
        if changed != current:
            self._replace(doc_id, self._prepare(changed), changes)
            changes.drop_version(doc_id, current)
        for version in earlier:
            if change(version) != version:
                changes.drop_version(doc_id, version)
                changes.add_version(doc_id, change(version))
        for headline in changes.headlines_of(doc_id):
            if change(headline) != headline:
                changes.unsee(doc_id, headline)
                changes.see(doc_id, change(headline), _headline_names(change(headline)))


def rank(version: Document) -> tuple[str, str, int, bytes, str]:
    """Return the sort key of an article's version: the latest, then the longest, comes last."""
    moment = version.published_at
    return (
        version.date.isoformat() if version.date else "",
        moment.isoformat()[:19] if moment else "",
        len(version.body),
        digest_of(version),
        version.own_id or "",
    )


def first_seen(headlines: list[Document]) -> Document:
    """Return a headline as it was seen first, completed by the first later values.

    `headlines` are in the order in which they were seen.
    """
    return replace(
        headlines[0],
        source=next((headline.source for headline in headlines if headline.source), None),
        url=next((headline.url for headline in headlines if headline.url), None),
        author=next((headline.author for headline in headlines if headline.author), None),
        section=next((headline.section for headline in headlines if headline.section), None),
        published_at=next((h.published_at for h in headlines if h.published_at), None),
    )


def article_of(headline: Document, documents: StoredDocuments) -> StoredDocument | None:
    """Return the article that a headline belongs to, if any."""
    names = _headline_names(headline)
    if names.own and (articles := _of_own_id(headline, _find_by_name(headline, documents))):
        return articles[0]
    if names.url and (articles := _articles(names.url, documents)):
        return min(articles, key=lambda stored: (stored.date or date.max, stored.doc_id))
    if names.title is None:
        return None
    return documents.titled(names.title, headline.source, headline.date, days_apart=DAYS_APART)


def is_stored(arrival: Document, documents: StoredDocuments) -> bool:
    """Return whether a record is a duplicate that needs no reconciling.

    It stays a duplicate whatever is stored before it, because neither a version of an article nor a
    headline that was seen is ever forgotten.
    """
    if arrival.kind is Kind.HEADLINE:
        seen = documents.seen(arrival)
        return seen is not None and _completed(seen[1], arrival) == seen[1]
    known = _known(arrival, _find_by_name(arrival, documents), documents)
    return known is not None and _completed(known[1], arrival) == known[1]


def needs_no_preparation(arrival: Document, documents: StoredDocuments) -> bool:
    """Return whether a record that is not stored adds no text to the documents committed so far.

    This holds for a headline that is known under another place or day.
    """
    return arrival.kind is Kind.HEADLINE and (
        article_of(arrival, documents) is not None or _headline_of(arrival, documents) is not None
    )


def _find_by_name(record: Document, documents: StoredDocuments) -> Named:
    """Return the documents under each name of a record, its present name first."""
    return documents.find_all([record_id(record), *earlier_names(record)])


def _known(
    arrival: Document, documents_by_name: Named, documents: StoredDocuments
) -> tuple[StoredDocument, StoredVersion] | None:
    """Return the article that has this version, and the stored version."""
    candidates = [stored for pairs in documents_by_name.values() for stored, _ in pairs]
    if not (arrival.own_id or arrival.url):
        upgraded = documents.of_id(text_name(arrival))
        candidates += [upgraded] if upgraded is not None else []
    if not candidates:
        return None
    digest = digest_of(arrival)
    for stored in candidates:
        if stored.kind is Kind.ARTICLE:
            version = documents.version(stored.doc_id, digest, arrival.own_id)
            if version is not None:
                return stored, version
    return None


def _of_own_id(record: Document, documents_by_name: Named) -> list[StoredDocument]:
    """Return the article, if any, to which the newspaper gave the id of this record."""
    name = record_id(record)
    for stored, origin in documents_by_name.get(name, ()):
        is_same = not stored.is_upgraded or stored.source == record.source
        if stored.kind is Kind.ARTICLE and origin is Origin.OWN and is_same:
            return [stored]
    for former, pairs in documents_by_name.items():
        for stored, _ in pairs:
            is_article = former != name and stored.kind is Kind.ARTICLE
            if is_article and _is_of_earlier_version(stored, record):
                return [stored]
    return []


def _is_of_earlier_version(stored: StoredDocument, record: Document) -> bool:
    """Return whether a document under the former name of a record's id is that record's document.

    Before the host of an address was a part of the name, an id without a newspaper had the same
    name at every address.
    """
    if stored.is_upgraded:
        return record.kind is Kind.HEADLINE or stored.source == record.source
    return not record.source and source_of_id(stored) == source_of_id(record)


def _of_address(record: Document, documents_by_name: Named) -> list[StoredDocument]:
    """Return the article, if any, of a record without an id at its address."""
    name = record_id(record)
    at_address = [
        stored
        for stored, origin in documents_by_name.get(name, ())
        if stored.kind is Kind.ARTICLE and origin is not Origin.FORMER
    ] or [
        stored
        for pairs in documents_by_name.values()
        for stored, _ in pairs
        if stored.kind is Kind.ARTICLE and stored.is_upgraded
    ]
    # An article that is named by the address alone comes after the articles that have ids.
    ordered = sorted(at_address, key=lambda stored: (stored.doc_id == name, stored.doc_id))
    return ordered[:1]


def _headline_of(headline: Document, documents: StoredDocuments) -> StoredDocument | None:
    """Return the stored headline of this name."""
    name = record_id(headline)
    names = dict.fromkeys([name, *earlier_names(headline), title_id(headline.title)])
    documents_by_name = documents.find_all(list(names))
    for key, pairs in documents_by_name.items():
        for stored, origin in pairs:
            if stored.kind is Kind.HEADLINE and (
                (key == name and origin is Origin.OWN)
                or (stored.is_upgraded and (key == name or not headline.own_id))
                or (stored.is_upgraded and headline.source in (None, stored.source))
            ):
                return stored
    return None


def _articles(name: str, documents: StoredDocuments) -> list[StoredDocument]:
    """Return the articles of this name, without those that had it formerly."""
    return [
        stored
        for stored, origin in documents.find_all([name]).get(name, ())
        if stored.kind is Kind.ARTICLE and origin is not Origin.FORMER
    ]


def _is_article(doc_id: str, documents: StoredDocuments) -> bool:
    stored = documents.of_id(doc_id)
    return stored is not None and stored.kind is Kind.ARTICLE


def _names_of(article: Document) -> list[str]:
    """Return the names that a version gives to its article."""
    names = [record_id(article)]
    if article.url:
        names.append(url_id(article.url))
    elif not article.own_id:
        names.append(text_name(article))
    if is_telling(article.title):
        names.append(title_id(article.title))
    return names


def _headline_names(record: Document) -> HeadlineNames:
    """Return the names that join a headline and an article."""
    return HeadlineNames(
        own=own_name(record.own_id, source_of_id(record)) if record.own_id else None,
        url=url_id(record.url) if record.url else None,
        title=title_id(record.title) if is_telling(record.title) else None,
    )


def names_of_upgraded() -> NamesOfUpgraded:
    """Return the functions that name the documents of an archive of the earlier format."""
    return NamesOfUpgraded(own=_own_names_of_upgraded, joining=_headline_names)


def _own_names_of_upgraded(article: Document) -> list[str]:
    # The dump's own id is unknown: without an address, the article keeps its name by title only if
    # that was its id.
    is_named = article.url or article.doc_id == text_name(article)
    return _names_of(article) if is_named else _names_of(article)[2:]


def _completed(version: StoredVersion, arrival: Document) -> StoredVersion:
    """Return a version completed by a record; of two values the lesser, whichever came first."""
    return StoredVersion(
        _lesser(version.author, arrival.author),
        _lesser(version.section, arrival.section),
        min(
            (moment for moment in (version.published_at, arrival.published_at) if moment),
            key=lambda moment: moment.isoformat(),
            default=None,
        ),
    )


def _lesser(first: str | None, second: str | None) -> str | None:
    return min((text for text in (first, second) if text), default=None)


def _with_id(doc_id: str, prepared: Prepared) -> Prepared:
    """Return the prepared document under this id."""
    document = replace(prepared.new.document, doc_id=doc_id)
    return prepared._replace(new=replace(prepared.new, document=document))
