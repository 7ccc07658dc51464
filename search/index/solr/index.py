"""One state of an archive on a cluster, as the engine sees it (`search.index.Index`).

Solr keeps no state but the last one: the counts of the identity and the frequencies of terms are
those of the opening, and everything else is as it is stored now.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from search.encoders.identity import PieceLists, Pieces, Vectors
from search.index import (
    ArchiveIdentity,
    Level,
    PassageWindows,
    TermStatistics,
    VectorRanking,
    WordRanking,
)
from search.index.candidates import Candidates
from search.index.solr.candidates import PASSAGE_FIELDS, CandidateMaker, SolrCandidates
from search.index.solr.configset import Kind
from search.index.solr.entries import vector_fields
from search.index.solr.matching import DocumentMatcher
from search.index.solr.passages import PassageReader, row_field, stacked
from search.index.solr.queries import (
    all_of,
    documents_with,
    passages_with_leaves,
    passages_with_words,
    written,
)
from search.index.solr.reader import SolrReader
from search.index.solr.scope import SolrScope, evaluate_scope, within_scope
from search.index.solr.store import SEPARATOR, SolrStore
from search.index.solr.vocabulary import SolrVocabulary
from search.lexicon.gazetteer import Gazetteer
from search.plan import Contains, Demand, QueryPlan, Scope
from search.records import Document, Filters, Passage, Sort

_K1_PLUS_1 = 2.2  # of BM25, a factor that Lucene leaves out
# Passages that are nearest by bytes, for each that is returned by its exact cosine: over 89,418
# Saudi passages the nearest 215 held each of the nearest 200, the nearest 200 held .992 of them.
_OVERFETCH, _LEAST_MORE = 1.02, 16
# The graph finds more of the nearest if it is asked for more: of the ten nearest of 89,418 passages
# in 15 segments of a shard, .957 among 220, .973 among 400, .990 among 700.
_BREADTH = 3
_MARGIN = 1.2  # of the passages that are ranked before demands decide
_NONE: Pieces = np.empty(0, np.uint32)


class SolrIndex:
    """One state of an archive on a cluster; safe to use from many threads."""

    is_remote = True

    def __init__(
        self,
        store: SolrStore,
        identity: ArchiveIdentity,
        reader: SolrReader,
        passages: PassageReader,
        vocabulary: SolrVocabulary,
        *,
        source_names: Sequence[str],
        gazetteer: Gazetteer,
        newspapers: Mapping[str, str],
    ) -> None:
        self.identity = identity
        self.source_names = source_names
        self.gazetteer = gazetteer
        self.newspapers = newspapers
        self._store = store
        self._reader = reader
        self._passages = passages
        self._vocabulary = vocabulary
        self._maker = CandidateMaker(source_names)
        self._matcher = DocumentMatcher(store, self._maker)
        self.match = self._matcher.match
        self.count_matches = self._matcher.count
        self.count_by = self._matcher.count_by
        self.match_texts = self._matcher.match_texts
        self.read_session = reader.read_session
        self.documents = reader.documents
        self.copies_of = reader.copies_of
        self.find = reader.find
        self.versions_of = reader.versions_of
        self.newest = reader.newest
        self.titles = reader.titles
        self.storing_times = reader.storing_times
        self.sources = reader.sources

    @property
    def terms(self) -> TermStatistics:
        return self._vocabulary

    def scope(
        self, filters: Filters, demands: Sequence[Demand] = (), phrases: Sequence[Contains] = ()
    ) -> Scope:
        return evaluate_scope(filters, demands, phrases, self._store)

    def list_matches(
        self,
        plan: QueryPlan,
        order: Sort,
        start: int,
        count: int,
        *,
        without: Candidates | None = None,
    ) -> Candidates:
        return self._matcher.list(plan, order, start, count, without)

    def rank_by_words(self, plan: QueryPlan, depth: int) -> WordRanking:
        scope = _own(plan.scope)
        if depth <= 0 or not (plan.words or plan.lists_all):
            return WordRanking(Candidates.none(), strength=0.0, is_exact=True)
        parameters = within_scope(scope)
        leaves = passages_with_leaves(plan)
        if leaves is not None:
            parameters["fq"] = [*parameters["fq"], "{!xmlparser v=$leaves}"]
            parameters["leaves"] = written(leaves)
        count = _inflated(depth, scope)
        response = self._store.select(
            Kind.PASSAGES,
            {
                **parameters,
                "q": "{!xmlparser v=$words}",
                "words": written(passages_with_words(plan)),
                "rows": count,
                "fl": f"{PASSAGE_FIELDS},score",
                "sort": "score desc,number asc,ordinal asc",
                # A second pass for the fields of a thousand passages takes longer.
                "distrib.singlePass": True,
            },
        )["response"]
        entries = response["docs"]
        scores = np.array([entry["score"] for entry in entries], np.float64) * _K1_PLUS_1
        candidates = self._maker.of_passages(entries, scores)
        passing = self._passing(candidates, scope)
        best = float(passing.score[0]) if len(passing) else 0.0
        return WordRanking(
            passing.take(slice(depth)),
            strength=self._vocabulary.strength(best, plan),
            is_exact=response["numFound"] <= count and len(passing) <= depth,
        )

    def rank_by_vector(
        self, vector: Vectors, scope: Scope, depth: int, level: Level = Level.BASE
    ) -> VectorRanking:
        own = _own(scope)
        count = _inflated(int(_OVERFETCH * depth) + _LEAST_MORE, own)
        entries, searched = self._nearest(vector, own, count, level)
        if len(entries) < searched <= count:
            # Those without bytes, which have a vector of zeros, and what the graph did not reach.
            entries = self._all_within(own, count, level)
        entries = [entry for entry in entries if row_field(level) in entry]
        rows = [
            self._passages.keep_row(entry["id"], level, entry[row_field(level)])
            for entry in entries
        ]
        cosines = stacked(rows, len(vector), 0.0) @ vector
        order = np.argsort(-cosines, kind="stable")
        candidates = self._maker.of_passages(entries, cosines.astype(np.float64)).take(order)
        passing = self._passing(candidates, own).take(slice(depth))
        if own.is_decided_later:
            searched = round(searched * own.share)
        return VectorRanking(passing, searched)

    def similarities(
        self, vector: Vectors, candidates: Candidates, level: Level = Level.BASE
    ) -> Vectors:
        rows: Vectors = self.vectors(candidates, level) @ vector.astype(np.float32)
        return rows

    def vectors(self, candidates: Candidates, level: Level = Level.BASE) -> Vectors:
        encoder = self.identity.encoder
        shape = encoder.base if level is Level.BASE else encoder.context
        assert shape is not None, "the caller knows the archive's encoders"
        # A passage that was removed since has a base vector of zeros.
        missing = 0.0 if level is Level.BASE else np.nan
        return stacked(self._passages.rows(_ids(candidates), level), shape.dimension, missing)

    def tokens(self, candidates: Candidates, reach: int) -> PassageWindows:
        windows = [
            [0, *range(max(1, ordinal - reach), ordinal + reach + 1)]
            for ordinal in candidates.ordinal.tolist()
        ]
        ids = [
            [f"{text}-{ordinal}" for ordinal in window]
            for text, window in zip(_texts(candidates), windows, strict=True)
        ]
        read = iter(self._passages.pieces([name for names in ids for name in names]))
        pieces: list[Pieces] = []
        begins, own = [], []
        for ordinal, window in zip(candidates.ordinal.tolist(), windows, strict=True):
            begins.append(len(pieces))
            for place in window:
                value = next(read)
                if place == ordinal:
                    own.append(len(pieces))
                    value = _NONE if value is None else value
                if value is not None:
                    pieces.append(value)
        return PassageWindows(
            PieceLists.joined(pieces), np.array(begins, np.int64), np.array(own, np.int64)
        )

    def passages_of(self, doc_id: str) -> Candidates:
        return self.passages_of_each([doc_id]).get(doc_id, Candidates.none())

    def passages_of_each(self, doc_ids: Iterable[str]) -> dict[str, Candidates]:
        return {
            doc_id: self._maker.of_document(entry)
            for doc_id, entry in self._reader.columns(doc_ids).items()
        }

    def passages(self, candidates: Candidates) -> list[tuple[Passage, Document] | None]:
        if not isinstance(candidates, SolrCandidates):
            return []
        editions = (edition.decode() for edition in candidates.edition.tolist())
        ordinals = candidates.ordinal.tolist()
        keys = zip(candidates.doc_ids(), editions, ordinals, strict=True)
        return self._reader.passages(list(keys))

    def _nearest(
        self, vector: Vectors, scope: SolrScope, count: int, level: Level
    ) -> tuple[list[dict[str, Any]], int]:
        """Return the passages nearest by bytes, and the number of passages in scope."""
        parameters = within_scope(scope)
        query = vector_fields(level, vector).get(level)
        if query is None:  # zeros are as near to everything
            return [], self._count_within(scope)
        facets = {}
        if parameters["fq"]:
            domain = {"query": parameters["fq"]}
            facets = {"searched": {"type": "query", "q": "*:*", "domain": domain}}
        answer = self._store.select(
            Kind.PASSAGES,
            {
                **parameters,
                "q": f"{{!knn f={level} topK={_BREADTH * count} v=$vector}}",
                "vector": json.dumps(query),
                "rows": count,
                "fl": f"{PASSAGE_FIELDS},{row_field(level)}",  # in a second pass: rows are large
                "distrib.statsCache": False,
                **({"json.facet": json.dumps(facets)} if facets else {}),
            },
        )
        searched = self.identity.passages
        if facets:
            searched = answer["facets"].get("searched", {}).get("count", 0)
        return answer["response"]["docs"], searched

    def _all_within(self, scope: SolrScope, count: int, level: Level) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = self._store.select(
            Kind.PASSAGES,
            {
                **within_scope(scope),
                "q": "*:*",
                "rows": count,
                "sort": "number asc,ordinal asc",
                "fl": f"{PASSAGE_FIELDS},{row_field(level)}",
                "distrib.statsCache": False,
            },
        )["response"]["docs"]
        return entries

    def _count_within(self, scope: SolrScope) -> int:
        parameters = {**within_scope(scope), "q": "*:*", "rows": 0}
        return int(self._store.select(Kind.PASSAGES, parameters)["response"]["numFound"])

    def _passing(self, candidates: Candidates, scope: SolrScope) -> Candidates:
        """Return the candidates whose documents satisfy the demands of the scope."""
        if not scope.is_decided_later or not len(candidates):
            return candidates
        doc_ids = list(dict.fromkeys(candidates.doc_ids()))
        answer = self._store.select(
            Kind.DOCUMENTS,
            {
                "q": "{!xmlparser v=$demands}",
                "demands": written(all_of(map(documents_with, scope.demands))),
                "fq": "{!terms f=id cache=false separator=$separator v=$doc_ids}",
                "separator": SEPARATOR,
                "doc_ids": SEPARATOR.join(doc_ids),
                "fl": "id",
                "rows": len(doc_ids),
                "distrib.statsCache": False,
            },
        )
        satisfying = {entry["id"] for entry in answer["response"]["docs"]}
        return candidates.take(
            np.array([doc_id in satisfying for doc_id in candidates.doc_ids()], bool)
        )


def _inflated(count: int, scope: SolrScope) -> int:
    """Return how many passages to rank, so that about `count` of them satisfy the demands."""
    return int(_MARGIN * count / max(0.1, scope.share)) if scope.is_decided_later else count


def _own(scope: Scope) -> SolrScope:
    assert isinstance(scope, SolrScope), "a plan is ranked by the index that made its scope"
    return scope


def _ids(candidates: Candidates) -> list[str]:
    return candidates.passage_ids() if isinstance(candidates, SolrCandidates) else []


def _texts(candidates: Candidates) -> list[str]:
    return [passage_id.rpartition("-")[0] for passage_id in _ids(candidates)]
