"""An index in memory that is as simple as possible; every other implementation must agree with it.

It is a list of documents in the order of storing. BM25 and cosines are computed passage by passage.
Copies, further names and versions are not computed: the caller passes them (`Stored`).
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from itertools import count
from math import log

import numpy as np

from indexer.passages import cut_passages, passage_text
from search.encoders.identity import Encoder, EncoderIdentity, PieceLists, Pieces, Vectors
from search.errors import ArchiveError
from search.index import (
    ArchiveIdentity,
    FacetField,
    Index,
    Level,
    Matches,
    PassageWindows,
    Period,
    VectorRanking,
    WordRanking,
)
from search.index.archive import EncodeContext, Status
from search.index.candidates import KINDS, NO_DAY, Candidates, Mask
from search.index.terms import NO_WORDS
from search.language.analysis import STEM_MARK, is_stem, terms, terms_and_stems
from search.language.names import spellings_of
from search.lexicon.gazetteer import Gazetteer
from search.lexicon.newspapers import shipped_aliases
from search.plan import (
    AllOf,
    Alternative,
    AnyOf,
    AtLeast,
    Contains,
    Demand,
    Field,
    NoneOf,
    Phrase,
    QueryPlan,
    Scope,
    has_own_stem,
    leaves_of,
)
from search.records import Document, Filters, Kind, Passage, Sort, Version
from search.understood import MissingPhrase

_states = count()  # numbers the states of all archives
K1, B, TITLE_BOOST, SHARE_OF_STEM = 1.2, 0.75, 1.5, 0.7
MAX_WORDS = 64  # of a query
STORED_AT = datetime(2020, 1, 1, tzinfo=UTC)  # every document
LEAD_WORDS = 60


@dataclass(frozen=True)
class Entry:
    """One passage with its document."""

    document: Document
    passage: Passage
    group: int  # place of the copy stored first
    fields: tuple[list[str], ...]  # terms of title and text, then stems of both
    vector: Vectors
    pieces: Pieces
    context: Vectors | None = None  # vector of the second level, once it is encoded


@dataclass(frozen=True)
class Stored:
    """Facts about documents beside their own fields, by `doc_id`."""

    copy_of: Mapping[str, str] = field(default_factory=dict)  # of a copy: the one published first
    names: Mapping[str, str] = field(default_factory=dict)  # of a further name: the document
    versions: Mapping[str, tuple[Version, ...]] = field(default_factory=dict)  # latest first

    def of(self, doc_ids: Collection[str]) -> "Stored":
        """Return the facts about these documents alone, without copies of other documents."""
        return Stored(
            {copy: first for copy, first in self.copy_of.items() if {copy, first} <= set(doc_ids)},
            {name: doc_id for name, doc_id in self.names.items() if doc_id in doc_ids},
            {doc_id: value for doc_id, value in self.versions.items() if doc_id in doc_ids},
        )


@dataclass(frozen=True, slots=True)
class MemoryScope(Scope):
    passes: frozenset[str] = frozenset()  # documents


class MemoryTerms:
    """The terms of an index (a `search.index.TermStatistics`)."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.passages = len(entries)
        # Of terms in titles and in texts, then of stems in both; stems differ from terms by a mark.
        self.frequencies: tuple[dict[str, int], ...] = ({}, {}, {}, {})
        for entry in entries:
            for counts, field_terms in zip(self.frequencies, entry.fields, strict=True):
                for term in set(field_terms):
                    counts[term] = counts.get(term, 0) + 1

    def frequency(self, term: str) -> int:
        in_title, in_text = self._of_level(is_stem(term))
        return in_text.get(term) or in_title.get(term, 0)

    def terms_with_prefix(self, prefix: str, *, stems: bool = False) -> list[tuple[str, int]]:
        in_title, in_text = self._of_level(stems)
        merged = {**in_title, **in_text}
        return [item for item in merged.items() if item[0].startswith(prefix)]

    def _of_level(self, stems: bool) -> tuple[dict[str, int], ...]:
        return self.frequencies[2:] if stems else self.frequencies[:2]

    def idf(self, frequency: int) -> float:
        return log(1 + (self.passages - frequency + 0.5) / (frequency + 0.5))


