"""The query trip: a query in, a page of hits out."""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from search.archive.catalogue import NO_DAY, Catalogue
from search.archive.reader import ArchiveReader, Snapshot
from search.encoders.identity import Encoder, EncoderIdentity
from search.encoders.load import load_encoder
from search.errors import QueryError
from search.facets import count_facets
from search.fusion import mix, weigh_semantic
from search.records import (
    Document,
    Evidence,
    Hit,
    Mode,
    Passage,
    Query,
    ScoredPassage,
    SearchPage,
    Sort,
)
from search.snippets import cut_snippet, mark_words
from search.text import query_terms, terms

# Passages each ranking contributes. Fixed, so that page 2 goes on where page 1 ended.
LEXICAL_DEPTH = 1000
SEMANTIC_DEPTH = 200

LONGEST_QUERY = 1000  # characters; a title or a paragraph to find again, not an article
MOST_HITS = 100  # a page
DEEPEST = 1000  # last hit that can be asked for


@dataclass(frozen=True, slots=True)
class _Side:
    """What one ranking found, best first; `floor` is the score of what it did not.

    The first `depth` were ranked; those after them were scored for the other side had them.
    """

    passages: list[ScoredPassage]
    depth: int = 0
    floor: float = 0.0
    strength: float = 0.0  # of the words' best match, 0 to 1
    is_exact: bool = True  # nothing that matches was left out


@dataclass(slots=True)
class _Found:
    """One document that a query found, or several of the same text."""

    place: int  # in the catalogue
    passage_id: int
    score: float
    evidence: dict[Mode, Evidence] = field(default_factory=dict)


class SearchEngine:
    """Answers queries over one archive, from many threads at once.

    A new commit is served from the next query on.
    """

    def __init__(
        self,
        reader: ArchiveReader,
        encoder: Encoder,
        snapshot: Snapshot,
        load: Callable[[str], Encoder] = load_encoder,
    ) -> None:
        snapshot.encoder.require_same(encoder.identity)
        self._reader = reader
        self._load = load
        self._encoder = encoder
        self._snapshot = snapshot
        self._reloading = threading.Lock()

    @classmethod
    def open(cls, folder: Path, load: Callable[[str], Encoder] = load_encoder) -> "SearchEngine":
        """Open the archive in `folder` with the encoder it was built with.

        Raises:
            ArchiveError: there is no archive there, or it cannot be read.
            EncoderError: its encoder cannot be loaded, or is not the same any more.
        """
        reader = ArchiveReader(folder)
        snapshot = reader.snapshot()
        return cls(reader, load(snapshot.encoder.name), snapshot, load)

    @property
    def archive(self) -> ArchiveReader:
        return self._reader

    @property
    def encoder(self) -> EncoderIdentity:
        return self._encoder.identity

    def search(self, query: Query) -> SearchPage:
        """Answer one query.

        Raises:
            QueryError: the query is empty or too long, or asks for a page that cannot be given.
            ArchiveError: the archive vanished or was damaged while it was served.
        """
        started = time.perf_counter()
        _check(query)
        snapshot = self._current()
        wanted = query_terms(query.text)
        lexical = self._lexical(snapshot, query, wanted)
        semantic = self._semantic(snapshot, query, lexical)
        found = _documents(snapshot.catalogue, lexical, semantic)
        ordered = _order(found, query.sort, snapshot.catalogue)
        shown = ordered[(query.page - 1) * query.k : query.page * query.k]
        return SearchPage(
            query=query,
            hits=tuple(self._hits(shown, snapshot.catalogue, wanted)),
            total=len(found),
            total_is_exact=lexical.is_exact and semantic.is_exact,
            facets=count_facets([one.place for one in found], snapshot.catalogue),
            took_ms=(time.perf_counter() - started) * 1000,
        )

    def _current(self) -> Snapshot:
        if self._reader.commit_number() != self._snapshot.commit and self._reloading.acquire(
            blocking=False
        ):
            try:
                self._snapshot = self._reader.snapshot()
            finally:
                self._reloading.release()
        return self._snapshot

    def _encoder_of(self, snapshot: Snapshot) -> Encoder:
        """Give the encoder of this state: an archive may be encoded anew while it is served."""
        encoder = self._encoder
        if encoder.identity.digest != snapshot.encoder.digest:
            encoder = self._load(snapshot.encoder.name)
            snapshot.encoder.require_same(encoder.identity)
            self._encoder = encoder
        return encoder

    def _lexical(self, snapshot: Snapshot, query: Query, wanted: list[str]) -> _Side:
        if query.mode is Mode.SEMANTIC:
            return _Side([])
        ranking = snapshot.lexical.search(wanted, query.filters, LEXICAL_DEPTH)
        is_exact = ranking.matched <= LEXICAL_DEPTH
        floor = 0.0 if is_exact else ranking.passages[-1].score
        return _Side(ranking.passages, LEXICAL_DEPTH, floor, ranking.strength, is_exact)

    def _semantic(self, snapshot: Snapshot, query: Query, lexical: _Side) -> _Side:
        """Rank by meaning.

        What the words found gets its cosine too, so that no score of it is guessed.
        """
        if query.mode is Mode.LEXICAL:
            return _Side([])
        vector = self._encoder_of(snapshot).encode_queries([query.text])[0]
        if not vector.any():
            return _Side([])
        allowed = snapshot.catalogue.allowed_passages(query.filters)
        nearest = snapshot.dense.search(vector, SEMANTIC_DEPTH, allowed)
        near_ids = {passage.passage_id for passage in nearest}
        others = [
            passage.passage_id for passage in lexical.passages if passage.passage_id not in near_ids
        ]
        cosines = snapshot.dense.scores_of(vector, np.array(others, dtype=np.int64))
        nearest += [ScoredPassage(passage_id, score) for passage_id, score in cosines.items()]
        nearest.sort(key=lambda passage: (-passage.score, passage.passage_id))
        searched = len(snapshot.catalogue.passage_ids) if allowed is None else len(allowed)
        return _Side(nearest, SEMANTIC_DEPTH, is_exact=searched <= SEMANTIC_DEPTH)

    def _hits(self, shown: list[_Found], catalogue: Catalogue, wanted: list[str]) -> Iterable[Hit]:
        rows = [int(catalogue.rows[found.place]) for found in shown]
        documents = self._reader.documents(rows)
        passages = self._reader.passages_of(rows)
        members = self._reader.members_by_group(
            int(catalogue.groups[found.place]) for found in shown
        )
        for found, row in zip(shown, rows, strict=True):
            document, passage = documents.get(row), passages.get(found.passage_id)
            if document is not None and passage is not None:  # else removed since the snapshot
                same_text = members.get(int(catalogue.groups[found.place]), [])
                copies = tuple(doc_id for doc_id in same_text if doc_id != document.doc_id)
                yield _hit(document, passage, found, copies, wanted)


