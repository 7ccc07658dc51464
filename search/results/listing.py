"""List the documents of one page.

By relevance, the ranked documents come first, then all other matching documents. By date, only
matching documents are listed. Copies of a text are folded: all of them among the ranked documents,
and among the other documents those on the same page.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from search.index import Index, Matches
from search.index.candidates import Candidates, Mask
from search.language.matching import find_words_of_each
from search.plan import QueryPlan
from search.ranking.collapsing import collapse_copies
from search.records import MatchingDocument, Query, Sort

# Listing documents from a position on costs as much as listing all documents before it, so the list
# is made in large blocks; the documents are read in smaller blocks, since they are long.
_LISTED_AT_ONCE = 10_000
_READ_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Listing:
    """The documents of one page in order, each with the passage that is shown.

    `is_match` is true for each document whose text matches. `near` is the number of ranked texts
    that do not match, and `listed` is the number of entries on all pages.
    """

    documents: Candidates
    is_match: Mask
    near: int
    listed: int


def list_page(
    ranked: Candidates, matches: Matches, query: Query, plan: QueryPlan, index: Index
) -> Listing:
    """Return the page of a query; `ranked` holds the best documents, one for each text."""
    start, stop = (query.page - 1) * query.k, query.page * query.k
    is_match, of_ranked = index.match_texts(plan, matches, ranked)
    near = int(np.count_nonzero(~is_match))
    if query.sort is not Sort.RELEVANCE:
        listed = index.list_matches(plan, query.sort, start, query.k)
        documents = collapse_copies(_still_stored(listed, index))
        documents = choose_passages(documents, plan, index)
        return Listing(documents, np.ones(len(documents), bool), near, matches.total)
    documents, shown = ranked.take(slice(start, stop)), is_match[start:stop]
    others = stop - max(start, len(ranked))
    if others > 0 and matches.total > of_ranked:
        rest = index.list_matches(
            plan, Sort.RELEVANCE, max(0, start - len(ranked)), others, without=ranked
        )
        rest = choose_passages(collapse_copies(_still_stored(rest, index)), plan, index)
        least = float(ranked.score[-1]) if len(ranked) else 0.0
        rest = rest.with_score(np.full(len(rest), least))
        shown = np.concatenate([shown, np.ones(len(rest), bool)])
        documents = documents.joined(rest)
    return Listing(documents, shown, near, len(ranked) + matches.total - of_ranked)


def list_all(query: Query, plan: QueryPlan, index: Index) -> Iterator[list[MatchingDocument]]:
    """Yield every document that matches, by date or by BM25 over whole documents, in blocks.

    Copies are not folded. Documents that were removed in the meantime are left out.
    """
    rank = 0
    while len(listed := index.list_matches(plan, query.sort, rank, _LISTED_AT_ONCE)):
        for start in range(0, len(listed), _READ_AT_ONCE):
            block = listed.take(slice(start, start + _READ_AT_ONCE))
            doc_ids = block.doc_ids()
            with index.read_session():
                documents = index.documents(doc_ids)
                copies = index.copies_of(doc_ids)
            ranked = enumerate(zip(doc_ids, block.score.tolist(), strict=True), rank + start + 1)
            yield [
                MatchingDocument(number, documents[doc_id], score, copies.get(doc_id, ()))
                for number, (doc_id, score) in ranked
                if doc_id in documents
            ]
        rank += len(listed)


def _still_stored(documents: Candidates, index: Index) -> Candidates:
    """Return the documents that are still stored, before copies are folded into a removed one."""
    stored = index.documents(documents.doc_ids())
    return documents.take(np.array([doc_id in stored for doc_id in documents.doc_ids()], bool))


def choose_passages(documents: Candidates, plan: QueryPlan, index: Index) -> Candidates:
    """Return each document by its first passage with the most words of the query."""
    terms = plan.terms
    chosen = []
    passages_by_id = index.passages_of_each(documents.doc_ids())
    for doc_id in documents.doc_ids():
        passages = passages_by_id.get(doc_id, Candidates.none())
        best = 0
        if len(passages) > 1 and terms:
            stored = [pair for pair in index.passages(passages) if pair is not None]
            texts = [document.text[passage.start : passage.end] for passage, document in stored]
            words_of_each = find_words_of_each(texts, frozenset(terms))
            counts = [len({word.term for word in words}) for words in words_of_each]
            best = int(np.argmax(counts)) if counts else 0
        chosen.append(passages.take(slice(best, best + 1)))
    shown = documents.take(slice(0, 0))
    for candidate in chosen:
        shown = shown.joined(candidate)
    return shown
