"""An archive on a cluster at its address: opens its states and its writer, and maintains it.

Implements `search.index.archive.Archive`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from search.encoders.identity import EncoderIdentity
from search.errors import ArchiveError
from search.index import ArchiveIdentity
from search.index.archive import EncodeContext, EncodePassages, Status, UpgradeNaming
from search.index.catalogue import removal
from search.index.catalogue.stored import StoredText
from search.index.solr import replicas
from search.index.solr.client import SolrAddress, SolrClient
from search.index.solr.configset import Kind
from search.index.solr.index import SolrIndex
from search.index.solr.maintenance import check, compaction, copying, encoding, reencoding
from search.index.solr.passages import PassageReader
from search.index.solr.reader import SolrReader
from search.index.solr.state import ArchiveState
from search.index.solr.status import count_entries, measure, read_status
from search.index.solr.store import SolrStore
from search.index.solr.tables import read_tables, stored_tables, write_tables
from search.index.solr.vocabulary import SolrVocabulary, read_frequencies
from search.index.solr.writer import SolrWriter
from search.language.analysis import RULES_VERSION
from search.lexicon.gazetteer import read_archive_lexicon
from search.lexicon.newspapers import aliases_of

PATIENCE_S = 300.0  # of writers, with a cluster that does not answer, as without ZooKeeper

# From this number of passages on, the terms of a state serve later states as well, until the number
# has changed by this share: a writer makes a state every few seconds, and reading the terms of
# 89,418 passages takes one.
REUSED_FROM, REUSED_SHARE = 100_000, 0.01


class SolrArchive:
    """The archive at an address, which need not exist yet."""

    def __init__(self, address: str) -> None:
        self._client = SolrClient(SolrAddress.parse(address))
        self._store = SolrStore(self._client)
        self._patient_store = SolrStore(self._client, patience_s=PATIENCE_S)
        self._passages: tuple[EncoderIdentity, PassageReader] | None = None
        self._vocabulary: SolrVocabulary | None = None

    @property
    def address(self) -> str:
        return str(self._client.address)

    def mark(self) -> str:
        return _mark_of(self._store.require_state())

    def probe(self) -> None:
        for kind in Kind:
            self._store.select(kind, {"q": "*:*", "rows": 0, "distrib.statsCache": False})

    def newspapers(self) -> Mapping[str, str]:
        with stored_tables(self._store) as folder:
            return aliases_of(folder)

    def encoder_identity(self) -> EncoderIdentity | None:
        state = self._store.state()
        return None if state is None else state.encoder

    def open(self) -> SolrIndex:
        # The mark is read first: a commit in between is then opened once more, and not missed.
        state = self._store.require_state()
        require_text_rules(state, self.address)
        self._store.collections.require_versions()
        counts = count_entries(self._store)
        with stored_tables(self._store) as folder:
            gazetteer, newspapers = read_archive_lexicon(folder), aliases_of(folder)
        identity = ArchiveIdentity(state.commit, _mark_of(state), state.encoder, *counts)
        reader = SolrReader(self._store)
        return SolrIndex(
            self._store,
            identity,
            reader,
            self._passage_reader(state.encoder),
            self._read_vocabulary(counts.passages),
            source_names=reader.source_names(),
            gazetteer=gazetteer,
            newspapers=newspapers,
        )

    def status(self) -> Status:
        return read_status(self._store, self._store.require_state())

    def size_bytes(self) -> int:
        return measure(self._store)

    def _passage_reader(self, encoder: EncoderIdentity) -> PassageReader:
        """Return the reader of passages, which keeps what it read until the encoder changes."""
        if self._passages is None or self._passages[0] != encoder:
            self._passages = (encoder, PassageReader(self._store))
        return self._passages[1]

    def _read_vocabulary(self, passages: int) -> SolrVocabulary:
        """Return the terms of the archive, of an earlier state where they have hardly changed."""
        known = self._vocabulary
        changed = float("inf") if known is None else abs(passages - known.passages)
        if known is None or passages < REUSED_FROM or changed > REUSED_SHARE * passages:
            known = SolrVocabulary(passages, read_frequencies(self._store))
            self._vocabulary = known
        return known

    def writer(
        self,
        encoder: EncoderIdentity | None = None,
        *,
        on_step: Callable[[str], None] | None = None,
    ) -> SolrWriter:
        store = SolrStore(self._client, patience_s=PATIENCE_S, on_step=on_step)
        return SolrWriter(store, encoder)

    def remove_ids(self, doc_ids: Sequence[str]) -> int:
        with self.writer() as writer, writer.commit() as changes:
            return removal.remove_ids(changes, doc_ids)

    def remove_source(self, source: str) -> int:
        with self.writer() as writer, writer.commit() as changes:
            return removal.remove_source(changes, source, self.newspapers())

    def check(self) -> list[str]:
        return check.check(self._patient_store)

    def mend(self) -> list[str]:
        return replicas.mend(self._patient_store)

    def compact(self) -> None:
        compaction.compact(self._patient_store)

    def upgrade(self, names: UpgradeNaming) -> int:
        """Return the version of the format, which has no earlier one."""
        return self._store.require_state().format_version

    def tables(self) -> Mapping[str, str]:
        return read_tables(self._store)

    def store_tables(self, tables: Mapping[str, str]) -> None:
        write_tables(self._patient_store, tables)

    def texts(self) -> Iterator[StoredText]:
        return copying.read_texts(self._patient_store)

    def encode(self, encode: EncodeContext, encoder: EncoderIdentity) -> Iterator[int]:
        return encoding.encode(self._patient_store, encode, encoder)

    def reencode(self, encode: EncodePassages, encoder: EncoderIdentity) -> Iterator[int]:
        return reencoding.reencode(self._patient_store, encode, encoder)


def require_text_rules(state: ArchiveState, address: str) -> None:
    """Refuse an archive whose terms were made by other rules than those of this program.

    Raises:
        ArchiveError: the archive has other text rules.
    """
    if state.text_rules != RULES_VERSION:
        raise ArchiveError(
            f"the archive at {address} was built with text rules {state.text_rules}, this program"
            f" has {RULES_VERSION}: index the dumps into a new archive"
        )


def _mark_of(state: ArchiveState) -> str:
    return f"{state.commit} {state.mark}"