def _check(query: Query) -> None:
    if not query.text.strip():
        raise QueryError("the query is empty: type at least one word")
    if not query.text.isascii() and any("\ud800" <= c <= "\udfff" for c in query.text):
        raise QueryError("the query is not whole text (it holds half a character): type it again")
    if len(query.text) > LONGEST_QUERY:
        raise QueryError(
            f"the query has {len(query.text)} characters, at most {LONGEST_QUERY} are taken:"
            " shorten it"
        )
    if not 1 <= query.k <= MOST_HITS:
        raise QueryError(f"k is {query.k}: ask for 1 to {MOST_HITS} hits a page")
    if query.page < 1 or query.page * query.k > DEEPEST:
        raise QueryError(
            f"page {query.page} of {query.k} hits: pages start at 1 and end with hit {DEEPEST}"
        )
    since, until = query.filters.since, query.filters.until
    if since is not None and until is not None and since > until:
        raise QueryError(f"from {since} is after to {until}: nothing lies between them")


def _documents(catalogue: Catalogue, lexical: _Side, semantic: _Side) -> list[_Found]:
    """Fuse, and keep the best passage of each text; best first, ties by passage id."""
    scores = mix(
        _scores(lexical),
        _scores(semantic),
        semantic_weight=weigh_semantic(lexical.strength),
        lexical_floor=lexical.floor,
    )
    ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    places = catalogue.places_of(np.array([passage_id for passage_id, _ in ranked], dtype=np.int64))
    found_by_group: dict[int, _Found] = {}
    for (passage_id, score), place in zip(ranked, places.tolist(), strict=True):
        if place >= 0:
            group = int(catalogue.groups[place])
            found_by_group.setdefault(group, _Found(place, passage_id, score))
    for mode, side in ((Mode.LEXICAL, lexical), (Mode.SEMANTIC, semantic)):
        _add_evidence(found_by_group, catalogue, mode, side)
    return list(found_by_group.values())


def _scores(side: _Side) -> dict[int, float]:
    return {passage.passage_id: passage.score for passage in side.passages}


def _add_evidence(
    found_by_group: dict[int, _Found], catalogue: Catalogue, mode: Mode, side: _Side
) -> None:
    """Note each document's rank on this side, counted in documents, by its best passage there."""
    ids = np.array([passage.passage_id for passage in side.passages], dtype=np.int64)
    rank = 0
    for position, place in enumerate(catalogue.places_of(ids).tolist()):
        if place < 0:
            continue
        found = found_by_group[int(catalogue.groups[place])]
        if mode not in found.evidence:
            rank += 1
            known_rank = rank if position < side.depth else None
            found.evidence[mode] = Evidence(known_rank, side.passages[position].score)


def _order(found: list[_Found], sort: Sort, catalogue: Catalogue) -> list[_Found]:
    """Put the hits in the order asked for.

    Without a date they come last, equals stay by relevance.
    """
    if sort is Sort.RELEVANCE:
        return found
    sign = -1 if sort is Sort.NEWEST else 1

    def key(one: _Found) -> tuple[bool, int]:
        day = int(catalogue.days[one.place])
        return day == NO_DAY, sign * day

    return sorted(found, key=key)


def _hit(
    document: Document, passage: Passage, found: _Found, copies: tuple[str, ...], wanted: list[str]
) -> Hit:
    text = document.text[passage.start : passage.end]
    snippet = cut_snippet(text, wanted) if document.body else mark_words(text, wanted)
    evidence = dict(found.evidence)
    if Mode.LEXICAL in evidence:
        held = {*terms(document.title), *terms(text)}
        lexical = evidence[Mode.LEXICAL]
        evidence[Mode.LEXICAL] = Evidence(
            lexical.rank, lexical.score, tuple(t for t in wanted if t in held)
        )
    return Hit(document, passage, found.score, snippet.text, snippet.highlights, evidence, copies)
