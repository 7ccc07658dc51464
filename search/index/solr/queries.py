"""Builds Lucene queries as trees of XML, which Solr's `xmlparser` reads without analysing a term.

No text of a query or of a filter is ever part of query syntax: it is the content of an element, or
the value of an attribute, and lxml escapes it.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from enum import StrEnum
from itertools import chain
from typing import Any

from lxml import etree

from search.language.analysis import STEM_MARK, is_stem
from search.language.names import spellings_of
from search.plan import (
    AllOf,
    Alternative,
    AnyOf,
    AtLeast,
    Contains,
    Demand,
    Field,
    NoneOf,
    Phrase,
    QueryPlan,
    has_own_stem,
    leaves_of,
)
from search.records import Filters

Tree = Any  # Any: lxml has no types
FieldsOf = Callable[[Field, bool], Sequence[str]]

# As in the local index, whose scores these queries reproduce.
TITLE_BOOST = 1.5  # of a title word over a text word
SHARE_OF_STEM = 0.7  # in the score of a word that occurs as it was typed
MAX_WORDS = 64
DOCUMENT_TITLE_BOOST = 0.5  # the text of a document begins with its title

TERM_FIELDS, STEM_FIELDS = ("title", "text"), ("title_stems", "text_stems")
_DOCUMENT_FIELDS = {
    Field.ANYWHERE: "text",
    Field.TITLE: "title",
    Field.LEAD: "lead",
    Field.AUTHOR: "author",
}
MAX_CLAUSES = 900  # of one query: Solr refuses 1,024, in all levels of a tree together
_LAST_CHARACTER = "\U0010ffff"  # behind every term that begins with the text before it


class Part(StrEnum):
    """The parts of filters, each a filter of its own that Solr caches and a facet may ignore."""

    SOURCE = "source"
    KIND = "kind"
    LANGUAGE = "language"
    DAY = "day"


def written(tree: Tree) -> str:
    """Return a tree as XML."""
    text: str = etree.tostring(tree, encoding="unicode")
    return text


def passages_with_words(plan: QueryPlan) -> Tree:
    """Build the query that scores passages by the words of a plan, as the local index does."""
    words = [list(word) for word in plan.words[:MAX_WORDS]]
    if not words:
        return constant(everything())
    while (most := max(map(len, words))) > 2 and sum(map(_clauses_of, words)) > MAX_CLAUSES:
        words = [word[: most - 1] for word in words]
    return any_of(map(_word, words))


def passages_with_leaves(plan: QueryPlan) -> Tree | None:
    """Build the query for passages that hold a literal of the demands; None without literals."""
    leaves = list(chain.from_iterable(map(leaves_of, plan.scope.demands)))
    return any_of(demand_query(leaf, _passage_fields) for leaf in leaves) if leaves else None


def matching_documents(plan: QueryPlan, *, is_scored: bool = False) -> Tree:
    """Build the query for the documents that match a plan, apart from its filters."""
    if plan.matches_nothing:
        return nothing()
    words = [_document_word(word, is_scored=is_scored) for word in plan.matching_words]
    parts = [(_Occur.MUST, constant(documents_with(demand))) for demand in plan.scope.demands]
    if words:
        parts.append((_Occur.MUST, any_of(words, least=plan.least)))
    return _boolean(parts) if parts else constant(everything())


def documents_with(demand: Demand) -> Tree:
    """Build the query for the documents that satisfy a demand."""
    return demand_query(demand, _document_fields)


def demand_query(demand: Demand, fields_of: FieldsOf) -> Tree:
    match demand:
        case Contains():
            return _literal(demand, fields_of)
        case AllOf(parts):
            return all_of(demand_query(part, fields_of) for part in parts)
        case AnyOf(parts):
            return any_of(demand_query(part, fields_of) for part in parts)
        case AtLeast(least, parts):
            return any_of((demand_query(part, fields_of) for part in parts), least=least)
        case NoneOf(parts):
            return none_of(demand_query(part, fields_of) for part in parts)


def filter_parts(filters: Filters) -> dict[Part, Tree]:
    """Build a query for each restriction of the filters."""
    parts: dict[Part, Tree] = {}
    for part, values in (
        (Part.SOURCE, filters.sources),
        (Part.KIND, filters.kinds),
        (Part.LANGUAGE, filters.languages),
    ):
        if values is not None:
            parts[part] = any_of(_term(part, str(value)) for value in values)
    if filters.excluded_sources is not None:
        others = none_of(_term(Part.SOURCE, source) for source in filters.excluded_sources)
        named = parts.get(Part.SOURCE)
        parts[Part.SOURCE] = others if named is None else all_of([named, others])
    days = []
    if filters.since is not None or filters.until is not None:
        days.append(_days(filters.since, filters.until))
    if filters.undated:
        days.append(none_of([_days(None, None)]))
    if days:
        parts[Part.DAY] = all_of(days)
    return parts


def everything() -> Tree:
    return etree.Element("MatchAllDocsQuery")


def nothing() -> Tree:
    return etree.Element("BooleanQuery")  # without clauses


def constant(tree: Tree) -> Tree:
    """Return a query that matches the same, and adds nothing to a score."""
    wrapped = etree.Element("ConstantScoreQuery", boost="0")
    wrapped.append(tree)
    return wrapped


def all_of(trees: Iterable[Tree]) -> Tree:
    parts = list(trees)
    return parts[0] if len(parts) == 1 else _boolean([(_Occur.MUST, tree) for tree in parts])


def any_of(trees: Iterable[Tree], *, least: int = 1) -> Tree:
    parts = list(trees)
    if least == 1 and len(parts) == 1:
        return parts[0]
    boolean = _boolean([(_Occur.SHOULD, tree) for tree in parts])
    boolean.set("minimumNumberShouldMatch", str(least))
    return boolean if least <= len(parts) else nothing()


def none_of(trees: Iterable[Tree]) -> Tree:
    excluded = [(_Occur.MUST_NOT, tree) for tree in trees]
    return _boolean([(_Occur.MUST, everything()), *excluded])


class _Occur(StrEnum):
    MUST = "must"
    SHOULD = "should"
    MUST_NOT = "mustNot"


def _boolean(clauses: Iterable[tuple[_Occur, Tree]]) -> Tree:
    boolean = etree.Element("BooleanQuery")
    for occur, tree in clauses:
        etree.SubElement(boolean, "Clause", occurs=occur.value).append(tree)
    return boolean


def _word(alternatives: Sequence[Alternative]) -> Tree:
    """Score by the best alternative; the score of an own stem is added to that of its term."""
    first = alternatives[0]
    if has_own_stem(alternatives):
        own = [*_in_any_field(first.terms, 1 - SHARE_OF_STEM)]
        own += _in_any_field(alternatives[1].terms, SHARE_OF_STEM)
        others = alternatives[2:]
    else:
        own, others = _in_any_field(first.terms, first.weight), alternatives[1:]
    if not others:
        return any_of(own)
    best = etree.Element("DisjunctionMaxQuery", tieBreaker="0")
    best.append(any_of(own))
    for other in others:
        spelled = chain.from_iterable(
            _in_any_field(spelling, other.weight) for spelling in _spellings(other.terms)
        )
        best.append(any_of(spelled))
    return best


def _clauses_of(alternatives: Sequence[Alternative]) -> int:
    """Return the number of terms in the query of a word."""
    return 2 * sum(sum(map(len, _spellings(alternative.terms))) for alternative in alternatives)


def _spellings(terms: Phrase) -> Sequence[Phrase]:
    """Return terms in a row, with names among them joined or apart."""
    return spellings_of(terms) if len(terms) > 1 else (terms,)


def _in_any_field(terms: Phrase, weight: float) -> list[Tree]:
    in_title, in_text = STEM_FIELDS if is_stem(terms[0]) else TERM_FIELDS
    return [
        _boosted(_in_row(in_title, terms), weight * TITLE_BOOST),
        _boosted(_in_row(in_text, terms), weight),
    ]


def _document_word(word: Sequence[Alternative], *, is_scored: bool) -> Tree:
    trees = []
    for alternative in word:
        if alternative.only_ranks:
            continue
        if is_stem(alternative.terms[0]):
            trees.append(_in_row("stems", alternative.terms))
            continue
        trees.append(_in_row("text", alternative.terms))
        if is_scored:
            trees.append(_boosted(_in_row("title", alternative.terms), DOCUMENT_TITLE_BOOST))
    return any_of(trees) if trees else nothing()


def _literal(literal: Contains, fields_of: FieldsOf) -> Tree:
    trees = []
    for spelling in literal.spellings:
        for name in fields_of(literal.field, is_stem(spelling[0])):
            if literal.is_prefix:
                trees.append(_prefix(name, _plain(spelling[0])))
            else:
                trees.append(_in_row(name, spelling, distance=literal.distance))
    return any_of(trees) if trees else nothing()


def _in_row(name: str, terms: Phrase, *, distance: int = 0) -> Tree:
    """Build the query for a term, or for terms in a row, with `distance` other terms among them."""
    if len(terms) == 1:
        return _term(name, _plain(terms[0]))
    # Terms with others among them may come in any order.
    near = etree.Element("SpanNear", slop=str(distance), inOrder=str(not distance).lower())
    for term in terms:
        etree.SubElement(near, "SpanTerm", fieldName=name).text = _plain(term)
    return near


def _term(name: str, text: str) -> Tree:
    term = etree.Element("TermQuery", fieldName=name)
    try:
        term.text = text
    except ValueError:  # a control character, which no stored text has
        return nothing()
    return term if text.strip() else nothing()


def _prefix(name: str, beginning: str) -> Tree:
    return etree.Element(
        "RangeQuery",
        fieldName=name,
        lowerTerm=beginning,
        upperTerm=beginning + _LAST_CHARACTER,
        includeLower="true",
        includeUpper="true",
    )


def _days(since: date | None, until: date | None) -> Tree:
    """Build the query for documents of these days; for dated documents without any."""
    bounds = {"lowerTerm": since, "upperTerm": until}
    written_bounds = {name: str(day.toordinal()) for name, day in bounds.items() if day}
    return etree.Element("PointRangeQuery", fieldName=Part.DAY, type="int", **written_bounds)


def _boosted(tree: Tree, boost: float) -> Tree:
    if boost == 1.0:
        return tree
    if tree.tag == "TermQuery":
        tree.set("boost", repr(boost))
        return tree
    wrapped = _boolean([(_Occur.SHOULD, tree)])  # a span has no boost of its own
    wrapped.set("boost", repr(boost))
    return wrapped


def _plain(term: str) -> str:
    return term.removesuffix(STEM_MARK)


def _document_fields(field: Field, is_by_stem: bool) -> Sequence[str]:
    if is_by_stem:  # the entries have no stems of a part of the text
        return ("stems",) if field is Field.ANYWHERE else ()
    return (_DOCUMENT_FIELDS[field],)


def _passage_fields(field: Field, is_by_stem: bool) -> Sequence[str]:
    fields = STEM_FIELDS if is_by_stem else TERM_FIELDS
    return fields[:1] if field is Field.TITLE else fields