class MemoryIndex:
    """One state of an archive in memory (a `search.index.Index`)."""

    is_remote = False

    def __init__(
        self,
        documents: Sequence[Document],
        entries: Sequence[Entry],
        stored: Stored,
        identity: ArchiveIdentity,
        *,
        gazetteer: Gazetteer,
        removed: set[str],
    ) -> None:
        self.gazetteer = gazetteer
        self.newspapers = shipped_aliases()
        self.identity = identity
        self.terms = MemoryTerms(entries)
        self._documents = {document.doc_id: document for document in documents}
        self._entries = entries
        self._entries_by_id: dict[str, list[Entry]] = {}
        for entry in entries:
            self._entries_by_id.setdefault(entry.document.doc_id, []).append(entry)
        # All candidates have ids of one width, because their keys are compared.
        self._id_type = f"S{max([1, *(len(doc_id.encode()) for doc_id in self._documents)])}"
        self._stored = stored
        self._removed = removed  # documents that the archive has removed since this state
        self._source_names = tuple(dict.fromkeys(document.source for document in documents))
        self._language_names = tuple(dict.fromkeys(document.language for document in documents))
        self._mean_lengths = tuple(
            sum(len(entry.fields[place]) for entry in entries) / max(1, len(entries))
            for place in range(4)
        )

    @classmethod
    def of(
        cls,
        documents: Sequence[Document],
        encoder: Encoder,
        stored: Stored | None = None,
        *,
        commit: int = 1,
        gazetteer: Gazetteer | None = None,
        removed: set[str] | None = None,
        encoded: int | None = None,
    ) -> "MemoryIndex":
        """Return the index of these documents, stored in this order.

        The first `encoded` passages have a vector of the second level; with None, all have one.
        """
        stored = stored or Stored()
        place_of = {document.doc_id: place for place, document in enumerate(documents)}
        entries = []
        for document in documents:
            spans = cut_passages(document)
            texts = [passage_text(document, span) for span in spans]
            vectors = encoder.encode_passages(texts)
            context = None if encoder.context is None else encoder.context.encode_passages(texts)
            group = place_of[stored.copy_of.get(document.doc_id, document.doc_id)]
            for ordinal, (start, end) in enumerate(spans):
                text = document.text[start:end]
                entries.append(
                    Entry(
                        document,
                        Passage(document.doc_id, ordinal, start, end),
                        group,
                        _fields(document.title, "" if text == document.title else text),
                        vectors[ordinal],
                        _pieces(encoder, texts[ordinal]),
                        context[ordinal]
                        if context is not None and (encoded is None or len(entries) < encoded)
                        else None,
                    )
                )
        removed = set() if removed is None else removed
        mark = f"{commit} {next(_states)}"
        identity = ArchiveIdentity(
            commit,
            mark,
            encoder.identity,
            documents=len(documents),
            passages=len(entries),
            encoded=sum(entry.context is not None for entry in entries),
        )
        return cls(
            documents,
            entries,
            stored,
            identity,
            gazetteer=gazetteer or Gazetteer.shipped(),
            removed=removed,
        )

    @property
    def source_names(self) -> list[str]:
        return [name for name in self._source_names if name is not None]

    def scope(
        self, filters: Filters, demands: Sequence[Demand] = (), phrases: Sequence[Contains] = ()
    ) -> MemoryScope:
        passes = {
            doc_id
            for doc_id, document in self._documents.items()
            if _passes(document, filters) and all(_satisfies(document, part) for part in demands)
        }
        satisfied: list[Contains] = []
        missing: list[MissingPhrase] = []
        for phrase in phrases:
            if not passes:
                satisfied.append(phrase)
                continue
            remaining = {doc_id for doc_id in passes if _satisfies(self._documents[doc_id], phrase)}
            if remaining:
                passes = remaining
                satisfied.append(phrase)
            else:
                missing.append(MissingPhrase(phrase.text))
        return MemoryScope(
            filters, (*demands, *satisfied), tuple(missing), passes=frozenset(passes)
        )

    def match(self, plan: QueryPlan) -> Matches:
        filters = plan.scope.filters
        matching = self._matching(plan, filters)
        counts: dict[FacetField, Mapping[str | int, int]] = {}
        undated = 0
        for facet, own_filter in (
            (
                FacetField.SOURCE,
                Filters(sources=filters.sources, excluded_sources=filters.excluded_sources),
            ),
            (FacetField.KIND, Filters(kinds=filters.kinds)),
            (FacetField.LANGUAGE, Filters(languages=filters.languages)),
            (
                FacetField.MONTH,
                Filters(since=filters.since, until=filters.until, undated=filters.undated),
            ),
        ):
            values = [
                _value(document, facet)
                for document in self._matching(plan, filters.without(own_filter))
            ]
            if facet is FacetField.MONTH:
                undated = values.count(None)
            counts[facet] = Counter(value for value in values if value is not None)
        texts = {self._first_copy(document.doc_id) for document in matching}
        return Matches(len(matching), len(texts), True, undated, counts)

    def count_by(self, plan: QueryPlan, period: Period) -> Mapping[int, int]:
        dates = [document.date for document in self._matching(plan, plan.scope.filters)]
        if period is Period.DAY:
            return Counter(day.toordinal() for day in dates if day)
        return Counter(12 * day.year + day.month - 1 for day in dates if day)

    def list_matches(
        self,
        plan: QueryPlan,
        order: Sort,
        start: int,
        count: int,
        *,
        without: Candidates | None = None,
    ) -> Candidates:
        excluded = set() if without is None else {*map(self._first_copy, without.doc_ids())}
        matching = [
            document
            for document in self._matching(plan, plan.scope.filters)
            if self._first_copy(document.doc_id) not in excluded
        ]
        if (
            order is not Sort.RELEVANCE
        ):  # by relevance, the order of storing: BM25 covers passages only
            sign = -1 if order is Sort.NEWEST else 1

            def by_date(document: Document) -> tuple[bool, int]:
                day = document.date
                return day is None, 0 if day is None else sign * day.toordinal()

            matching.sort(key=lambda document: document.doc_id)
            matching.sort(key=by_date)
        listed = matching[start : start + count]
        return self._candidates([(0.0, self._siblings(document.doc_id)[0]) for document in listed])

    def count_matches(self, plan: QueryPlan) -> int:
        return len(self._matching(plan, plan.scope.filters))

    def match_texts(
        self, plan: QueryPlan, matches: Matches, candidates: Candidates
    ) -> tuple[Mask, int]:
        matching = [
            self._first_copy(document.doc_id)
            for document in self._matching(plan, plan.scope.filters)
        ]
        texts = [self._first_copy(doc_id) for doc_id in candidates.doc_ids()]
        return np.isin(texts, matching), sum(text in set(texts) for text in matching)

    def _matching(self, plan: QueryPlan, filters: Filters) -> list[Document]:
        if plan.matches_nothing:
            return []
        return [
            document
            for document in self._documents.values()
            if _passes(document, filters)
            and all(_satisfies(document, demand) for demand in plan.scope.demands)
            and sum(_has_word(document, word) for word in plan.matching_words) >= plan.least
        ]

    def rank_by_words(self, plan: QueryPlan, depth: int) -> WordRanking:
        scored = []
        if plan.words or plan.lists_all:
            scored = [
                (self._score(entry, plan), entry)
                for entry in self._within(plan.scope)
                if self._matches(entry, plan)
            ]
        scored.sort(key=lambda item: -item[0])  # equal scores keep the order of storing
        best = scored[0][0] if scored else 0.0
        ceiling = (K1 + 1) * sum(map(self._least_idf, plan.words[:MAX_WORDS]))
        return WordRanking(
            self._candidates(scored[:depth]),
            strength=min(1.0, best / ceiling) if best else 0.0,
            is_exact=len(scored) <= depth,
        )

    def rank_by_vector(
        self, vector: Vectors, scope: Scope, depth: int, level: Level = Level.BASE
    ) -> VectorRanking:
        within = self._within(scope)
        stored = [(_vector_of(entry, level), entry) for entry in within]
        scored = [(float(row @ vector), entry) for row, entry in stored if row is not None]
        scored.sort(key=lambda item: -item[0])
        return VectorRanking(self._candidates(scored[:depth]), len(within))

    def similarities(
        self, vector: Vectors, candidates: Candidates, level: Level = Level.BASE
    ) -> Vectors:
        rows = [_vector_of(entry, level) for entry in self._entries_of(candidates)]
        return np.array([np.nan if row is None else row @ vector for row in rows], np.float32)

    def vectors(self, candidates: Candidates, level: Level = Level.BASE) -> Vectors:
        encoder = self.identity.encoder
        shape = encoder.base if level is Level.BASE else encoder.context
        assert shape is not None
        missing = np.full(shape.dimension, np.nan, np.float32)
        stored = [_vector_of(entry, level) for entry in self._entries_of(candidates)]
        rows = [missing if vector is None else vector for vector in stored]
        return np.array(rows, np.float32).reshape(-1, shape.dimension)

    def tokens(self, candidates: Candidates, reach: int) -> PassageWindows:
        pieces: list[Pieces] = []
        begins, own = [], []
        for entry in self._entries_of(candidates):
            ordinal = entry.passage.ordinal
            around = [
                sibling
                for sibling in self._siblings(entry.document.doc_id)
                if sibling.passage.ordinal == 0 or abs(sibling.passage.ordinal - ordinal) <= reach
            ]
            begins.append(len(pieces))
            own.append(len(pieces) + around.index(entry))
            pieces += [sibling.pieces for sibling in around]
        return PassageWindows(
            PieceLists.joined(pieces), np.array(begins, np.int64), np.array(own, np.int64)
        )

    def passages_of(self, doc_id: str) -> Candidates:
        return self._candidates([(0.0, entry) for entry in self._siblings(doc_id)])

    def passages_of_each(self, doc_ids: Iterable[str]) -> dict[str, Candidates]:
        return {doc_id: run for doc_id in doc_ids if len(run := self.passages_of(doc_id))}

    def passages(self, candidates: Candidates) -> list[tuple[Passage, Document] | None]:
        return [
            None if entry.document.doc_id in self._removed else (entry.passage, entry.document)
            for entry in self._entries_of(candidates)
        ]

    def documents(self, doc_ids: Iterable[str]) -> dict[str, Document]:
        present = set(doc_ids) - self._removed
        return {
            doc_id: document for doc_id, document in self._documents.items() if doc_id in present
        }

    def copies_of(self, doc_ids: Iterable[str]) -> dict[str, tuple[str, ...]]:
        copies = {}
        for doc_id in self.documents(doc_ids):
            first = self._first_copy(doc_id)
            group = [other for other in self._documents if self._first_copy(other) == first]
            group.sort(key=lambda other: other != first)
            copies[doc_id] = tuple(
                other for other in group if other != doc_id and other not in self._removed
            )
        return {doc_id: others for doc_id, others in copies.items() if others}

    def find(self, name: str) -> Document | None:
        doc_id = name if name in self._documents else self._stored.names.get(name, "")
        return self.documents([doc_id]).get(doc_id)

    def versions_of(self, doc_id: str) -> tuple[Version, ...]:
        return self._stored.versions.get(doc_id, ())

    def newest(self, count: int) -> tuple[Document, ...]:
        dated = [
            document
            for document in self._documents.values()
            if document.kind is Kind.ARTICLE and document.date is not None
        ]
        dated.sort(key=lambda document: document.date.toordinal(), reverse=True)
        of_each_text: dict[str, Document] = {}
        for document in dated:
            of_each_text.setdefault(self._first_copy(document.doc_id), document)
        return tuple(of_each_text.values())[:count]

    def titles(self, count: int) -> list[tuple[str, str]]:
        titles = [
            (doc_id, document.title)
            for doc_id, document in self._documents.items()
            if document.title and self._first_copy(doc_id) == doc_id
        ]
        return titles[::-1][:count]

    def storing_times(self, start: int, count: int) -> list[tuple[str, datetime | None]]:
        return [
            (doc_id, None if doc_id in self._stored.versions else STORED_AT)
            for doc_id in [*self._documents][start : start + count]
            if doc_id not in self._removed
        ]

    def sources(self) -> list[tuple[str, int]]:
        sources = [document.source for document in self._documents.values()]
        counts = [(name, sources.count(name)) for name in self.source_names]
        return sorted(counts, key=lambda item: (-item[1], item[0]))

    def read_session(self) -> AbstractContextManager[None]:
        return nullcontext()

    def status(self) -> Status:
        documents = list(self._documents.values())
        years = [document.date.year if document.date else None for document in documents]
        kinds = [document.kind.value for document in documents]
        sources = [document.source for document in documents]
        return Status(
            documents=len(documents),
            passages=len(self._entries),
            kinds={kind: kinds.count(kind) for kind in sorted(set(kinds))},
            sources={name: sources.count(name) for name in self._source_names},
            years={year: years.count(year) for year in set(years)},
            encoder=self.identity.encoder,
            encoded=None if self.identity.encoder.context is None else self.identity.encoded,
            size_bytes=0,
            commit=self.identity.commit,
            committed_at="",
            format_version=0,
        )

    def _first_copy(self, doc_id: str) -> str:
        return self._stored.copy_of.get(doc_id, doc_id)

    def _siblings(self, doc_id: str) -> list[Entry]:
        return self._entries_by_id.get(doc_id, [])

    def _within(self, scope: Scope) -> list[Entry]:
        assert isinstance(scope, MemoryScope), "a plan is ranked by the index that made its scope"
        return [entry for entry in self._entries if entry.document.doc_id in scope.passes]

    def _matches(self, entry: Entry, plan: QueryPlan) -> bool:
        """Return whether a passage in scope holds a word of the query and a demanded literal."""
        words = plan.words[:MAX_WORDS]
        holds_word = any(_holds(entry, other.terms) for word in words for other in word)
        leaves = [leaf for demand in plan.scope.demands for leaf in leaves_of(demand)]
        return (not words or holds_word) and (
            not leaves or any(_holds_leaf(entry, leaf) for leaf in leaves)
        )

    def _score(self, entry: Entry, plan: QueryPlan) -> float:
        return sum(max(self._scores(entry, word)) for word in plan.words[:MAX_WORDS])

    def _scores(self, entry: Entry, word: Sequence[Alternative]) -> list[float]:
        """Return the score of each alternative; a term and its own stem have one score together."""
        scores = [other.weight * self._bm25(entry, other.terms) for other in word]
        if has_own_stem(word):
            scores[:2] = [(1 - SHARE_OF_STEM) * scores[0] + SHARE_OF_STEM * scores[1]]
        return scores

    def _bm25(self, entry: Entry, phrase: Phrase) -> float:
        """Return the BM25 score of a phrase, the sum over title and text."""
        if len(phrase) > 1:
            return sum(self._bm25_as_spelled(entry, spelling) for spelling in spellings_of(phrase))
        return self._bm25_as_spelled(entry, phrase)

    def _bm25_as_spelled(self, entry: Entry, phrase: Phrase) -> float:
        score = 0.0
        first = 2 if is_stem(phrase[0]) else 0
        for place, boost in ((first, TITLE_BOOST), (first + 1, 1.0)):
            field_terms, mean_length = entry.fields[place], self._mean_lengths[place]
            if times := _count(field_terms, phrase):
                frequencies = self.terms.frequencies[place]
                idf = sum(self.terms.idf(frequencies[term]) for term in phrase)
                length = 1 - B + B * stored_length(len(field_terms)) / mean_length
                score += boost * idf * (K1 + 1) * times / (times + K1 * length)
        return score

    def _least_idf(self, word: Sequence[Alternative]) -> float:
        idfs = [max(map(self._idf, alternative.terms)) for alternative in word]
        if has_own_stem(word):
            idfs[:2] = [idfs[1]]
        return min(idfs)

    def _idf(self, term: str) -> float:
        return self.terms.idf(max(counts.get(term, 0) for counts in self.terms.frequencies))

    def _entries_of(self, candidates: Candidates) -> list[Entry]:
        entry_of = {(entry.passage.doc_id, entry.passage.ordinal): entry for entry in self._entries}
        keys = zip(candidates.doc_ids(), candidates.ordinal.tolist(), strict=True)
        return [entry_of[key] for key in keys]

    def _candidates(self, scored: Sequence[tuple[float, Entry]]) -> Candidates:
        documents = [entry.document for _, entry in scored]
        if not documents:
            return Candidates.none()

        def codes(values: Iterable[int]) -> np.ndarray:
            return np.fromiter(values, np.int32, len(scored))

        return Candidates(
            doc_id=np.array([document.doc_id.encode() for document in documents], self._id_type),
            ordinal=codes(entry.passage.ordinal for _, entry in scored),
            group=np.array([entry.group for _, entry in scored], np.int64),
            is_copy=np.array(
                [self._first_copy(document.doc_id) != document.doc_id for document in documents],
                bool,
            ),
            source=codes(self._source_names.index(document.source) for document in documents),
            day=codes(
                document.date.toordinal() if document.date else NO_DAY for document in documents
            ),
            kind=codes(KINDS.index(document.kind) for document in documents),
            language=codes(self._language_names.index(document.language) for document in documents),
            score=np.array([score for score, _ in scored], np.float64),
            source_names=self._source_names,
            language_names=self._language_names,
        )


