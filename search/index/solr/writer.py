"""Writes an archive on a cluster; implements `search.index.writer.IndexWriter`.

Several writers may be at work, also on other machines: a commit that meets a change of another
writer is refused before anything of it is written, and is made again.
"""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from types import TracebackType
from typing import Self
from uuid import uuid4

from search.encoders.identity import EncoderIdentity
from search.errors import ArchiveError, SearchError
from search.index.catalogue.rows import read_document, read_span
from search.index.catalogue.stored import StoredText
from search.index.solr.changes import ClusterChanges, CommitPassages, NewText
from search.index.solr.client import Parameters
from search.index.solr.commit import Change, Commit, changes_of, write_commit
from search.index.solr.configset import Kind
from search.index.solr.journal import finish_journals
from search.index.solr.lookup import CommittedLookup
from search.index.solr.replicas import require_equal_replicas
from search.index.solr.scratch import Scratch
from search.index.solr.state import ArchiveState, require_text_rules
from search.index.solr.store import SolrStore
from search.index.terms import index_terms
from search.index.writer import ConflictError

RUN, ENDED = "run", "ended"  # types of the marker of a run, while it works and afterwards
_CLOCKS_APART_S = 600  # of the machines of several writers
_PATIENCE_S, _PAUSE_S = 60.0, 0.5  # in which the commits of other writers are counted


