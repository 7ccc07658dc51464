"""Suggest another query, with misspelt words corrected or without words that stand nowhere."""

from dataclasses import dataclass, replace

from search.index import Index, Matches
from search.language.analysis import content_words
from search.plan import Alternative, QueryPlan
from search.query.planning import plan_query
from search.query.spelling import choose_written, replace_word
from search.records import Filters, Query

_TEXTS_READ = 10  # to learn how a corrected word is written


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A query to replace the typed query, and the number of documents that match it."""

    text: str
    total: int


def suggest(query: Query, plan: QueryPlan, matches: Matches, index: Index) -> Suggestion | None:
    """Return the query with its misspelt words corrected, or without words that match nothing.

    Words are left out only where nothing matches the query as it is. A query that no document
    matches either is not suggested.
    """
    corrected = _correct(query.text, plan, index)
    if corrected is not None:
        query = replace(query, text=corrected)
        plan = plan_query(query, index, None)
        if total := index.count_matches(plan):
            return Suggestion(corrected, total)
    if matches.total or len(plan.matching_words) < 2:
        return None
    shortened = _shorten(query.text, plan, index)
    if shortened is None or not (total := _count(shortened, query, index)):
        return None
    return Suggestion(shortened, total)


def _count(text: str, query: Query, index: Index) -> int:
    return index.count_matches(plan_query(replace(query, text=text), index, None))


def _shorten(text: str, plan: QueryPlan, index: Index) -> str | None:
    """Return the content words that documents in scope hold, or None if they hold all or none.

    A query with operators is left as it is.
    """
    if plan.text != " ".join(text.split()):
        return None
    known = {
        word[0].terms[0]
        for word in plan.matching_words
        if word and index.count_matches(replace(plan, matching_words=(word,)))
    }
    kept = [text[word.start : word.end] for word in content_words(text) if word.term in known]
    return " ".join(kept) if kept and len(known) < len(plan.matching_words) else None


def _correct(text: str, plan: QueryPlan, index: Index) -> str | None:
    """Return the query with the words that no document holds corrected; None if none can be.

    Documents that hold the corrected term show how it is written.
    """
    corrected = text
    for typed, term in plan.corrections:
        of_term = QueryPlan(term, ((Alternative((term,)),),), index.scope(Filters()))
        candidates = index.rank_by_words(of_term, _TEXTS_READ).candidates
        documents = index.documents(candidates.doc_ids()).values()
        texts = [f"{document.title}\n{document.body}" for document in documents]
        if written := choose_written(term, typed, texts):
            corrected = replace_word(corrected, typed, written)
    return None if corrected == text else corrected
