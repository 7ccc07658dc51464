"""Suggest other queries: with misspelt words corrected, or with fewer words.

A query of letters without sense is not corrected: some word is one slip away from many of them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from search.index import Index, Matches, TermStatistics
from search.language.analysis import Word, content_words, is_stop_word
from search.language.keyboard import is_mash
from search.plan import Alternative, QueryPlan
from search.query.planning import plan_query
from search.query.spelling import (
    SHORTEST_WORD,
    choose_written,
    find_corrections,
    replace_word,
)
from search.records import Filters, Query

_TEXTS_READ = 10  # to learn how a corrected word is written
_MAX_OFFERED = 3  # neighbours in spelling, and shorter queries
_MAX_WORDS = 8  # of a query that is shortened word by word: each attempt counts matches
_ALL_DEMANDED = 3  # words up to which a match holds all of them


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A query to replace the typed query, and the number of documents that match it."""

    text: str
    total: int


@dataclass(frozen=True, slots=True)
class Offers:
    """Other queries for a query that no document matches, each with matches of its own."""

    neighbours: tuple[Suggestion, ...]  # with a word that is spelt alike
    shorter: tuple[Suggestion, ...]


def suggest(query: Query, plan: QueryPlan, matches: Matches, index: Index) -> Suggestion | None:
    """Return the query with its misspelt words corrected, or without words that match nothing.

    Words are left out only where nothing matches the query as it is. A query that no document
    matches either is not suggested.
    """
    typed = query.text
    if texts := _correct(typed, plan, index):
        suggestions = [Suggestion(text, _count(text, query, index)) for text in texts]
        best = max(suggestions, key=lambda suggestion: suggestion.total)
        if best.total:
            return best
        query = replace(query, text=texts[0])
        plan = plan_query(query, index, None)
    if matches.total or len(plan.matching_words) < 2:
        return None
    shortened = _shorten(query.text, typed, plan, index)
    if shortened is None or not (total := _count(shortened, query, index)):
        return None
    return Suggestion(shortened, total)


def offer_others(query: Query, plan: QueryPlan, index: Index) -> Offers:
    """Return other queries in place of a query that no document matches."""
    return Offers(
        tuple(_with_totals(_respell(query.text, index), query, index)),
        tuple(_with_totals(_leave_out(query.text, plan, index), query, index)),
    )


def _with_totals(texts: Iterable[str], query: Query, index: Index) -> Iterator[Suggestion]:
    """Yield the first texts that documents match, each with their number."""
    offered = 0
    for text in dict.fromkeys(texts):
        if offered < _MAX_OFFERED and (total := _count(text, query, index)):
            offered += 1
            yield Suggestion(text, total)


def _count(text: str, query: Query, index: Index) -> int:
    return index.count_matches(plan_query(replace(query, text=text), index, None))


def _respell(text: str, index: Index) -> Iterator[str]:
    """Yield the query with one of its unknown words spelt as another word of the archive."""
    for word in content_words(text):
        typed = text[word.start : word.end]
        is_short = len(typed) < SHORTEST_WORD - 1
        if is_short or _is_held(word, index.terms) or is_mash(typed):
            continue
        for term in find_corrections(typed, index.terms):
            written = _find_written(term, typed, index)
            if written is not None and not is_stop_word(written):
                yield replace_word(text, typed, written)


def _leave_out(text: str, plan: QueryPlan, index: Index) -> Iterator[str]:
    """Yield shorter queries: without one word, the rarest first, then without more and more words.

    A query with operators is not shortened, nor one without a word that stands in the archive.
    """
    every = [word for word in content_words(text) if not is_mash(text[word.start : word.end])]
    if not _is_plain(text, plan) or not 1 < len(content_words(text)) <= _MAX_WORDS:
        return
    held = [word for word in every if _is_held(word, index.terms)]
    by_rarity = sorted(every, key=lambda word: _frequency(word, index.terms))
    drops = [[word] for word in by_rarity] if len(every) <= _ALL_DEMANDED else []
    drops += [by_rarity[:count] for count in range(len(every))]
    for dropped in drops:
        kept = [word for word in every if word not in dropped]
        if len(kept) < len(content_words(text)) and any(word in held for word in kept):
            yield _write(text, kept)


def _is_plain(text: str, plan: QueryPlan) -> bool:
    """Return whether a query has no operators."""
    return plan.text == " ".join(text.split())


def _write(text: str, kept: Iterable[Word]) -> str:
    return " ".join(text[word.start : word.end] for word in kept)


def _frequency(word: Word, vocabulary: TermStatistics) -> int:
    return max(vocabulary.frequency(word.term), vocabulary.frequency(word.stem) if word.stem else 0)


def _is_held(word: Word, vocabulary: TermStatistics) -> bool:
    """Return whether a document holds a word as it is typed, or another form of it."""
    return _frequency(word, vocabulary) > 0


def _shorten(text: str, typed: str, plan: QueryPlan, index: Index) -> str | None:
    """Return the content words that documents in scope hold, or None if they hold all or none.

    A query with operators is left as it is. So is one that would lose more than half of its words,
    or half of them if the other half is only guessed, or the `typed` query has letters without
    sense: what is left is hardly the query.
    """
    if not _is_plain(text, plan):
        return None
    known = {
        word[0].terms[0]
        for word in plan.matching_words
        if word and index.count_matches(replace(plan, matching_words=(word,)))
    }
    every = content_words(text)
    kept = [word for word in every if word.term in known]
    if not kept or len(known) == len(plan.matching_words) or 2 * len(kept) < len(every):
        return None
    is_half = 2 * len(kept) == len(every)
    if is_half and not any(_is_held(word, index.terms) for word in kept):
        return None
    if is_half and any(map(is_mash, typed.split())):
        return None
    return _write(text, kept)


def _correct(text: str, plan: QueryPlan, index: Index) -> list[str]:
    """Return the query with all words that no document holds corrected, then with one of them.

    A word that no document holds alone may be known beside another: «الأمطار الغزيرة». There is
    nothing to return where most words are letters without sense.
    """
    if _is_mostly_mash(text):
        return []
    written_by_typed = {
        typed: written
        for typed, term in plan.corrections
        if not is_mash(typed) and (written := _find_written(term, typed, index))
    }
    corrected = text
    for typed, written in written_by_typed.items():
        corrected = replace_word(corrected, typed, written)
    single = [replace_word(text, typed, written) for typed, written in written_by_typed.items()]
    return [other for other in dict.fromkeys([corrected, *single]) if other != text]


def _is_mostly_mash(text: str) -> bool:
    typed = [text[word.start : word.end] for word in content_words(text)]
    return 2 * sum(map(is_mash, typed)) > len(typed)


def _find_written(term: str, typed: str, index: Index) -> str | None:
    """Return how documents write a term: the word that is most similar to the typed one."""
    of_term = QueryPlan(term, ((Alternative((term,)),),), index.scope(Filters()))
    candidates = index.rank_by_words(of_term, _TEXTS_READ).candidates
    documents = index.documents(candidates.doc_ids()).values()
    texts = [f"{document.title}\n{document.body}" for document in documents]
    return choose_written(term, typed, texts)
