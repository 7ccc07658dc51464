"""What becomes of each record that arrives: new, seen before, changed, or the same story again.

A document is known by its id, and by further names: its address, and the words of its title. By
these a headline is one document however many pages carry it, and becomes the article when that
arrives. Records are settled one by one in their order, so the outcome does not depend on batches.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum

from indexer.duplicates import CopyFinder
from indexer.preparation import Prepared
from indexer.readers.identity import title_id, url_id
from search.index.local.transaction import Changes, Known, Records, digest_of
from search.records import Document, Kind

# A title tells a story only if it is long enough to be no rubric («أخبار قصيرة»), ...
FEWEST_TITLE_WORDS = 4
# ... and a page's ticker holds what is new: the article is of about that day.
LONGEST_APART = timedelta(days=45)


class Settled(StrEnum):
    """The one count that a record is in, as `indexer add` prints it."""

    ARTICLE = "articles"
    HEADLINE = "headlines"
    DUPLICATE = "duplicates"
    COPY = "near_duplicates"
    UPDATE = "updated"


class Arrivals:
    """Settles arrivals within one transaction after another."""

    def __init__(self, finder: CopyFinder, prepare: Callable[[Document], Prepared]) -> None:
        self._finder = finder
        self._prepare = prepare
        self.passages = 0  # stored so far

    def settle(self, arrival: Document, prepared: Prepared | None, changes: Changes) -> Settled:
        """Store what the record adds. `prepared` is None where nothing new was expected of it."""
        if arrival.kind is Kind.HEADLINE:
            return self._headline(arrival, prepared, changes)
        return self._article(arrival, prepared, changes)

    def _headline(self, arrival: Document, prepared: Prepared | None, changes: Changes) -> Settled:
        known = same_story(arrival, changes)
        if known is None:
            row = self._store(prepared or self._prepare(arrival), changes, copy_of=None)
            settled = Settled.HEADLINE
        else:
            row = known.row
            settled = self._see_again(arrival, known, changes)
        changes.sight(row, arrival.source, arrival.date)
        changes.name(row, _names_of(arrival))
        return settled

    def _see_again(self, arrival: Document, known: Known, changes: Changes) -> Settled:
        stored = changes.document(known.row)
        assert stored is not None, "it was found just now"
        fuller = completed(stored, arrival)
        if fuller == stored:
            return Settled.DUPLICATE
        self._replace(known, self._prepare(fuller), changes)
        return Settled.UPDATE

    def _article(self, arrival: Document, prepared: Prepared | None, changes: Changes) -> Settled:
        known = same_story(arrival, changes)
        if known is None:
            prepared = prepared or self._prepare(arrival)
            copy_of = self._finder.first_copy(prepared.likeness, changes)
            row = self._store(prepared, changes, copy_of=copy_of)
            settled = Settled.ARTICLE if copy_of is None else Settled.COPY
        elif is_seen(arrival, known, changes):
            return Settled.DUPLICATE
        else:
            row, settled = known.row, Settled.UPDATE
            prepared = prepared or self._prepare(arrival)
            if known.kind is Kind.ARTICLE:  # also found by another name, it keeps its id
                document = replace(arrival, doc_id=known.doc_id)
                prepared = prepared._replace(new=replace(prepared.new, document=document))
            self._replace(known, prepared, changes)
        changes.name(row, _names_of(arrival))
        return settled

    def _store(self, prepared: Prepared, changes: Changes, *, copy_of: int | None) -> int:
        row = changes.store(prepared.new, copy_of=copy_of)
        self._finder.add(row, prepared.likeness)
        self.passages += len(prepared.new.spans)
        return row

    def _replace(self, known: Known, prepared: Prepared, changes: Changes) -> None:
        changes.leave_copies(known)
        copy_of = self._finder.first_copy(prepared.likeness, changes, own_row=known.row)
        changes.replace(known, prepared.new, copy_of=copy_of)
        self._finder.add(known.row, prepared.likeness)
        self.passages += len(prepared.new.spans)


def same_story(arrival: Document, records: Records) -> Known | None:
    """Find the document that this record is about, if it is stored."""
    names = _names_of(arrival)
    found = records.find_all(names)
    for name in names:
        known = found.get(name)
        if known is not None and _is_same(arrival, known, name, records):
            return known
    return None


def is_seen(arrival: Document, known: Known, records: Records) -> bool:
    """Tell a second arrival from a change: this very version is stored, or once was."""
    digest = digest_of(arrival)
    return known.digest == digest or records.is_superseded(known.row, digest)


def completed(stored: Document, arrival: Document) -> Document:
    """Add to a headline what a second sight of it tells: address, source, an earlier day."""
    if stored.kind is Kind.ARTICLE:
        return stored
    days = [day for day in (stored.date, arrival.date) if day]
    return replace(
        stored,
        source=stored.source or arrival.source,
        url=stored.url or arrival.url,
        date=min(days, default=None),
    )


def is_stored(arrival: Document, records: Records) -> bool:
    """Tell a duplicate that stays one whatever comes before it: it needs no settling.

    An article keeps its id, and its versions are never forgotten.
    """
    known = records.of_id(arrival.doc_id)
    return (
        known is not None
        and known.kind is arrival.kind is Kind.ARTICLE
        and is_seen(arrival, known, records)
    )


def adds_nothing(arrival: Document, records: Records) -> bool:
    """Tell, from what was committed so far, that a record needs no preparation."""
    known = same_story(arrival, records)
    if known is None:
        return False
    return arrival.kind is Kind.HEADLINE or is_seen(arrival, known, records)


def _is_same(arrival: Document, known: Known, name: str, records: Records) -> bool:
    """Tell whether the document found by this name of the record is what the record is about."""
    if known.doc_id == arrival.doc_id:
        return True
    address = url_id(arrival.url) if arrival.url else None
    if known.kind is arrival.kind is Kind.ARTICLE:
        # Their titles may be a rubric's, and two ids of a dump are two articles whatever address
        # they give: they are one only where the address is the id.
        has_address = known.url is not None and url_id(known.url) == address
        return has_address and address in (arrival.doc_id, known.doc_id)
    if name == title_id(arrival.title):
        return known.kind is arrival.kind or _is_about_one_time(arrival, known, records)
    return True


def _is_telling(title: str) -> bool:
    return len(title.split()) >= FEWEST_TITLE_WORDS


def _is_about_one_time(arrival: Document, known: Known, records: Records) -> bool:
    """Tell whether a headline and an article of one title are one story."""
    is_headline = arrival.kind is Kind.HEADLINE
    if is_headline and records.is_sighted(known.row, arrival.source, arrival.date):
        return True
    if arrival.date and known.date and abs(arrival.date - known.date) > LONGEST_APART:
        return False
    seen_with = records.sources(known.row)
    if is_headline and arrival.source:
        seen_with.add(arrival.source)
    article_source = known.source if is_headline else arrival.source
    return not seen_with or article_source is None or article_source in seen_with


def _names_of(arrival: Document) -> list[str]:
    """List what the document of this record is to be found by, the surest name first."""
    names = [arrival.doc_id]
    if arrival.url:
        names.append(url_id(arrival.url))
    if _is_telling(arrival.title):
        names.append(title_id(arrival.title))
    return list(dict.fromkeys(names))
