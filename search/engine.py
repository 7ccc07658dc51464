"""The search engine: turn a query into a page of hits."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from search import meaning
from search.background import BackgroundThreads
from search.encoders.identity import Encoder
from search.encoders.loading import load_archive_encoder
from search.index import Index, WordRanking
from search.index.live import PATIENCE_S, LiveArchive
from search.index.opening import open_index
from search.meaning import Nearest
from search.plan import QueryPlan
from search.query.planning import plan_query
from search.query.suggestions import Offers, offer_others
from search.query.validation import MAX_QUERY_LENGTH, check_query
from search.ranking.confidence import ConfidenceFeatures
from search.ranking.rankings import LEXICAL_DEPTH
from search.records import Document, MatchingDocument, Mode, Passage, Query, SearchPage
from search.relevance import NO_WORDS, PreparedQuery, Searches, rank
from search.results.best_sentence import find_best_sentence
from search.results.listing import list_all
from search.results.presentation import RankedAnswer, present
from search.similar import similar_documents
from search.stage_clock import StageClock
from search.stories import Story, find_offered, find_story

# From this number of passages on, a second thread searches the vectors. Among 90,000, a single
# query is as fast without the thread, and takes a tenth less processor time.
_IN_BACKGROUND_FROM = 200_000
# Threads of all queries together that wait for a cluster.
_THREADS_OF_REQUESTS = 24


class SearchEngine:
    """A search engine over one archive; safe to call from many threads at once.

    The first query after a commit is answered from the new state.
    """

    def __init__(self, live: LiveArchive) -> None:
        self.live = live
        is_remote = live.current().index.is_remote
        self._background = BackgroundThreads(_THREADS_OF_REQUESTS if is_remote else 1)

    @classmethod
    def open(
        cls,
        address: str | Path,
        load: Callable[[str], Encoder] = load_archive_encoder,
        *,
        patience_s: float = PATIENCE_S,
    ) -> "SearchEngine":
        """Open the archive at `address` with the encoder that it was built with.

        A query that comes after a new commit waits up to `patience_s` for the commit to be opened.

        Raises:
            ArchiveError: there is no archive at `address`, or it cannot be read.
            EncoderError: the archive's encoder cannot be loaded or has changed, and the archive has
                no table to search by instead.
        """
        return cls(LiveArchive(open_index(address), load, patience_s=patience_s))

    @property
    def index(self) -> Index:
        """Return the newest state of the archive that could be opened."""
        return self.live.current().index

    def search(self, query: Query, *, limit_s: float | None = None) -> SearchPage:
        """Answer one query within `limit_s`; None is no limit.

        Raises:
            QueryError: the query is empty or too long, or asks for a page that does not exist.
            ArchiveError: the archive vanished or was damaged while it was served.
            SearchTimeout: the search took longer than `limit_s`.
        """
        clock = StageClock(limit_s)
        prepared = self._prepare(query, clock)
        with prepared.state.index.read_session():
            return self._answer(prepared, clock)

    def match_all(
        self, query: Query, *, limit_s: float | None = None
    ) -> tuple[SearchPage, Iterator[list[MatchingDocument]]]:
        """Return every document that matches a query, from one state of the archive.

        The page has the counts and no hits. The documents come in blocks, by date or by BM25 over
        whole documents; a block is read when the iterator reaches it.

        Raises:
            QueryError, ArchiveError, SearchTimeout: as for `search`.
        """
        clock = StageClock(limit_s)
        prepared = self._prepare(query, clock)
        with prepared.state.index.read_session():
            page = self._answer(prepared._replace(query=replace(query, k=1, page=1)), clock)
        page = replace(page, hits=(), query=replace(page.query, k=query.k))
        return page, list_all(page.query, prepared.plan, prepared.state.index)

    def ranked_ids(self, query: Query, depth: int) -> list[str]:
        """Return the ids of the best documents, each followed by its copies, for evaluation.

        The documents are ranked as `search` ranks them; no page is built.

        Raises:
            QueryError, ArchiveError: as for `search`.
        """
        prepared = self._prepare(query, StageClock())
        index = prepared.state.index
        with index.read_session():
            doc_ids = self._rank_alone(prepared).documents.take(slice(depth)).doc_ids()
            copies = index.copies_of(doc_ids)
        with_copies = ((doc_id, *copies.get(doc_id, ())) for doc_id in doc_ids)
        return list(dict.fromkeys(doc_id for group in with_copies for doc_id in group))

    def features(self, query: Query) -> ConfidenceFeatures | None:
        """Return the features that confidence depends on, for fitting; None if it is not judged.

        Raises:
            QueryError, ArchiveError: as for `search`.
        """
        prepared = self._prepare(query, StageClock())
        with prepared.state.index.read_session():
            return self._rank_alone(prepared).features

    def plan(self, query: Query) -> QueryPlan:
        """Return the plan of a query, for marking its words in a text that is shown whole.

        Only the first `MAX_QUERY_LENGTH` characters of the query are prepared.
        """
        state = self.live.current()
        shortened = replace(query, text=query.text[:MAX_QUERY_LENGTH])
        return plan_query(shortened, state.index, state.encoder.pieces)

    def offer_others(self, query: Query) -> Offers:
        """Return other queries in place of a query that no document matches.

        They keep the filters of the query.
        """
        index = self.live.current().index
        with index.read_session():
            return offer_others(query, plan_query(query, index, None), index)

    def similar(self, doc_id: str, k: int) -> tuple[Document, ...]:
        """Return the nearest documents in meaning, in any language, best first, without copies."""
        state = self.live.current()
        return similar_documents(state.index, doc_id, k, state.encoder, state.profile)

    def story(self, doc_id: str) -> Story | None:
        """Return the reports of a document's event; None for an unknown document."""
        state = self.live.current()
        return find_story(state.index, doc_id, state.encoder)

    def have_stories(self, doc_ids: Sequence[str], *, among: Sequence[Document]) -> frozenset[str]:
        """Return the documents whose story has enough reports among others to be offered."""
        state = self.live.current()
        return find_offered(state.index, among, state.encoder, seeds=doc_ids)

    def nearest_passage(self, doc_id: str, text: str) -> Passage | None:
        """Return the passage of a document that answers a query best.

        None where the document has a single passage.
        """
        state = self.live.current()
        vectors = meaning.encode(text[:MAX_QUERY_LENGTH], state.encoder, state.index)
        return meaning.nearest_passage(state.index, doc_id, vectors)

    def nearest_sentence(self, document: Document, plan: QueryPlan) -> tuple[int, int] | None:
        """Return the span of the sentence of an article's body that answers a query best.

        None for a headline, and where no sentence is near the query.
        """
        if not document.body:
            return None
        passage = self.nearest_passage(document.doc_id, plan.text_to_encode)
        within = (passage.start, passage.end) if passage else (0, len(document.body))
        pieces = self.live.current().encoder.pieces
        piece_query = None if pieces is None else pieces.prepare_query(plan.text_to_encode)
        return find_best_sentence(document.body, within, plan, piece_query)

    def _prepare(self, query: Query, clock: StageClock) -> PreparedQuery:
        check_query(query)
        with clock.stage("open"):
            state = self.live.current()
        pieces, piece_query = state.encoder.pieces, None
        with clock.stage("interpret"):
            plan = plan_query(query, state.index, pieces)
            if query.mode is not Mode.LEXICAL and pieces is not None:
                piece_query = pieces.prepare_query(plan.text_to_encode)
        return PreparedQuery(query, plan, piece_query, state)

    def _answer(self, prepared: PreparedQuery, clock: StageClock) -> SearchPage:
        query, plan, piece_query, state = prepared
        searches = self._start_searches(prepared)
        with clock.stage("match"):
            matches = state.index.match(plan)
        ranked = rank(prepared, searches, clock, has_matches=matches.total > 0)
        with clock.stage("render"):
            page = present(ranked, matches, query, plan, state.index, piece_query, state.profile)
        return replace(page, took_ms=clock.elapsed_ms, stages_ms=clock.stages_ms)

    def _rank_alone(self, prepared: PreparedQuery) -> RankedAnswer:
        """Rank without a time limit and without a page, for evaluation and fitting."""
        searches = self._start_searches(prepared)
        # What matches is never hidden, and so is measured as readers get it.
        has_matches = prepared.state.index.count_matches(prepared.plan) > 0
        return rank(prepared, searches, StageClock(), has_matches=has_matches)

    def _start_searches(self, prepared: PreparedQuery) -> Searches:
        """Start the searches in other threads, where that saves time."""
        query, plan, _, state = prepared
        index = state.index
        wait_for_words: Callable[[], WordRanking] = lambda: NO_WORDS  # noqa: E731 - no search
        if query.mode is not Mode.SEMANTIC and not plan.lists_all:
            wait_for_words = self._background.start(
                partial(index.rank_by_words, plan, LEXICAL_DEPTH), takes_long=index.is_remote
            )
        return Searches(wait_for_words, self._start_search_by_meaning(prepared))

    def _start_search_by_meaning(self, prepared: PreparedQuery) -> Callable[[], Nearest | None]:
        query, plan, _, state = prepared
        if query.mode is Mode.LEXICAL or plan.lists_all:
            return lambda: None
        encoder, index = state.encoder, state.index
        is_encoded_slowly = meaning.has_context(encoder, index)

        def find_nearest() -> Nearest:
            vectors = meaning.encode(plan.text_to_encode, encoder, index)
            return meaning.find_nearest(vectors, encoder, index, plan.scope)

        return self._background.start(
            find_nearest,
            takes_long=index.is_remote
            or is_encoded_slowly
            or index.identity.passages >= _IN_BACKGROUND_FROM,
        )
