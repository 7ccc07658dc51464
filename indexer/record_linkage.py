"""Record linkage: find the stored documents that a record belongs to, by the names they share."""

from collections.abc import Mapping, Sequence
from datetime import date

from indexer.readers.identity import (
    doc_id_of,
    former_ids,
    id_namespace,
    is_distinctive,
    record_id,
    title_and_day_id,
    title_id,
    url_id,
)
from indexer.versions import completed
from search.index.archive import UpgradeNaming
from search.index.writer import (
    HeadlineNames,
    NameOrigin,
    StoredDocument,
    StoredDocuments,
    StoredVersion,
)
from search.records import Document, Kind, digest_of

# A page's ticker shows new articles, so the article's date is near the headline's.
DAYS_APART = 45

Named = Mapping[str, Sequence[tuple[StoredDocument, NameOrigin]]]


def find_by_name(record: Document, documents: StoredDocuments) -> Named:
    """Return the documents under each name of a record, its present name first."""
    return documents.find_by_names([record_id(record), *former_ids(record)])


def find_version(
    arrival: Document, documents_by_name: Named, documents: StoredDocuments
) -> tuple[StoredDocument, StoredVersion] | None:
    """Return the article that has this version, and the stored version."""
    candidates = [stored for pairs in documents_by_name.values() for stored, _ in pairs]
    if not (arrival.own_id or arrival.url):
        upgraded = documents.find_by_id(title_and_day_id(arrival))
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


def find_by_own_id(record: Document, documents_by_name: Named) -> list[StoredDocument]:
    """Return the article, if any, to which the newspaper gave the id of this record."""
    name = record_id(record)
    for stored, origin in documents_by_name.get(name, ()):
        is_same = not stored.is_upgraded or stored.source == record.source
        if stored.kind is Kind.ARTICLE and origin is NameOrigin.OWN and is_same:
            return [stored]
    for former, pairs in documents_by_name.items():
        for stored, _ in pairs:
            is_of_former = former != name and stored.kind is Kind.ARTICLE
            if is_of_former and _is_of_earlier_version(stored, record):
                return [stored]
    return []


def _is_of_earlier_version(stored: StoredDocument, record: Document) -> bool:
    """Return whether a document under the former name of a record's id is that record's document.

    Before the host of an address was a part of the name, an id without a newspaper had the same
    name at every address.
    """
    if stored.is_upgraded:
        return record.kind is Kind.HEADLINE or stored.source == record.source
    return not record.source and id_namespace(stored) == id_namespace(record)


def find_by_address(record: Document, documents_by_name: Named) -> list[StoredDocument]:
    """Return the article, if any, of a record without an id at its address."""
    name = record_id(record)
    at_address = [
        stored
        for stored, origin in documents_by_name.get(name, ())
        if stored.kind is Kind.ARTICLE and origin is not NameOrigin.FORMER
    ] or [
        stored
        for pairs in documents_by_name.values()
        for stored, _ in pairs
        if stored.kind is Kind.ARTICLE and stored.is_upgraded
    ]
    # An article that is named by the address alone comes after the articles that have ids.
    ordered = sorted(at_address, key=lambda stored: (stored.doc_id == name, stored.doc_id))
    return ordered[:1]


def find_headline(headline: Document, documents: StoredDocuments) -> StoredDocument | None:
    """Return the stored headline of this name."""
    name = record_id(headline)
    names = dict.fromkeys([name, *former_ids(headline), title_id(headline.title)])
    documents_by_name = documents.find_by_names(list(names))
    for key, pairs in documents_by_name.items():
        for stored, origin in pairs:
            if stored.kind is Kind.HEADLINE and (
                (key == name and origin is NameOrigin.OWN)
                or (stored.is_upgraded and (key == name or not headline.own_id))
                or (stored.is_upgraded and headline.source in (None, stored.source))
            ):
                return stored
    return None


