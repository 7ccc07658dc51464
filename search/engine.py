"""The query trip: a query in, a page of hits out."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from search.background import Beside
from search.encoders.identity import Encoder, EncoderIdentity, PieceQuery, Vectors
from search.encoders.loading import load_encoder
from search.index.local.columns import Catalogue
from search.index.local.reader import ArchiveReader
from search.lexicon.gazetteer import Gazetteer
from search.live import PATIENCE_S, LiveArchive, State
from search.query.planning import Interpretation, interpret, is_wished, respell, suggest
from search.query.validation import LONGEST_QUERY, check_query
from search.ranking.collapsing import (
    Found,
    evidence_by_group,
    favour,
    fold_copies,
    order_by,
    rank_anew,
    read_best,
    read_depth,
)
from search.ranking.confidence import Answer, Worth, judge
from search.ranking.fusion import Positions, Ranking, mix, trust_words, weigh_semantic
from search.ranking.retrieval import find_nearest, rank_by_meaning, rank_by_words
from search.records import DateWish, Document, Mode, Passage, Query, SearchPage
from search.results.facets import count_facets
from search.results.hits import Chosen, write_hits
from search.results.similar import nearest_passage, neighbours
from search.stage_clock import StageClock
from search.vocabulary import LexicalQuery

# Passages that take as long to search as it takes to have another thread do it: among 90,000 a
# query alone is as fast without, and takes a tenth less processor time.
FEWEST_BESIDE = 200_000


class SearchEngine:
    """Answers queries over one archive, from many threads at once.

    A new commit is served from the next query on.
    """

    def __init__(
        self, reader: ArchiveReader, live: LiveArchive, gazetteer: Gazetteer | None = None
    ) -> None:
        self._reader = reader
        self._gazetteer = gazetteer or Gazetteer.shipped()
        self._beside = Beside()
        self.live = live

    @classmethod
    def open(
        cls,
        folder: Path,
        load: Callable[[str], Encoder] = load_encoder,
        *,
        patience_s: float = PATIENCE_S,
        gazetteer: Gazetteer | None = None,
    ) -> "SearchEngine":
        """Open the archive in `folder` with the encoder it was built with.

        A query that meets a new commit waits for it up to `patience_s`. `gazetteer` replaces the
        shipped one.

        Raises:
            ArchiveError: there is no archive there, or it cannot be read.
            EncoderError: its encoder cannot be loaded, or is not the same any more.
        """
        reader = ArchiveReader(folder)
        return cls(reader, LiveArchive(reader, load, patience_s=patience_s), gazetteer)

    @property
    def archive(self) -> ArchiveReader:
        return self._reader

    @property
    def encoder(self) -> EncoderIdentity:
        return self.live.current().encoder.identity

    def search(self, query: Query, *, limit_s: float | None = None) -> SearchPage:
        """Answer one query, or nothing at all when that takes longer than `limit_s`.

        Raises:
            QueryError: the query is empty or too long, or asks for a page that cannot be given.
            ArchiveError: the archive vanished or was damaged while it was served.
            SearchTimeout: the time was up.
        """
        return self.search_all([query], limit_s=limit_s)[0]

    def search_all(
        self, queries: Sequence[Query], *, limit_s: float | None = None
    ) -> list[SearchPage]:
        """Answer several queries from one state of the archive, encoded together.

        Raises:
            QueryError, ArchiveError, SearchTimeout: as for `search`; then none is answered.
        """
        clock = StageClock(limit_s)
        for query in queries:
            check_query(query)
        with clock.stage("open"):
            state = self.live.current()
        asked = []
        for query in queries:  # a stage each: a hundred of them may take longer than the limit
            with clock.stage("interpret"):
                asked.append(_interpret(state, query, self._gazetteer))
        texts = [
            one.meant
            for one, query in zip(asked, queries, strict=True)
            if query.mode is not Mode.LEXICAL
        ]
        with clock.stage("encode"):
            vectors = iter(state.encoder.encode_queries(texts) if texts else ())
        with self._reader.held():
            return [
                self._answer(
                    state,
                    query,
                    one,
                    None if query.mode is Mode.LEXICAL else next(vectors),
                    clock.share(len(queries)),
                )
                for query, one in zip(queries, asked, strict=True)
            ]

    def ranked_ids(self, query: Query, depth: int) -> list[str]:
        """Give the ids of the best documents alone, each followed by its copies: for measuring.

        Raises:
            QueryError, ArchiveError: as for `search`.
        """
        check_query(query)
        state = self.live.current()
        catalogue = state.snapshot.catalogue
        asked = _interpret(state, query, self._gazetteer)
        vector = (
            None if query.mode is Mode.LEXICAL else state.encoder.encode_queries([asked.meant])[0]
        )
        with self._reader.held():
            pieces = None if vector is None else _ask(state, asked)
            _, found, _ = self._rank(state, query.mode, asked, vector, pieces, StageClock())
            places = found.places[:depth]
            rows, groups = catalogue.rows[places].tolist(), catalogue.groups[places].tolist()
            id_by_row, members = self._reader.ids(rows), self._reader.members_by_group(groups)
        ids: dict[str, None] = {}
        for row, group in zip(rows, groups, strict=True):
            ids.update(dict.fromkeys([id_by_row[row], *members[group]]))
        return list(ids)

    def _answer(
        self,
        state: State,
        query: Query,
        asked: Interpretation,
        vector: Vectors | None,
        clock: StageClock,
    ) -> SearchPage:
        catalogue = state.snapshot.catalogue
        pieces = None if vector is None else _ask(state, asked)
        sides, found, worth = self._rank(state, query.mode, asked, vector, pieces, clock)
        wished = None if asked.wish is None else is_wished(asked.wish, catalogue.days[found.places])
        if wished is not None:
            found = favour(found, wished)
        ordered = order_by(found, query.sort, catalogue)
        shown = slice((query.page - 1) * query.k, query.page * query.k)
        with clock.stage("render"):
            chosen = tuple(self._choose(ordered, shown, sides, catalogue))
            hits = write_hits(chosen, asked, pieces)
            facets = count_facets(found.places, catalogue)
            suggestion = suggest(
                query.text, asked, catalogue, state.snapshot.lexical, self._reader.documents
            )
        return SearchPage(
            query=query,
            hits=hits,
            total=len(found.places),
            total_is_exact=all(side.is_exact for side in sides.values()),
            is_doubtful=worth is Worth.DOUBTFUL,
            facets=facets,
            understood=(*asked.missing, *_granted(asked, wished)),
            suggestion=suggestion,
            took_ms=clock.elapsed_ms,
            stages_ms=clock.stages_ms,
        )

    def _rank(
        self,
        state: State,
        mode: Mode,
        asked: Interpretation,
        vector: Vectors | None,
        pieces: PieceQuery | None,
        clock: StageClock,
    ) -> tuple[dict[Mode, Ranking], Found, Worth]:
        """Rank by words, by meaning, by both, and read the best word by word."""
        snapshot, worth = state.snapshot, Worth.GOOD
        lexical, strength = Ranking.empty(), 0.0
        semantic = Ranking.empty()
        with clock.stage("lexical"):
            find_nearest_passages = self._beside.start(
                lambda: find_nearest(snapshot, asked, vector),
                takes_long=len(snapshot.catalogue.passage_ids) >= FEWEST_BESIDE,
            )
            if mode is not Mode.SEMANTIC or asked.lexical.frequent:
                lexical, strength = rank_by_words(snapshot, asked)
        with clock.stage("semantic"):
            nearest = find_nearest_passages()
            if vector is not None:
                semantic = rank_by_meaning(snapshot, asked, vector, nearest, lexical)
            if mode is Mode.SEMANTIC:
                lexical, strength = Ranking.empty(), 0.0
        with clock.stage("fusion"):
            trust = trust_words(strength)
            mixed = mix(lexical, semantic, semantic_weight=weigh_semantic(trust))
            found = fold_copies(mixed, snapshot.catalogue)
        with clock.stage("reading"):
            if pieces is not None and (reader := state.encoder.pieces):

                def compare(positions: Positions) -> Vectors:
                    ids = snapshot.catalogue.passage_ids[positions]
                    return pieces.compare(snapshot.pieces.of(ids))

                read = read_best(found, snapshot.catalogue, read_depth(trust), compare)
                answer = Answer(strength, semantic, nearest.searched, read.passages)
                if mode is Mode.HYBRID:
                    worth = judge(asked, reader, answer)
                if worth is Worth.NOTHING:
                    return {}, Found.nothing(), worth
                found = rank_anew(found, read.gains)
        return {Mode.LEXICAL: lexical, Mode.SEMANTIC: semantic}, found, worth

    def similar(self, doc_id: str, k: int) -> tuple[Document, ...]:
        """Give the documents nearest in meaning, nearest first, in any language; no copies."""
        row = self._reader.row_of(doc_id)
        near = [] if row is None else neighbours(self.live.current().snapshot, row, k)
        documents = self._reader.documents(one.row for one in near)
        return tuple(documents[one.row] for one in near if one.row in documents)

    def nearest_passage(self, doc_id: str, text: str) -> Passage | None:
        """Give the passage of a document that answers a query best; None where it has but one."""
        row = self._reader.row_of(doc_id)
        if row is None:
            return None
        state = self.live.current()
        vector = state.encoder.encode_queries([text[:LONGEST_QUERY]])[0]
        passage_id = nearest_passage(state.snapshot, row, vector)
        if passage_id is None:
            return None
        passage, _ = self._reader.passages([passage_id]).get(passage_id, (None, None))
        return passage

    def terms_of(self, query: Query) -> LexicalQuery:
        """Give the terms that a query is found by, for marking them in a text that is shown whole.

        Of an endless query the beginning alone.
        """
        beginning = replace(query, text=query.text[:LONGEST_QUERY])
        return _interpret(self.live.current(), beginning, self._gazetteer).lexical

    def _choose(
        self, found: Found, shown: slice, sides: dict[Mode, Ranking], catalogue: Catalogue
    ) -> Iterable[Chosen]:
        groups = catalogue.groups[found.places[shown]].tolist()
        ids = catalogue.passage_ids[found.positions[shown]].tolist()
        pairs = self._reader.passages(ids)
        members = self._reader.members_by_group(catalogue.shared(groups))
        evidence = evidence_by_group(sides, set(groups), catalogue)
        for group, passage_id, score in zip(groups, ids, found.scores[shown].tolist(), strict=True):
            if passage_id in pairs:  # else removed since the snapshot
                passage, document = pairs[passage_id]
                same_text = members.get(group, [])
                copies = tuple(doc_id for doc_id in same_text if doc_id != document.doc_id)
                yield Chosen(document, passage, score, evidence[group], copies)


def _interpret(state: State, query: Query, gazetteer: Gazetteer) -> Interpretation:
    catalogue, lexical = state.snapshot.catalogue, state.snapshot.lexical
    # Who asks for words alone means these.
    by_meaning = query.mode is not Mode.LEXICAL
    asked = interpret(
        query.text, query.filters, catalogue, lexical, gazetteer=gazetteer, by_meaning=by_meaning
    )
    pieces = state.encoder.pieces
    return asked if pieces is None else respell(asked, catalogue, pieces.count_pieces)


def _ask(state: State, asked: Interpretation) -> PieceQuery | None:
    return None if state.encoder.pieces is None else state.encoder.pieces.ask(asked.meant)


def _granted(asked: Interpretation, wished: npt.NDArray[np.bool_] | None) -> tuple[DateWish, ...]:
    """Give the wish that some found document fulfils."""
    return (asked.wish,) if asked.wish and wished is not None and wished.any() else ()