class MemoryArchive:
    """An archive in memory, with the part of `search.index.archive.Archive` that an engine needs.

    `add`, `remove` and `encode` create the next state.
    """

    address = "memory"

    def __init__(self, encoder: Encoder, stored: Stored | None = None) -> None:
        self._encoder = encoder
        self._stored = stored or Stored()
        self._documents: dict[str, Document] = {}
        self._removed: set[str] = set()
        self._encoded = 0  # number of passages with a vector of the second level
        self._index: MemoryIndex | None = None

    def mark(self) -> str:
        return self.open().identity.mark

    def open(self) -> MemoryIndex:
        if self._index is None:
            raise ArchiveError(f"no archive at {self.address}")
        return self._index

    def status(self) -> Status:
        return self.open().status()

    def encoder_identity(self) -> EncoderIdentity | None:
        return None if self._index is None else self._encoder.identity

    def add(self, documents: Iterable[Document]) -> None:
        self._documents |= {document.doc_id: document for document in documents}
        self._removed -= self._documents.keys()
        self._commit()

    def remove(self, doc_ids: Iterable[str]) -> None:
        for doc_id in doc_ids:
            del self._documents[doc_id]
            self._removed.add(doc_id)
        self._stored = self._stored.of(self._documents)
        self._commit()

    def encode(self, encode: EncodeContext, encoder: EncoderIdentity) -> Iterator[int]:
        before, self._encoded = self._encoded, self.open().identity.passages
        self._commit()
        yield self._encoded - before

    def _commit(self) -> None:
        self._index = MemoryIndex.of(
            list(self._documents.values()),
            self._encoder,
            self._stored,
            commit=1 if self._index is None else self._index.identity.commit + 1,
            removed=self._removed,
            encoded=self._encoded,
        )


