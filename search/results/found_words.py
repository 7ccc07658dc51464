"""List which words of a query a text holds, and in which form. All functions are pure."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from search.language.analysis import is_stem
from search.plan import Alternative, QueryPlan
from search.records import FoundWord, WordLink


class _Source(NamedTuple):
    """The word of the query that a target stands for, and how the target is related to it."""

    term: str
    link: WordLink


Sources = Mapping[str, _Source]


def list_sources(plan: QueryPlan) -> Sources:
    """Return the word of the query for each term, stem or name that a text is searched for."""
    sources: dict[str, _Source] = {}
    for word in plan.words:
        term = " ".join(word[0].terms)
        for alternative in word:
            target = " ".join(alternative.terms)
            sources.setdefault(target, _Source(term, _link(term, alternative)))
    for word in plan.words:  # the word itself goes before a meaning of another word
        term = " ".join(word[0].terms)
        sources[term] = _Source(term, WordLink.WRITTEN)
    return sources


def find_query_words(words: Iterable[tuple[str, str]], sources: Sources) -> tuple[FoundWord, ...]:
    """Return the words of the query that a text holds, in the query's order, in the closest form.

    `words` are the targets that the text holds, each as it is written there.
    """
    closest: dict[str, FoundWord] = {}
    for target, written in words:
        source = sources.get(target)
        if source is None:
            continue
        present = closest.get(source.term)
        if present is None or _CLOSENESS[source.link] < _CLOSENESS[present.link]:
            closest[source.term] = FoundWord(source.term, written, source.link)
    terms = dict.fromkeys(source.term for source in sources.values())
    return tuple(closest[term] for term in terms if term in closest)


_CLOSENESS = {link: place for place, link in enumerate(WordLink)}


def _link(term: str, alternative: Alternative) -> WordLink:
    is_other_script = term.isascii() is not alternative.terms[0].isascii()
    if is_other_script:
        return WordLink.TRANSLATION
    if alternative.is_related:
        return WordLink.SYNONYM
    if alternative.is_own_stem or is_stem(alternative.terms[0]):
        return WordLink.FORM
    return WordLink.SYNONYM
