"""The changes of a commit that belong together, which a killed writer's successor carries out.

A journal is written before its changes, and removed after them. To carry it out twice, or after
others have changed some of its documents, does no harm: every entry has the version that it
replaces.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from search.index.solr.configset import Kind
from search.index.solr.entries import Entry, pack, unpack
from search.index.solr.store import SolrStore
from search.index.writer import ConflictError

_JOURNAL = "journal"


@dataclass(frozen=True, slots=True)
class Journal:
    """The changes that belong together: entries of documents, and what follows from them."""

    documents: list[Entry] = field(default_factory=list)
    removed: list[tuple[str, int]] = field(default_factory=list)  # id and version
    obsolete: list[str] = field(default_factory=list)  # ids of passages
    groups: list[tuple[str, int]] = field(default_factory=list)  # of passages that stay

    @property
    def is_empty(self) -> bool:
        return not (self.documents or self.removed or self.obsolete or self.groups)


def carry_out(store: SolrStore, journal: Journal, *, again: bool = False) -> None:
    """Write the documents of a journal; `again`, leave out those that others changed since."""
    if again:
        for entry in journal.documents:
            with suppress(ConflictError):
                store.write(Kind.DOCUMENTS, [entry])
    else:
        store.write_all(Kind.DOCUMENTS, journal.documents)
    versions = {
        entry["id"]: entry["_version_"]
        for entry in store.get(
            Kind.DOCUMENTS, [doc_id for doc_id, _ in journal.removed], "id,_version_"
        )
    }
    removed = [doc_id for doc_id, version in journal.removed if versions.get(doc_id) == version]
    store.remove(Kind.DOCUMENTS, removed)


def finish(store: SolrStore, journal: Journal, run: str) -> None:
    """Let searches see the documents of a journal; then change its passages, and remove it."""
    store.commit(Kind.DOCUMENTS)
    store.remove(Kind.PASSAGES, journal.obsolete)
    store.change_all(
        Kind.PASSAGES, ({"id": passage, "group": group} for passage, group in journal.groups)
    )
    store.commit(Kind.PASSAGES)
    store.remove(Kind.ARCHIVE, [journal_id(run)])


def finish_journals(store: SolrStore, runs: Sequence[str]) -> None:
    """Carry out the journals that these runs left.

    The writer of a journal may still be at work: what it has done already is not done again.
    """
    for entry in store.get(Kind.ARCHIVE, [journal_id(run) for run in runs], "id,value"):
        documents, removed, obsolete, groups = unpack(entry, "value")
        journal = Journal(
            documents,
            [(doc_id, version) for doc_id, version in removed],
            obsolete,
            [(passage, group) for passage, group in groups],
        )
        carry_out(store, journal, again=True)
        finish(store, journal, entry["id"].removeprefix(journal_id("")))


def journal_id(run: str) -> str:
    """Return the id of the entry of a run's journal."""
    return f"{_JOURNAL}-{run}"


def write_journal(store: SolrStore, journal: Journal, run: str) -> None:
    value = pack([journal.documents, journal.removed, journal.obsolete, journal.groups])
    store.write(Kind.ARCHIVE, [{"id": journal_id(run), "type": _JOURNAL, "value": value}])