class IndexArchive:
    """An archive whose state is the index that a test assigns."""

    address = "an index"

    def __init__(self, index: Index) -> None:
        self.index = index

    def mark(self) -> str:
        return self.index.identity.mark

    def open(self) -> Index:
        return self.index


def stored_length(length: int) -> int:
    """Return the length of a field as tantivy and Lucene store it: in a byte, rounded down.

    It is exact up to 40 terms. With exact lengths, BM25 scores differ by up to 5.4 % over the
    queries of the conformance suite, and other documents are compared word by word.
    """
    if length <= 40:
        return length
    step = 1 << ((length - 24).bit_length() - 4)
    return 24 + (length - 24) // step * step


def _vector_of(entry: Entry, level: Level) -> Vectors | None:
    return entry.vector if level is Level.BASE else entry.context


def _pieces(encoder: Encoder, text: str) -> Pieces:
    if encoder.pieces is None:
        return np.empty(0, np.uint32)
    [counted] = encoder.pieces.counter.count([text])
    return counted.pieces


def _passes(document: Document, filters: Filters) -> bool:
    day = document.date
    return (
        (filters.sources is None or document.source in filters.sources)
        and (filters.kinds is None or document.kind in filters.kinds)
        and (filters.languages is None or document.language in filters.languages)
        and (filters.since is None or (day is not None and day >= filters.since))
        and (filters.until is None or (day is not None and day <= filters.until))
        and (not filters.undated or day is None)
        and document.source not in (filters.excluded_sources or ())
    )