class SolrWriter:
    """A writer of the archive in a store; use it as a context manager.

    With `encoder` None it opens an existing archive with the stored encoder.
    """

    def __init__(self, store: SolrStore, encoder: EncoderIdentity | None = None) -> None:
        self._store = store
        self._encoder = encoder
        self._run = uuid4().hex
        self._is_writing = False
        self._commits = 0  # of this writer
        self._written: set[int] = set()  # hashes of the ids of the documents that it wrote last
        self._counts: dict[str, object] = {}

    def __enter__(self) -> Self:
        state = self._store.state() if self._encoder else self._store.require_state()
        self.encoder = self._require_encoder(state)
        self._store.collections.create(self.encoder)
        self._began = datetime.now(UTC)
        self._finish_killed_runs(state)
        state = self._store.state()
        self._first_commit = 0 if state is None else state.commit
        self._mark_run(RUN)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None and self._commits:
            self._require_written()
        # A commit that was interrupted is finished by the next writer.
        if not self._is_writing and (kind is None or issubclass(kind, SearchError)):
            self._mark_run(ENDED)

    @contextmanager
    def commit(self) -> Iterator[ClusterChanges]:
        with closing(Scratch()) as scratch:
            passages = CommitPassages()
            changes = ClusterChanges(self._store, scratch, passages)
            yield changes
            commit = changes_of(scratch, changes, passages)
        if not commit.is_empty:
            self._write(commit)

    def _write(self, commit: Commit, *, are_linked: bool = True) -> None:
        self._store.require_encoder(self.encoder)
        self._is_writing = True
        try:
            write_commit(self._store, commit, self._run, are_linked=are_linked)
        except ConflictError:
            # When the commit is made again, it has to see what the other writer has written.
            self._store.commit(Kind.DOCUMENTS)
            raise
        self._store.next_state(self.encoder)
        self._is_writing = False
        self._commits += 1
        self._written.difference_update(hash(loaded.rows.doc_id) for loaded in commit.removed)
        self._written.update(hash(change.rows.doc_id) for change in commit.changes)

    def load(self, texts: Sequence[StoredText]) -> None:
        first_number = time.time_ns() // 1000
        changes = []
        for place, (rows, passages) in enumerate(texts):
            document = read_document(rows.document)
            spans = [read_span(document, *span) for span in rows.spans]
            text = NewText(spans, index_terms(document, spans), passages)
            changes.append(Change(rows, first_number + place, None, None, text))
        self._write(Commit(changes, ()), are_linked=False)

    @contextmanager
    def committed(self) -> Iterator[CommittedLookup]:
        with closing(Scratch()) as scratch:
            yield CommittedLookup(self._store, scratch)

    def merge(self) -> None:
        """Do nothing: Solr merges its segments by itself."""

    def record_run(self, counts: Mapping[str, object]) -> None:
        self._counts = dict(counts)

    def total(self) -> int:
        found = self._store.select(Kind.DOCUMENTS, {"q": "*:*", "rows": 0})["response"]["numFound"]
        return int(found)

    def stored_beside(self) -> Iterator[str]:
        """Yield the ids of the articles stored in this run's time, if another writer was at work.

        The articles of two writers that worked at the same time are not yet joined or linked.
        """
        if self._is_alone():
            return
        first = int((self._began.timestamp() - _CLOCKS_APART_S) * 1e6)
        query = {"q": f"+kind:article +number:[{first} TO *]", "fl": "id"}
        for entry in self._store.scan(Kind.DOCUMENTS, query, sort="number asc, id asc"):
            yield entry["id"]

    def _require_encoder(self, state: ArchiveState | None) -> EncoderIdentity:
        if state is None:
            assert self._encoder is not None, "without one, there is a state"
            return self._encoder
        if self._encoder is not None:
            state.encoder.require_same(self._encoder)
        require_text_rules(state, self._store.client.address)
        return state.encoder

    def _finish_killed_runs(self, state: ArchiveState | None) -> None:
        """Let searches see what killed writers wrote, and carry out their journals.

        A run without an end may still be at work; to do this for it too does no harm.
        """
        markers = unfinished_runs(self._store)
        if not markers:
            return
        for kind in (Kind.PASSAGES, Kind.DOCUMENTS):
            self._store.commit(kind)
        finish_journals(self._store, list(map(run_of, markers)))
        if state is not None or self.total():
            self._store.next_state(self.encoder)
        self._store.remove(Kind.ARCHIVE, markers)

    def _mark_run(self, kind: str) -> None:
        """Store the marker of this run, with its counts when it has ended."""
        value = {
            "began_at": self._began.isoformat(timespec="seconds"),
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "counts": self._counts,
        }
        entry = {"id": f"{RUN}-{self._run}", "type": kind, "value": json.dumps(value)}
        self._store.write(Kind.ARCHIVE, [entry])
        self._store.commit(Kind.ARCHIVE)

    def _require_written(self) -> None:
        """Compare what this run wrote with what every replica holds.

        Raises:
            ArchiveError: an entry that was acknowledged is lost.
        """
        # While others write, replicas are equal in what this run wrote, and seldom in all.
        require_equal_replicas(self._store, None if self._is_alone() else self._run)
        query: Parameters = {"q": "{!term f=run v=$run}", "run": self._run, "rows": 0}
        # Another writer may have changed a document, and count its commit a moment later.
        until = time.monotonic() + _PATIENCE_S
        while self._is_alone():
            found = self._store.select(Kind.DOCUMENTS, query)["response"]["numFound"]
            if found == len(self._written):
                return
            if time.monotonic() > until:
                raise ArchiveError(
                    f"the cluster holds {found:,} of the {len(self._written):,} documents that this"
                    " run wrote: run the command again, which writes the others"
                )
            time.sleep(_PAUSE_S)

    def _is_alone(self) -> bool:
        """Return whether all commits since the first one are of this writer."""
        return self._store.require_state().commit - self._first_commit == self._commits


def unfinished_runs(store: SolrStore) -> list[str]:
    """Return the ids of the markers of runs that are at work, or were killed."""
    query: Parameters = {"q": "{!term f=type v=$type}", "type": RUN, "fl": "id", "rows": 1000}
    return [entry["id"] for entry in store.select(Kind.ARCHIVE, query)["response"]["docs"]]


def run_of(marker: str) -> str:
    """Return the run that a marker with this id is of."""
    return marker.removeprefix(f"{RUN}-")
