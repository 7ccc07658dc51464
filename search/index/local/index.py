"""One committed state of a folder archive, as the engine sees it (`search.index.Index`)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import numpy as np

from search.encoders.identity import Vectors
from search.index import (
    ArchiveIdentity,
    Level,
    Matches,
    PassageWindows,
    Period,
    TermStatistics,
    VectorRanking,
    WordRanking,
)
from search.index.candidates import Candidates, Mask, Scores
from search.index.local.candidates import LocalCandidates
from search.index.local.columns import ArchiveColumns, DocOrds, Integers, PassageIds, PassageOrds
from search.index.local.lexical.schemas import DAY, MONTH
from search.index.local.lexical.searcher import LexicalRanking
from search.index.local.matching import LocalMatches, count_matching
from search.index.local.reader import ArchiveReader
from search.index.local.scope import BROAD_FILTER_SHARE, LocalScope, evaluate_scope
from search.index.local.segments.vector_search import DenseSearcher
from search.index.local.segments.vector_segment import RowMask
from search.index.local.snapshot import Snapshot
from search.lexicon.gazetteer import Gazetteer
from search.plan import Contains, Demand, QueryPlan, Scope
from search.records import Document, Filters, Passage, Sort

_PERIODS = {Period.DAY: DAY, Period.MONTH: MONTH}
# Below this estimate of the passages in scope, their mask is computed and counted.
EXACT_BELOW = 20_000
# A filter that most documents pass is applied after ranking: this many times the passages that
# should be enough are then ranked.
OVERFETCH = 1.2


class LocalIndex:
    """One state of an archive, and the reader of its database.

    `snapshot` never changes; documents are read as of the last commit.
    """

    is_remote = False

    def __init__(
        self,
        snapshot: Snapshot,
        reader: ArchiveReader,
        gazetteer: Gazetteer,
        newspapers: Mapping[str, str],
        mark: str,
    ) -> None:
        self.gazetteer = gazetteer
        self.newspapers = newspapers
        self._columns = snapshot.columns
        self._vectors = snapshot.vectors
        self._context = snapshot.context
        self._pieces = snapshot.pieces
        self._lexical = snapshot.lexical
        self._documents = snapshot.documents
        self._reader = reader
        self.read_session = reader.read_session
        self.documents = reader.documents
        self.find = reader.find
        self.versions_of = reader.versions_of
        self.newest = reader.newest
        self.titles = reader.titles
        self.sources = reader.sources
        self.identity = ArchiveIdentity(
            commit=snapshot.commit,
            mark=mark,
            encoder=snapshot.encoder,
            documents=len(snapshot.columns.rows),
            passages=len(snapshot.columns.passage_ids),
            encoded=0 if snapshot.context is None else snapshot.context.entry_count,
        )

    @property
    def terms(self) -> TermStatistics:
        return self._lexical

    @property
    def source_names(self) -> list[str]:
        return [name for name in self._columns.source_names if name is not None]

    def scope(
        self, filters: Filters, demands: Sequence[Demand] = (), phrases: Sequence[Contains] = ()
    ) -> Scope:
        return evaluate_scope(filters, demands, phrases, self._columns, self._documents)

    def match(self, plan: QueryPlan) -> Matches:
        return count_matching(plan, self._columns, self._documents)

    def count_matches(self, plan: QueryPlan) -> int:
        return self._documents.count(plan, plan.scope.filters, ()).total

    def count_by(self, plan: QueryPlan, period: Period) -> Mapping[int, int]:
        column = _PERIODS[period]
        return self._documents.count(plan, plan.scope.filters, (column,)).by_value[column]

    def list_matches(
        self,
        plan: QueryPlan,
        order: Sort,
        start: int,
        count: int,
        *,
        without: Candidates | None = None,
    ) -> Candidates:
        excluded = None
        if without is not None:
            of_texts = self._columns.of_groups(np.unique(without.group))
            excluded = self._columns.first_passages(of_texts)
        firsts, scores = self._documents.listed(plan, order, start, count, without=excluded)
        positions = self._columns.positions_of(firsts)
        is_known = positions >= 0
        return self._candidates(PassageOrds(positions[is_known]), scores[is_known])

    def match_texts(
        self, plan: QueryPlan, matches: Matches, candidates: Candidates
    ) -> tuple[Mask, int]:
        assert isinstance(matches, LocalMatches), "matches are read by the index that made them"
        texts = np.unique(candidates.group)
        matching = matches.documents
        if matching is None:
            of_texts = self._columns.first_passages(self._columns.of_groups(texts))
            matching = self._columns.documents_of(self._documents.filter_matches(plan, of_texts))
        groups = self._columns.groups[matching]
        return np.isin(candidates.group, groups), int(np.count_nonzero(np.isin(groups, texts)))

    def rank_by_words(self, plan: QueryPlan, depth: int) -> WordRanking:
        scope = _local(plan.scope)
        ranking, positions, passing = self._search_words(plan, scope, depth)
        best = passing[:depth]
        scores = ranking.scores[best]
        of_best = float(scores[0] / ranking.scores[0]) if len(best) and ranking.strength else 0.0
        return WordRanking(
            self._candidates(PassageOrds(positions[best]), scores),
            strength=min(1.0, of_best * ranking.strength),
            is_exact=ranking.is_exact and len(passing) <= depth,
        )

    def rank_by_vector(
        self, vector: Vectors, scope: Scope, depth: int, level: Level = Level.BASE
    ) -> VectorRanking:
        allowed, searched = passages_in_scope(_local(scope), self._columns)
        searcher = self._searcher(level)
        positions, cosines = searcher.search(vector, depth, allowed, among=searched)
        candidates = self._candidates(PassageOrds(positions), cosines.astype(np.float64))
        return VectorRanking(candidates, searched)

    def similarities(
        self, vector: Vectors, candidates: Candidates, level: Level = Level.BASE
    ) -> Vectors:
        searcher, positions = self._searcher(level), _positions(candidates)
        if level is Level.CONTEXT:
            return searcher.known_scores_of(vector, positions)
        return searcher.scores_of(vector, positions)

    def vectors(self, candidates: Candidates, level: Level = Level.BASE) -> Vectors:
        searcher, positions = self._searcher(level), _positions(candidates)
        if level is Level.CONTEXT:
            assert self.identity.encoder.context is not None
            return searcher.known_vectors_of(positions, self.identity.encoder.context.dimension)
        return searcher.vectors_of(positions)

    def tokens(self, candidates: Candidates, reach: int) -> PassageWindows:
        positions, begins, own = self._columns.around(_positions(candidates), reach)
        return PassageWindows(self._pieces.of(self._columns.passage_ids[positions]), begins, own)

    def passages_of(self, doc_id: str) -> Candidates:
        document = self._columns.ord_of(doc_id)
        if document is None:
            return Candidates.none()
        positions = self._columns.passages_of(document)
        return self._candidates(positions, np.zeros(len(positions)))

    def passages_of_each(self, doc_ids: Iterable[str]) -> dict[str, Candidates]:
        return {doc_id: run for doc_id in doc_ids if len(run := self.passages_of(doc_id))}

    def passages(self, candidates: Candidates) -> list[tuple[Passage, Document] | None]:
        passage_ids = PassageIds(self._columns.passage_ids[_positions(candidates)])
        return self._reader.passages(passage_ids, candidates.ordinal)

    def copies_of(self, doc_ids: Iterable[str]) -> dict[str, tuple[str, ...]]:
        # Most texts belong to one document: the database is read only for documents with shared
        # texts, and for documents that were stored after this state.
        ids = list(doc_ids)
        if not ids or not len(self._columns.rows):
            return self._reader.copies_of(ids)
        ords = self._columns.ords_of(ids)
        may_have_copies = self._columns.are_shared(ords) | (ords < 0)
        return self._reader.copies_of(
            doc_id for doc_id, may_have in zip(ids, may_have_copies, strict=True) if may_have
        )

    def storing_times(self, start: int, count: int) -> list[tuple[str, datetime | None]]:
        return self._reader.storing_times(self._columns.rows[start : start + count].tolist())

    def _searcher(self, level: Level) -> DenseSearcher:
        if level is Level.BASE:
            return self._vectors
        assert self._context is not None, "the caller knows the archive's encoders"
        return self._context

    def _search_words(
        self, plan: QueryPlan, scope: LocalScope, depth: int
    ) -> tuple[LexicalRanking, PassageOrds, Integers]:
        """Search the lexical index; return its ranking, their positions, and which are in scope.

        Filters inside the index cost more than they save where most documents pass. They are then
        applied after the search, which ranks more passages.
        """
        share = scope.share / scope.share_of_narrow if scope.share_of_narrow else 0.0
        if scope.narrow != scope.filters and share >= BROAD_FILTER_SHARE:
            ranking = self._lexical.search(plan, scope.narrow, int(OVERFETCH * depth / share))
            positions, passing = self._passing(ranking, scope)
            if ranking.is_exact or len(passing) >= depth:
                return ranking, positions, passing
        ranking = self._lexical.search(plan, scope.filters, depth)
        # The index holds only passages, so it cannot apply every demand on whole documents.
        return ranking, *self._passing(ranking, scope)

    def _passing(self, ranking: LexicalRanking, scope: LocalScope) -> tuple[PassageOrds, Integers]:
        positions = self._columns.positions_of(ranking.ids)
        passes = positions >= 0
        if scope.passes is not None:
            passes &= scope.passes[self._columns.documents[positions]]
        return positions, np.flatnonzero(passes)

    def _candidates(self, positions: PassageOrds, scores: Scores) -> LocalCandidates:
        return LocalCandidates(self._columns, positions, scores)


def passages_in_scope(
    scope: LocalScope, columns: ArchiveColumns, *, exact_below: int = EXACT_BELOW
) -> tuple[RowMask | None, int]:
    """Return which passages are in scope, None for all of them, and their number.

    The number is exact below `exact_below`, and an estimate from there on.
    """
    count = len(columns.passage_ids)
    if scope.passes is None:
        return None, count
    estimate = int(scope.share * count)
    if estimate >= exact_below:
        return _OfDocuments(scope.passes, columns.documents), estimate
    mask = scope.passes.take(columns.documents)
    return mask, int(np.count_nonzero(mask))


class _OfDocuments:
    """A mask of the passages in scope, looked up by their documents when it is indexed.

    A lookup of all passages takes 5 ms for three million, as long as a search in them.
    """

    def __init__(self, passes: Mask, documents: DocOrds) -> None:
        self._passes = passes
        self._documents = documents

    def __getitem__(self, places: slice | Integers) -> Mask:
        return self._passes.take(self._documents[places])


def _local(scope: Scope) -> LocalScope:
    assert isinstance(scope, LocalScope), "a plan is ranked by the index that made its scope"
    return scope


def _positions(candidates: Candidates) -> PassageOrds:
    if not len(candidates):
        return PassageOrds(np.empty(0, np.int64))
    assert isinstance(candidates, LocalCandidates), "an index reads its own candidates"
    return candidates.position