def _value(document: Document, column: FacetField) -> str | int | None:
    day = document.date
    return {
        FacetField.SOURCE: document.source,
        FacetField.KIND: document.kind.value,
        FacetField.LANGUAGE: document.language,
        FacetField.MONTH: None if day is None else 12 * day.year + day.month - 1,
    }[column]


def _satisfies(document: Document, demand: Demand) -> bool:
    match demand:
        case AllOf(parts):
            return all(_satisfies(document, part) for part in parts)
        case AnyOf(parts):
            return any(_satisfies(document, part) for part in parts)
        case AtLeast(least, parts):
            return sum(_satisfies(document, part) for part in parts) >= least
        case NoneOf(parts):
            return not any(_satisfies(document, part) for part in parts)
        case Contains(field=Field.AUTHOR):
            return _has_literal(terms(document.author or ""), demand)
        case Contains(field=Field.TITLE):
            return _has_literal(terms(document.title), demand)
        case Contains(field=Field.LEAD):
            first = terms(document.body)[:LEAD_WORDS]
            return any(_has_literal(row, demand) for row in (terms(document.title), first))
        case Contains():
            held = ([*words, *stems] for words, stems in map(_marked_levels, _texts(document)))
            return any(_has_literal(one, demand) for one in held)


def _has_literal(row: Sequence[str], literal: Contains) -> bool:
    """Return whether terms in a row hold a literal."""
    if literal.is_prefix:
        beginnings = tuple("".join(spelling) for spelling in literal.spellings)
        return any(term.startswith(beginnings) for term in row)
    if literal.distance:
        return any(
            {*spelling} <= {*row[start : start + len(spelling) + literal.distance]}
            for spelling in literal.spellings
            for start in range(len(row))
        )
    return any(_count(row, spelling) for spelling in literal.spellings)


