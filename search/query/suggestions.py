"""Suggests another query: misspelt words corrected, or words left out that stand nowhere.

And other newspapers in place of those that the archive lacks.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches

from search.index import Index, Matches
from search.language.analysis import content_words
from search.lexicon.newspapers import source_key
from search.plan import Alternative, QueryPlan
from search.query.planning import plan_query
from search.query.spelling import choose_written
from search.records import Filters, Query, UnknownSource

_TEXTS_READ = 10  # to learn how a corrected word is written
_MOST_UNKNOWN, _MOST_NEIGHBOURS = 3, 5  # newspapers


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A query in place of the one that was typed, and how many documents match it."""

    text: str
    total: int


def suggest(query: Query, plan: QueryPlan, matches: Matches, index: Index) -> Suggestion | None:
    """Return the query with its misspelt words corrected, or without words that match nothing.

    Words are left out only where nothing matches the query as it is.
    """
    corrected = _correct(query.text, plan, index)
    if corrected is not None:
        return Suggestion(corrected, _count(corrected, query, index))
    if matches.total or len(plan.counted) < 2:
        return None
    shortened = _shorten(query.text, plan, index)
    if shortened is None or not (total := _count(shortened, query, index)):
        return None
    return Suggestion(shortened, total)


def find_unknown_sources(filters: Filters, index: Index) -> tuple[UnknownSource, ...]:
    """Return the newspapers that the archive lacks, each with the names that are most like it."""
    names = index.source_names
    unknown = [name for name in filters.sources or () if name not in names]
    if not unknown:
        return ()
    name_by_key = {source_key(name): name for name in names}
    return tuple(
        UnknownSource(name, _similar_names(name, name_by_key)) for name in unknown[:_MOST_UNKNOWN]
    )


def _similar_names(name: str, name_by_key: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names that share a word with a name, then those of similar spelling."""
    key = source_key(name)
    words = set(key.split())
    sharing = [other for other in name_by_key if not words.isdisjoint(other.split())]
    close = get_close_matches(key, name_by_key, _MOST_NEIGHBOURS)
    return tuple(name_by_key[other] for other in dict.fromkeys([*close, *sharing]))[
        :_MOST_NEIGHBOURS
    ]


def _count(text: str, query: Query, index: Index) -> int:
    return index.match(plan_query(replace(query, text=text), index, None)).total


def _shorten(text: str, plan: QueryPlan, index: Index) -> str | None:
    """Return the text without the words that no document within its scope holds."""
    lacking = {
        word[0].terms[0]
        for word in plan.counted
        if not word or not index.match(replace(plan, counted=(word,))).total
    }
    words = content_words(text)
    kept = text
    for word in reversed(words):
        if word.term in lacking:
            kept = kept[: word.start] + kept[word.end :]
    kept = " ".join(kept.split())
    return kept if lacking and kept and kept != text and content_words(kept) else None


def _correct(text: str, plan: QueryPlan, index: Index) -> str | None:
    """Return the query with the words that no document holds corrected, if any can be.

    Documents that hold the corrected term show how it is written.
    """
    corrected = text
    for typed, term in plan.corrections:
        of_term = QueryPlan(term, ((Alternative((term,)),),), index.scope(Filters()))
        candidates = index.rank_by_words(of_term, _TEXTS_READ).candidates
        documents = index.documents(candidates.doc_ids()).values()
        texts = [f"{document.title}\n{document.body}" for document in documents]
        if written := choose_written(term, typed, texts):
            corrected = corrected.replace(typed, written, 1)
    return None if corrected == text else corrected
