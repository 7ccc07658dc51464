"""The terms of the passages of one state, with their frequencies, read once and kept in memory.

A query looks up hundreds of terms one after another, while it is planned; a request for each would
take longer than the search. Memory: some 100 bytes for each distinct term or stem.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from math import log

from search.index.solr.configset import Kind
from search.index.solr.queries import MAX_WORDS, STEM_FIELDS, TERM_FIELDS
from search.index.solr.store import SolrStore
from search.language.analysis import STEM_MARK, is_stem
from search.plan import Alternative, QueryPlan, has_own_stem

_K1_PLUS_1 = 2.2
_LAST_CHARACTER = "\U0010ffff"

Frequencies = Mapping[str, int]


def read_frequencies(store: SolrStore) -> dict[str, Frequencies]:
    """Return the number of passages with each term, for each field of passages."""
    fields = (*TERM_FIELDS, *STEM_FIELDS)
    with ThreadPoolExecutor(len(fields)) as threads:
        read = list(threads.map(lambda field: store.terms(Kind.PASSAGES, field), fields))
    return dict(zip(fields, read, strict=True))


class SolrVocabulary:
    """The terms of one state (a `search.index.TermStatistics`)."""

    def __init__(self, passages: int, frequencies: Mapping[str, Frequencies]) -> None:
        """Keep the number of passages, and the frequencies of the terms of each field."""
        self.passages = passages
        self._frequencies = frequencies

    @cached_property
    def _sorted(self) -> dict[bool, list[str]]:
        """The terms of titles and texts, and the stems, each in order."""
        frequencies = self._frequencies
        return {
            are_stems: sorted({*frequencies[in_title], *frequencies[in_text]})
            for are_stems, (in_title, in_text) in ((False, TERM_FIELDS), (True, STEM_FIELDS))
        }

    def frequency(self, term: str) -> int:
        in_title, in_text = self._in_fields(term)
        return in_text or in_title

    def terms_with_prefix(self, prefix: str, *, stems: bool = False) -> list[tuple[str, int]]:
        in_title, in_text = (
            self._frequencies[name] for name in (STEM_FIELDS if stems else TERM_FIELDS)
        )
        terms = self._sorted[stems]
        found = terms[bisect_left(terms, prefix) : bisect_left(terms, prefix + _LAST_CHARACTER)]
        mark = STEM_MARK if stems else ""
        return [(f"{term}{mark}", in_text.get(term) or in_title.get(term, 0)) for term in found]

    def strength(self, best: float, plan: QueryPlan) -> float:
        """Return a BM25 score relative to that of a short text with every word of a plan, 0 to 1.

        The least idf of the alternatives is the scale, so a match by an alternative alone is
        lowered by its weight.
        """
        ceiling = _K1_PLUS_1 * sum(map(self._least_idf, plan.words[:MAX_WORDS]))
        return min(1.0, best / ceiling) if best else 0.0

    def _least_idf(self, word: Sequence[Alternative]) -> float:
        idfs = [max(map(self._idf, alternative.terms)) for alternative in word]
        if has_own_stem(word):
            # Other forms of a word answer a query as well as the form that was typed.
            idfs[:2] = [idfs[1]]
        return min(idfs)

    def _idf(self, term: str) -> float:
        frequency = max(self._in_fields(term))
        return log(1 + (self.passages - frequency + 0.5) / (frequency + 0.5))

    def _in_fields(self, term: str) -> tuple[int, int]:
        """Return the number of passages with the term in their title, and in their text."""
        in_title, in_text = STEM_FIELDS if is_stem(term) else TERM_FIELDS
        plain = term.removesuffix(STEM_MARK)
        frequencies = self._frequencies
        return frequencies[in_title].get(plain, 0), frequencies[in_text].get(plain, 0)
