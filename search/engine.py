"""The query trip: a query in, a page of hits out."""

import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from search.archive.catalogue import Catalogue
from search.archive.reader import ArchiveReader, Snapshot
from search.candidates import (
    READ,
    Found,
    evidence_by_group,
    fold_copies,
    order_by,
    rank_anew,
)
from search.encoders.identity import Encoder, EncoderIdentity
from search.encoders.load import load_encoder
from search.errors import QueryError
from search.facets import count_facets
from search.fusion import Ranking, mix, weigh_semantic
from search.records import (
    Document,
    Evidence,
    Hit,
    Mode,
    Passage,
    Query,
    SearchPage,
)
from search.snippets import cut_snippet, mark_words
from search.text import query_terms, terms

# Passages each ranking contributes. Fixed, so that page 2 goes on where page 1 ended.
LEXICAL_DEPTH = 1000
SEMANTIC_DEPTH = 200

LONGEST_QUERY = 1000  # characters; a title or a paragraph to find again, not an article
MOST_HITS = 100  # a page
DEEPEST = 1000  # last hit that can be asked for


class SearchEngine:
    """Answers queries over one archive, from many threads at once.

    A new commit is served from the next query on.
    """

    def __init__(self, reader: ArchiveReader, encoder: Encoder, snapshot: Snapshot) -> None:
        snapshot.encoder.require_same(encoder.identity)
        self._reader = reader
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
        return cls(reader, load(snapshot.encoder.name), snapshot)

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
        sides, found = self._rank(snapshot, query, wanted)
        ordered = order_by(found, query.sort, snapshot.catalogue)
        shown = slice((query.page - 1) * query.k, query.page * query.k)
        return SearchPage(
            query=query,
            hits=tuple(self._hits(ordered, shown, sides, snapshot.catalogue, wanted)),
            total=len(found.places),
            total_is_exact=all(side.is_exact for side in sides.values()),
            facets=count_facets(found.places.tolist(), snapshot.catalogue),
            took_ms=(time.perf_counter() - started) * 1000,
        )

    def _current(self) -> Snapshot:
        if self._reader.commit_number() != self._snapshot.commit and self._reloading.acquire(
            blocking=False
        ):
            try:
                fresh = self._reader.snapshot()
                fresh.encoder.require_same(self._encoder.identity)
                self._snapshot = fresh
            finally:
                self._reloading.release()
        return self._snapshot

    def _rank(
        self, snapshot: Snapshot, query: Query, wanted: list[str]
    ) -> tuple[dict[Mode, Ranking], Found]:
        """Rank by words, by meaning, by both, and read the best word by word."""
        lexical, strength = self._lexical(snapshot, query, wanted)
        semantic = self._semantic(snapshot, query, lexical)
        sides = {Mode.LEXICAL: lexical, Mode.SEMANTIC: semantic}
        mixed = mix(lexical, semantic, semantic_weight=weigh_semantic(strength))
        found = fold_copies(mixed, snapshot.catalogue)
        if query.mode is not Mode.LEXICAL and (interaction := self._encoder.interaction):
            texts = self._reader.passage_texts(found.passage_ids[:READ].tolist())
            found = rank_anew(found, interaction.score(query.text, texts).astype(np.float64))
        return sides, found

    def _lexical(
        self, snapshot: Snapshot, query: Query, wanted: list[str]
    ) -> tuple[Ranking, float]:
        if query.mode is Mode.SEMANTIC:
            return Ranking.empty(), 0.0
        ranking = snapshot.lexical.search(wanted, query.filters, LEXICAL_DEPTH)
        is_exact = ranking.matched <= LEXICAL_DEPTH
        ids = np.array([passage.passage_id for passage in ranking.passages], dtype=np.int64)
        scores = np.array([passage.score for passage in ranking.passages], dtype=np.float64)
        floor = 0.0 if is_exact else float(scores[-1])
        return Ranking(ids, scores, LEXICAL_DEPTH, floor, is_exact), ranking.strength

    def _semantic(self, snapshot: Snapshot, query: Query, lexical: Ranking) -> Ranking:
        """Rank by meaning.

        What the words found gets its cosine too, so that no score of it is guessed.
        """
        if query.mode is Mode.LEXICAL:
            return Ranking.empty()
        vector = self._encoder.encode_queries([query.text])[0]
        if not vector.any():
            return Ranking.empty()
        allowed = snapshot.catalogue.allowed_passages(query.filters)
        near, near_scores = snapshot.dense.search(vector, SEMANTIC_DEPTH, allowed)
        others = np.setdiff1d(lexical.ids, near)
        far, far_scores = snapshot.dense.scores_of(vector, others)
        ids = np.concatenate([near, far])
        scores = np.concatenate([near_scores, far_scores]).astype(np.float64)
        order = np.lexsort((ids, -scores))
        searched = len(snapshot.catalogue.passage_ids) if allowed is None else len(allowed)
        return Ranking(
            ids[order],
            scores[order],
            SEMANTIC_DEPTH,
            floor=float(scores.min(initial=0.0)) if len(scores) else 0.0,
            is_exact=searched <= SEMANTIC_DEPTH,
        )

    def _hits(
        self,
        found: Found,
        shown: slice,
        sides: dict[Mode, Ranking],
        catalogue: Catalogue,
        wanted: list[str],
    ) -> Iterable[Hit]:
        places = found.places[shown]
        groups = catalogue.groups[places].tolist()
        rows = catalogue.rows[places].tolist()
        documents = self._reader.documents(rows)
        passages = self._reader.passages_of(rows)
        members = self._reader.members_by_group(groups)
        evidence = evidence_by_group(sides, set(groups), catalogue)
        for row, group, passage_id, score in zip(
            rows, groups, found.passage_ids[shown].tolist(), found.scores[shown], strict=True
        ):
            document, passage = documents.get(row), passages.get(passage_id)
            if document is not None and passage is not None:  # else removed since the snapshot
                same_text = members.get(group, [])
                copies = tuple(doc_id for doc_id in same_text if doc_id != document.doc_id)
                yield _hit(document, passage, float(score), evidence[group], copies, wanted)


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


def _hit(
    document: Document,
    passage: Passage,
    score: float,
    evidence: dict[Mode, Evidence],
    copies: tuple[str, ...],
    wanted: list[str],
) -> Hit:
    text = document.text[passage.start : passage.end]
    snippet = cut_snippet(text, wanted) if document.body else mark_words(text, wanted)
    if Mode.LEXICAL in evidence:
        held = {*terms(document.title), *terms(text)}
        lexical = evidence[Mode.LEXICAL]
        matched = tuple(term for term in wanted if term in held)
        evidence[Mode.LEXICAL] = Evidence(lexical.rank, lexical.score, matched)
    return Hit(document, passage, score, snippet.text, snippet.highlights, evidence, copies)
