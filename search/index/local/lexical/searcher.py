"""Ranks the passages of an archive by BM25 over the terms and stems of titles and texts.

tantivy computes BM25 as Lucene does, with its constants k1 = 1.2 and b = 0.75. The scores are
summed over the fields of terms and stems.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from math import log
from pathlib import Path
from typing import Self

import numpy as np
import tantivy

from search.index.candidates import Scores
from search.index.local.columns import PassageIds
from search.index.local.lexical.queries import MAX_WORDS, build_query
from search.index.local.lexical.schemas import STEM_FIELDS, TERM_FIELDS, passage_schema
from search.index.local.lexical.tantivy_folder import (
    UNREADABLE,
    converting_tantivy_errors,
    open_folder,
)
from search.language.analysis import STEM_MARK, is_stem
from search.plan import Alternative, QueryPlan, has_own_stem
from search.records import Filters

MAX_CACHED_TERMS = 20_000  # terms whose frequencies a searcher caches, in some 4 MB


@dataclass(frozen=True, slots=True)
class LexicalRanking:
    """The best passages, best first.

    `strength` is the best score divided by the score of a short text that holds every term of the
    query; it may be a little above 1. If `is_exact`, no other passage matches.
    """

    ids: PassageIds
    scores: Scores
    strength: float
    is_exact: bool


class LexicalSearcher:
    """One state of the index, as of its opening; safe to search from many threads."""

    def __init__(self, index: tantivy.Index) -> None:
        self._schema = index.schema
        with converting_tantivy_errors(UNREADABLE):
            self._searcher = index.searcher()
        # An expansion reads the frequency of a term several times, and queries share common terms.
        self._frequencies = lru_cache(MAX_CACHED_TERMS)(partial(_count, self._searcher))

    @classmethod
    def open(cls, folder: Path) -> Self:
        return cls(open_folder(folder, passage_schema(), create=False))

    @property
    def passages(self) -> int:
        return int(self._searcher.num_docs)

    def frequency(self, term: str) -> int:
        """Return the number of passages with the term in the text, or else in the title."""
        in_title, in_text = self._frequencies(term)
        return in_text or in_title

    def terms_with_prefix(self, prefix: str, *, stems: bool = False) -> list[tuple[str, int]]:
        """Return the terms that begin with `prefix`, or the stems, each with its frequency."""
        in_title, in_text = STEM_FIELDS if stems else TERM_FIELDS
        with converting_tantivy_errors(UNREADABLE):
            frequencies = dict(self._searcher.terms_with_prefix(in_title, prefix))
            frequencies.update(self._searcher.terms_with_prefix(in_text, prefix))
        if stems:
            return [(f"{term}{STEM_MARK}", frequency) for term, frequency in frequencies.items()]
        return list(frequencies.items())

    def search(self, plan: QueryPlan, filters: Filters, depth: int) -> LexicalRanking:
        """Rank the passages that hold any of the plan's words and pass the filters.

        A passage that holds none of the demanded literals is left out.
        """
        if not plan.words and not plan.lists_all:
            return LexicalRanking(
                PassageIds(np.empty(0, np.int64)), np.empty(0), 0.0, is_exact=True
            )
        query = build_query(self._schema, plan, filters)
        # One hit beyond `depth` shows that there are more; a count of all takes far longer.
        with converting_tantivy_errors(UNREADABLE):
            hits = self._searcher.search(query, limit=depth + 1, count=False).hits
        is_exact = len(hits) <= depth
        del hits[depth:]
        ids = self._ids([address for _, address in hits])
        scores = np.fromiter((score for score, _ in hits), np.float64, len(hits))
        strength = self._strength(float(scores.max(initial=0.0)), plan.words[:MAX_WORDS])
        return LexicalRanking(ids, scores, strength, is_exact)

    def _strength(self, best: float, words: Sequence[Sequence[Alternative]]) -> float:
        if not best:
            return 0.0
        # A term's BM25 is below its idf * (k1 + 1), in a field that it fills. The least idf of the
        # alternatives is the scale, so a match by an alternative alone is lowered by its weight.
        return best / (2.2 * sum(map(self._least_idf, words)))

    def _least_idf(self, word: Sequence[Alternative]) -> float:
        idfs = [max(map(self._idf, alternative.terms)) for alternative in word]
        if has_own_stem(word):
            # Other forms of a word answer a query as well as the form that was typed.
            idfs[:2] = [idfs[1]]
        return min(idfs)

    def _idf(self, term: str) -> float:
        frequency = max(self._frequencies(term))
        return log(1 + (self._searcher.num_docs - frequency + 0.5) / (frequency + 0.5))

    def passage_ids(self) -> set[int]:
        """Return the id of every passage in the index, for a check of the archive."""
        with converting_tantivy_errors(UNREADABLE):
            result = self._searcher.search(
                tantivy.Query.all_query(), limit=max(1, self._searcher.num_docs)
            )
        return set(self._ids([address for _, address in result.hits]).tolist())

    def _ids(self, addresses: list[tantivy.DocAddress]) -> PassageIds:
        if not addresses:
            return PassageIds(np.empty(0, dtype=np.int64))
        with converting_tantivy_errors(UNREADABLE):
            ids = self._searcher.fast_field_values("passage_id", addresses)
        return PassageIds(np.array(ids, dtype=np.int64))


def _count(searcher: tantivy.Searcher, term: str) -> tuple[int, int]:
    """Return the number of passages with the term in their title, and in their text."""
    in_title, in_text = STEM_FIELDS if is_stem(term) else TERM_FIELDS
    term = term.removesuffix(STEM_MARK)
    with converting_tantivy_errors(UNREADABLE):
        return searcher.doc_freq(in_title, term), searcher.doc_freq(in_text, term)