def find_articles(name: str, documents: StoredDocuments) -> list[StoredDocument]:
    """Return the articles of this name, without those that had it formerly."""
    return [
        stored
        for stored, origin in documents.find_by_names([name]).get(name, ())
        if stored.kind is Kind.ARTICLE and origin is not NameOrigin.FORMER
    ]


def is_article(doc_id: str, documents: StoredDocuments) -> bool:
    stored = documents.find_by_id(doc_id)
    return stored is not None and stored.kind is Kind.ARTICLE


def find_article(headline: Document, documents: StoredDocuments) -> StoredDocument | None:
    """Return the article that a headline belongs to, if any."""
    names = headline_names(headline)
    if names.own and (articles := find_by_own_id(headline, find_by_name(headline, documents))):
        return articles[0]
    if names.url and (articles := find_articles(names.url, documents)):
        return min(articles, key=lambda stored: (stored.date or date.max, stored.doc_id))
    if names.title is None:
        return None
    return documents.find_by_title(
        names.title, headline.source, headline.date, days_apart=DAYS_APART
    )


def is_stored(arrival: Document, documents: StoredDocuments) -> bool:
    """Return whether a record is a duplicate that needs no reconciling.

    It stays a duplicate whatever is stored before it, because neither a version of an article nor a
    headline that was seen is ever forgotten.
    """
    if arrival.kind is Kind.HEADLINE:
        seen = documents.find_sighting(arrival)
        return seen is not None and completed(seen[1], arrival) == seen[1]
    known = find_version(arrival, find_by_name(arrival, documents), documents)
    return known is not None and completed(known[1], arrival) == known[1]


def needs_no_preparation(arrival: Document, documents: StoredDocuments) -> bool:
    """Return whether a record that is not stored adds no text to the documents committed so far.

    This holds for a headline that is known under another place or day.
    """
    return arrival.kind is Kind.HEADLINE and (
        find_article(arrival, documents) is not None
        or find_headline(arrival, documents) is not None
    )


def shares_a_name(doc_id: str, versions: Sequence[Document], documents: StoredDocuments) -> bool:
    """Return whether the versions of an article have a name in common with another document."""
    names = {name for version in versions for name in names_looked_up(version)}
    found = documents.find_by_names(sorted(names)).values()
    holders = {stored.doc_id for pairs in found for stored, _ in pairs}
    seen = documents.headlines_named(map(headline_names, versions))
    return not holders.union(holder for holder, _ in seen) <= {doc_id}


def names_of(article: Document) -> list[str]:
    """Return the names that a version gives to its article."""
    names = [record_id(article)]
    if article.url:
        names.append(url_id(article.url))
    elif not article.own_id:
        names.append(title_and_day_id(article))
    if is_distinctive(article.title):
        names.append(title_id(article.title))
    return names


def names_looked_up(record: Document) -> set[str]:
    """Return the names by which the lookups for an arriving record may find documents."""
    names = {record_id(record), *former_ids(record), title_and_day_id(record)}
    joining = headline_names(record)
    names.update(name for name in (joining.own, joining.url, joining.title) if name is not None)
    names.add(title_id(record.title))
    if record.url:
        names.add(url_id(record.url))
    return names


def headline_names(record: Document) -> HeadlineNames:
    """Return the names that join a headline and an article."""
    return HeadlineNames(
        own=doc_id_of(record.own_id, id_namespace(record)) if record.own_id else None,
        url=url_id(record.url) if record.url else None,
        title=title_id(record.title) if is_distinctive(record.title) else None,
    )


def upgrade_naming() -> UpgradeNaming:
    """Return the functions that name the documents of an archive of the earlier format."""
    return UpgradeNaming(own=_own_names_of_upgraded, joining=headline_names)


def _own_names_of_upgraded(article: Document) -> list[str]:
    # The dump's own id is unknown: without an address, the article keeps its name by title only if
    # that was its id.
    is_named = article.url or article.doc_id == title_and_day_id(article)
    return names_of(article) if is_named else names_of(article)[2:]
