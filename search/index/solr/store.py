"""The entries of the three collections of an archive: read, and written.

Solr has no transaction, and what it acknowledged may be lost when a node or ZooKeeper goes away. A
batch whose answer was lost is therefore read back, and what is missing is sent again. An entry of a
document carries the version that it was made from, so that no change of another writer is
overwritten.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import partial
from itertools import islice
from typing import Any, Self, TypeVar

from search.encoders.identity import EncoderIdentity
from search.errors import ArchiveError
from search.index.solr.client import Answer, LostAnswerError, Parameters, SolrClient, SolrError
from search.index.solr.collections import Collections
from search.index.solr.configset import Kind
from search.index.solr.entries import Entry
from search.index.solr.state import STATE, ArchiveState
from search.index.writer import ConflictError

_CONFLICT, _NOT_FOUND = 409, 404
_IN_FLIGHT = 3  # batches
_BATCH = {Kind.DOCUMENTS: 500, Kind.PASSAGES: 300, Kind.ARCHIVE: 1}
_LEAST_PATIENCE_S = 30.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 10.0  # between tries of a write whose answer was lost
# By these fields an entry that is there is known to be the one that was sent. A document may have
# been written with the same rows by another run, which counts it then.
_MARKS = {
    Kind.DOCUMENTS: ("checksum", "run"),
    Kind.PASSAGES: ("edition",),
    Kind.ARCHIVE: ("value",),
}
_PAGE = 1000  # entries of one request of a scan
_IDS_A_REQUEST = 500
SEPARATOR = "\x1f"  # of values in one parameter
MUST_NOT_EXIST = -1  # a version that Solr takes for an entry that is new
_MUST_EXIST = 1

Read = TypeVar("Read")


class SolrStore:
    """The entries of one archive, whose collections need not exist yet.

    A read that no node answers is repeated for `patience_s`, once one was answered: a writer waits
    for a cluster that is without leaders for a while, and a reader does not.

    `on_step` is called with the name of each request that writes, after it; a test ends the process
    there.
    """

    def __init__(
        self,
        client: SolrClient,
        *,
        patience_s: float = 0.0,
        on_step: Callable[[str], None] | None = None,
    ) -> None:
        self.client = client
        self._patience_s = patience_s
        self._has_answered = False
        self._on_step = on_step or (lambda step: None)
        self.collections = Collections(client)
        self._others: dict[Kind, str] = {}  # collections that no alias names yet

    def collection(self, kind: Kind) -> str:
        """Return the name of the collection that is read and written to."""
        return self._others.get(kind, self.collections.alias(kind))

    def with_passages(self, collection: str) -> Self:
        """Return the store with another collection of passages, which no alias names yet."""
        store = type(self)(self.client, patience_s=self._patience_s, on_step=self._on_step)
        store._others = {Kind.PASSAGES: collection}
        return store

    # Reading

    def state(self) -> ArchiveState | None:
        """Return the last committed state; None where there is no archive."""
        try:
            entries = self.get(Kind.ARCHIVE, [STATE], "value")
        except SolrError as error:
            if error.status == _NOT_FOUND:
                return None
            raise
        return ArchiveState.read(entries[0], self.client.address) if entries else None

    def require_state(self) -> ArchiveState:
        """Return the last committed state.

        Raises:
            ArchiveError: there is no archive.
        """
        state = self.state()
        if state is None:
            address = self.client.address
            raise ArchiveError(
                f"no archive at {address}: make one with"
                f" `python -m indexer add DUMP --archive {address}`"
            )
        return state

    def require_encoder(self, encoder: EncoderIdentity) -> None:
        """Refuse to write the vectors of another encoder than the archive's.

        Raises:
            EncoderError: the archive was encoded anew meanwhile.
        """
        state = self.state()
        if state is not None:
            state.encoder.require_same(encoder)

    def get(self, kind: Kind, ids: Sequence[str], fields: str) -> list[Answer]:
        """Return the entries of these ids as they were last written, committed or not."""
        return [
            entry
            for first in range(0, len(ids), _IDS_A_REQUEST)
            for entry in self._patiently(
                partial(
                    self.client.get,
                    self.collection(kind),
                    ids[first : first + _IDS_A_REQUEST],
                    fields,
                )
            )
        ]

    def select(self, kind: Kind, parameters: Parameters) -> Answer:
        return self._patiently(partial(self.client.select, self.collection(kind), parameters))

    def _patiently(self, read: Callable[[], Read]) -> Read:
        until = time.monotonic() + (self._patience_s if self._has_answered else 0.0)
        while True:
            try:
                answer = read()
            except LostAnswerError:
                if time.monotonic() >= until:
                    raise
                time.sleep(_FIRST_PAUSE_S)
            else:
                self._has_answered = True
                return answer

    def having(
        self, kind: Kind, field: str, values: Sequence[str], fields: str, *, most: int | None = None
    ) -> list[Answer]:
        """Return the committed entries whose field has one of these values.

        `most` is the largest number of entries that one request returns; None is one a value. They
        are read in one pass over the shards, in two thirds of the time of `get`.
        """
        entries: list[Answer] = []
        for first in range(0, len(values), _IDS_A_REQUEST):
            part = values[first : first + _IDS_A_REQUEST]
            parameters: Parameters = {
                "q": f"{{!terms f={field} separator=$separator v=$values}}",
                "separator": SEPARATOR,
                "values": SEPARATOR.join(part),
                "rows": most or len(part),
                "fl": fields,
                "distrib.singlePass": most is None,
                "distrib.statsCache": False,
            }
            entries += self.select(kind, parameters)["response"]["docs"]
        return entries

    def scan(self, kind: Kind, parameters: Parameters, *, sort: str) -> Iterator[Answer]:
        """Yield every entry that a query finds; `sort` ends with the id."""
        cursor = "*"
        while True:
            answer = self.select(
                kind, {"rows": _PAGE, **parameters, "sort": sort, "cursorMark": cursor}
            )
            yield from answer["response"]["docs"]
            if answer["nextCursorMark"] == cursor:
                return
            cursor = answer["nextCursorMark"]

    def values(self, kind: Kind, field: str) -> dict[str, int]:
        """Return every value of a field, and the number of entries that have it."""
        facet = f'{{"values":{{"type":"terms","field":"{field}","limit":-1}}}}'
        answer = self.select(kind, {"q": "*:*", "rows": 0, "json.facet": facet})
        buckets = answer["facets"].get("values", {}).get("buckets", ())
        return {bucket["val"]: bucket["count"] for bucket in buckets}

    def terms(self, kind: Kind, field: str) -> dict[str, int]:
        """Return every term of a field, and the number of entries that hold it."""
        answer = self.client.terms(
            self.collection(kind),
            {"terms.fl": field, "terms.limit": -1, "terms.sort": "index", "terms.mincount": 1},
        )
        listed: list[Any] = answer.get(field, [])  # a term, its number, a term, its number, …
        return dict(zip(listed[::2], listed[1::2], strict=True))

    # Writing

    def write_all(self, kind: Kind, entries: Iterable[Entry]) -> None:
        """Write entries in batches, several in flight; every entry replaces that of its id.

        Raises:
            ConflictError: an entry with a `_version_` was changed by another writer.
            ArchiveError: the cluster did not take an entry.
        """
        iterator = iter(entries)
        batches = iter(lambda: list(islice(iterator, _BATCH[kind])), [])
        write = partial(self.write, kind)
        with ThreadPoolExecutor(_IN_FLIGHT) as threads:
            running: set[Future[None]] = set()
            for batch in batches:
                running.add(threads.submit(write, batch))
                if len(running) >= _IN_FLIGHT:
                    done, running = wait(running, return_when=FIRST_COMPLETED)
                    for future in done:
                        future.result()
            for future in running:
                future.result()

    def write(self, kind: Kind, entries: Sequence[Entry]) -> None:
        """Write some entries in one request; read back those whose answer was lost.

        Raises:
            ConflictError: an entry with a `_version_` was changed by another writer.
            ArchiveError: the cluster did not take an entry.
        """
        waiting, is_doubtful = list(entries), False
        pauses = self._pauses()
        while True:
            if is_doubtful:
                waiting = self._unwritten(kind, waiting)
                if not waiting:
                    return
            try:
                self._update(kind, waiting)
            except LostAnswerError:
                is_doubtful = True
                if not next(pauses, False):
                    raise
            except SolrError as error:
                if error.status != _CONFLICT:
                    raise
                # Some entries were taken, by this attempt or by one whose answer was lost.
                is_doubtful = True
            else:
                if not is_doubtful:
                    return

    def remove(self, kind: Kind, ids: Sequence[str]) -> None:
        """Remove the entries of these ids; those that are gone are no error.

        Raises:
            ArchiveError: the cluster did not remove an entry.
        """
        waiting, pauses = list(ids), self._pauses()
        while waiting:
            for first in range(0, len(waiting), _IDS_A_REQUEST):
                self._command(kind, {"delete": waiting[first : first + _IDS_A_REQUEST]})
            # While a shard is without a leader, a removal may be acknowledged and not carried out.
            waiting = [entry["id"] for entry in self.get(kind, waiting, "id")]
            if waiting and not next(pauses, False):
                raise ArchiveError(
                    f"the cluster at {self.client.address} did not remove {len(waiting)} entries:"
                    " run the command again when it is well"
                )

    def change_all(self, kind: Kind, entries: Iterable[Entry]) -> None:
        """Change some fields of entries that are there; those that are gone are left out.

        A field that is only a column is changed in place, for others Solr writes the entry anew.
        """
        changes = iter(entries)
        while part := list(islice(changes, _BATCH[kind])):
            waiting = [
                {"id": entry["id"], **_setting(entry), "_version_": _MUST_EXIST} for entry in part
            ]
            try:
                self._command(kind, waiting)
            except SolrError as error:
                if error.status != _CONFLICT:
                    raise
                ids = [entry["id"] for entry in part]
                there = {entry["id"] for entry in self.get(kind, ids, "id")}
                self._command(kind, [entry for entry in waiting if entry["id"] in there])

    def commit(self, kind: Kind) -> None:
        """Let searches see what was written to a collection."""
        self._command(kind, {"commit": {"waitSearcher": True}})

    def merge(self, kind: Kind) -> None:
        """Merge the segments of every replica into one, which drops what was removed."""
        self._command(kind, {"optimize": {"maxSegments": 1}})

    def next_state(self, encoder: EncoderIdentity) -> ArchiveState:
        """Store the next state of the archive, which counts from this moment on, and return it."""
        while True:
            stored = self.get(Kind.ARCHIVE, [STATE], "value,_version_")
            number, version = 0, MUST_NOT_EXIST
            if stored:
                number = ArchiveState.read(stored[0], self.client.address).commit
                version = stored[0]["_version_"]
            state = ArchiveState.next(number + 1, encoder)
            try:
                self.write(Kind.ARCHIVE, [{**state.entry(), "_version_": version}])
            except ConflictError:  # another writer was first
                continue
            return state

    def _command(self, kind: Kind, command: object) -> None:
        """Send a command that may be carried out twice, until it was acknowledged."""
        pauses = self._pauses()
        while True:
            try:
                self._update(kind, command)
            except LostAnswerError:
                if not next(pauses, False):
                    raise
            else:
                return

    def _pauses(self) -> Iterator[bool]:
        """Pause before each further try of a write, longer each time, until patience ends."""
        until = time.monotonic() + max(_LEAST_PATIENCE_S, self._patience_s)
        pause_s = _FIRST_PAUSE_S
        while time.monotonic() < until:
            time.sleep(pause_s)
            yield True
            pause_s = min(_LONGEST_PAUSE_S, 2 * pause_s)

    def _update(self, kind: Kind, body: object) -> None:
        self.client.update(self.collection(kind), body)
        self._on_step(str(kind))

    def _unwritten(self, kind: Kind, entries: Sequence[Entry]) -> list[Entry]:
        """Return the entries that the collection does not hold as they are here.

        Raises:
            ConflictError: one was changed by another writer.
        """
        marks = _MARKS[kind]
        ids = [entry["id"] for entry in entries]
        fields = ",".join(("id", "_version_", *marks))
        stored = {entry["id"]: entry for entry in self.get(kind, ids, fields)}
        unwritten = []
        for entry in entries:
            found = stored.get(entry["id"])
            is_written = found is not None and all(found.get(mark) == entry[mark] for mark in marks)
            if "_version_" not in entry:
                if not is_written:
                    unwritten.append(entry)
            elif found is None:
                if entry["_version_"] != MUST_NOT_EXIST:
                    raise ConflictError(entry["id"])
                unwritten.append(entry)
            elif found["_version_"] == entry["_version_"]:
                unwritten.append(entry)
            elif not is_written:
                raise ConflictError(entry["id"])
        return unwritten


def _setting(entry: Entry) -> Entry:
    return {name: {"set": value} for name, value in entry.items() if name != "id"}
