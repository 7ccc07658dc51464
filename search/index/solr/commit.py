"""Writes the changes of one commit to the cluster, in an order that survives a kill at any point.

Passages are written before the document that names them, and removed after it. A new document that
takes nothing over from others stands for itself. All other changes of a commit belong together, as
where a headline moves from one document to another: they are written to a journal first, which the
next writer carries out if this one is killed.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from search.index.catalogue.rows import read_document
from search.index.catalogue.stored import PassageRows, StoredRows
from search.index.solr.changes import ClusterChanges, CommitPassages, NewText
from search.index.solr.configset import Kind
from search.index.solr.entries import (
    Entry,
    document_entry,
    edition_of,
    group_of,
    passage_entries,
    passage_ids,
)
from search.index.solr.journal import Journal, carry_out, finish, write_journal
from search.index.solr.scratch import Loaded, Scratch
from search.index.solr.store import MUST_NOT_EXIST, SolrStore
from search.index.solr.stored_passages import read_passages
from search.index.terms import IndexedTerms, index_terms
from search.index.writer import ConflictError, NameOrigin


@dataclass(frozen=True, slots=True)
class Change:
    """A document as it is to be stored; `replaced` is the entry in the cluster with its id.

    `loaded` is what the cluster holds of the same document, perhaps under another id, and `text`
    its new text, or None if the passages in the cluster stay.
    """

    rows: StoredRows
    number: int
    replaced: Loaded | None
    loaded: Loaded | None
    text: NewText | None

    def entry(self, run: str) -> Entry:
        version = MUST_NOT_EXIST if self.replaced is None else self.replaced.version
        return {
            **document_entry(self.rows, self.terms, number=self.number),
            "run": run,
            "_version_": version,
        }

    @property
    def terms(self) -> Sequence[IndexedTerms]:
        if self.text is not None:
            return self.text.terms
        return index_terms(read_document(self.rows.document), self.rows.spans)

    @property
    def keeps_passages(self) -> bool:
        """Return whether the passages in the cluster are those of this document."""
        return self.text is None and _text_of(self.loaded) == _text_of_rows(self.rows)

    @property
    def moves_group(self) -> bool:
        """Return whether the passages in the cluster stay, but get another group."""
        if self.loaded is None or not self.keeps_passages:
            return False
        return self.loaded.rows.first_id != self.rows.first_id


@dataclass(frozen=True, slots=True)
class Commit:
    """The changed documents of a commit, and the documents that are no longer there."""

    changes: Sequence[Change]
    removed: Sequence[Loaded]

    @property
    def is_empty(self) -> bool:
        return not self.changes and not self.removed

    @property
    def before(self) -> Sequence[Loaded]:
        """Return what the cluster holds of the documents that change, or are no longer there."""
        stored = (state for change in self.changes for state in (change.loaded, change.replaced))
        by_id = {loaded.rows.doc_id: loaded for loaded in stored if loaded is not None}
        return [*by_id.values(), *self.removed]


def changes_of(scratch: Scratch, changes: ClusterChanges, passages: CommitPassages) -> Commit:
    """Compare the scratch database with what was read from the cluster."""
    spans = {row: text.spans for row, text in passages.texts.items()}
    first_number = time.time_ns() // 1000
    changed = []
    current = set()
    for place, (row, rows) in enumerate(scratch.documents(spans)):
        current.add(rows.doc_id)
        loaded, text = scratch.loaded_by_row.get(row), passages.texts.get(row)
        if loaded is not None and loaded.rows.has_copies and not rows.has_copies:
            # Copies that no lookup asked for are in the cluster alone.
            rows = replace(rows, has_copies=not changes.has_read_copies(loaded.rows.doc_id))
        replaced = scratch.loaded.get(rows.doc_id)
        before = loaded or replaced  # of a document that was removed and stored again, the latter
        if before is not None and rows == before.rows:
            continue
        number = before.number if before is not None else first_number + place
        changed.append(Change(rows, number, replaced, loaded, text))
    removed = [loaded for doc_id, loaded in scratch.loaded.items() if doc_id not in current]
    return Commit(changed, removed)


def write_commit(store: SolrStore, commit: Commit, run: str, *, are_linked: bool = True) -> None:
    """Write a commit, which searches see at its end.

    Unless `are_linked`, each document stands for itself, whatever it names.

    Raises:
        ConflictError: another writer changed a document of it; independent documents may have
            been written.
    """
    joined_ids = _joined(commit) if are_linked else set()
    joined = [change for change in commit.changes if change.rows.doc_id in joined_ids]
    independent = [change for change in commit.changes if change.rows.doc_id not in joined_ids]
    journal = _journal_of(joined, commit, run)
    _require_unchanged(store, commit)
    store.write_all(
        Kind.PASSAGES, chain.from_iterable(_passages(store, change) for change in commit.changes)
    )
    store.commit(Kind.PASSAGES)
    store.write_all(Kind.DOCUMENTS, (change.entry(run) for change in independent))
    if journal.is_empty:
        store.commit(Kind.DOCUMENTS)
        return
    write_journal(store, journal, run)
    try:
        carry_out(store, journal)
    except ConflictError:
        # Some of it may be written by now: the rest follows, and the commit is made again.
        carry_out(store, journal, again=True)
        finish(store, journal, run)
        raise
    finish(store, journal, run)


def _joined(commit: Commit) -> set[str]:
    """Return the ids of the documents whose changes belong together.

    These are all that the cluster holds already, and the new ones that are linked to another
    document, or have a version, a headline or a name that one of those had.
    """
    taken = {part for loaded in commit.before for part in _parts(loaded.rows)}
    joined = set()
    for change in commit.changes:
        rows = change.rows
        is_linked = rows.has_copies or rows.is_copy
        is_stored = change.loaded is not None or change.replaced is not None
        if is_linked or is_stored or not taken.isdisjoint(_parts(rows)):
            joined.add(rows.doc_id)
    return joined


def _parts(rows: StoredRows) -> Iterator[object]:
    yield rows.doc_id
    yield rows.digest
    yield from (version[0] for version in rows.versions)
    yield from (headline[0] for headline in rows.headlines)
    yield from (name for name, origin in rows.names if origin != NameOrigin.OWN)


def _journal_of(joined: Iterable[Change], commit: Commit, run: str) -> Journal:
    journal = Journal(removed=[(loaded.rows.doc_id, loaded.version) for loaded in commit.removed])
    current = {_text_of_rows(change.rows) for change in commit.changes}
    for loaded in commit.before:
        if _text_of_rows(loaded.rows) not in current:
            journal.obsolete.extend(passage_ids(loaded.rows))
    for change in joined:
        journal.documents.append(change.entry(run))
        if change.moves_group:
            group = group_of(change.rows.first_id)
            journal.groups.extend((passage, group) for passage in passage_ids(change.rows))
    return journal


def _require_unchanged(store: SolrStore, commit: Commit) -> None:
    """Check before anything is written that the cluster holds what the commit was made from."""
    expected = {
        change.rows.doc_id: None if change.replaced is None else change.replaced.version
        for change in commit.changes
    } | {loaded.rows.doc_id: loaded.version for loaded in commit.removed}
    entries = store.get(Kind.DOCUMENTS, list(expected), "id,_version_")
    versions = {entry["id"]: entry["_version_"] for entry in entries}
    for doc_id, version in expected.items():
        if versions.get(doc_id) != version:
            raise ConflictError(doc_id)


def _passages(store: SolrStore, change: Change) -> list[Entry]:
    if change.keeps_passages:
        return []
    passages = change.text.passages if change.text is not None else _stored(store, change)
    return passage_entries(change.rows, passages, change.terms, number=change.number)


def _stored(store: SolrStore, change: Change) -> PassageRows:
    """Return the passages of a document that gets another id."""
    assert change.loaded is not None, "a document without a new text is in the cluster"
    [passages] = read_passages(store, [change.loaded.rows])
    return passages


def _text_of(loaded: Loaded | None) -> tuple[str, str] | None:
    return None if loaded is None else _text_of_rows(loaded.rows)


def _text_of_rows(rows: StoredRows) -> tuple[str, str]:
    return rows.doc_id, edition_of(rows)