def _has_word(document: Document, word: Sequence[Alternative]) -> bool:
    """Return whether title and text hold a word by one of the alternatives that count."""
    for one in word:
        for text in () if one.only_ranks else _texts(document):
            of_terms, of_stems = _marked_levels(text)
            if _count(of_stems if is_stem(one.terms[0]) else of_terms, one.terms):
                return True
    return False


@cache  # each query looks at every document
def _marked_levels(text: str) -> tuple[list[str], list[str]]:
    """Return the terms of a text, and its stems, each with the mark of a stem."""
    of_terms, of_stems = terms_and_stems(text)
    return of_terms, [f"{stem.removesuffix(STEM_MARK)}{STEM_MARK}" for stem in of_stems]


def _texts(document: Document) -> tuple[str, str]:
    return document.title, document.body


def _fields(title: str, text: str) -> tuple[list[str], ...]:
    (title_terms, title_stems), (text_terms, text_stems) = (
        terms_and_stems(title),
        terms_and_stems(text),
    )
    return tuple(row or [NO_WORDS] for row in (title_terms, text_terms, title_stems, text_stems))


def _holds(entry: Entry, phrase: Phrase) -> bool:
    """Return whether a passage holds the terms in a row, with names in them joined or apart."""
    spellings = [phrase] if is_stem(phrase[0]) else spellings_of(phrase)
    return any(_count(row, spelling) for row in entry.fields for spelling in spellings)


def _holds_leaf(entry: Entry, leaf: Contains) -> bool:
    rows = entry.fields[::2] if leaf.field is Field.TITLE else entry.fields
    return any(_has_literal(row, leaf) for row in rows)


def _count(row: Sequence[str], phrase: Phrase) -> int:
    """Return how often the terms of a phrase follow one another in a row of terms."""
    if len(phrase) == 1:
        return row.count(phrase[0])
    starts = [start for start, term in enumerate(row) if term == phrase[0]]
    return sum(tuple(row[start : start + len(phrase)]) == phrase for start in starts)
