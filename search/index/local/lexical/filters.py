"""Builds tantivy queries from filters and demands; they never change BM25 scores."""

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import chain, permutations

import tantivy

from search.index.local.lexical.schemas import DAY, KIND, LANGUAGE, SOURCE
from search.language.analysis import STEM_MARK, is_stem
from search.plan import AllOf, AnyOf, AtLeast, Contains, Demand, Field, NoneOf, Phrase
from search.records import Filters

Clause = tuple[tantivy.Occur, tantivy.Query]
# Returns the fields of an index in which a demand is searched, for terms or for stems.
FieldsOf = Callable[[Field, bool], Sequence[str]]

_MAX_ORDERED = 3  # up to this number, terms near one another are searched in every order


def demanded(query: tantivy.Query) -> Clause:
    """Build a clause that must match, and adds nothing to the BM25 score."""
    return tantivy.Occur.Must, tantivy.Query.const_score_query(query, 0.0)


def any_of(queries: Iterable[tantivy.Query]) -> tantivy.Query:
    alternatives = list(queries)
    if len(alternatives) == 1:
        return alternatives[0]
    return tantivy.Query.boolean_query([(tantivy.Occur.Should, query) for query in alternatives])


def at_least(least: int, words: list[tantivy.Query]) -> list[Clause]:
    """Build clauses that demand at least `least` of the words."""
    if least == len(words):
        return [(tantivy.Occur.Must, word) for word in words]
    if least == len(words) - 1:
        # All words but one: tantivy answers conjunctions in a third of the time.
        combinations = [
            tantivy.Query.boolean_query(
                [(tantivy.Occur.Must, word) for word in words[:place] + words[place + 1 :]]
            )
            for place in range(len(words))
        ]
        return [(tantivy.Occur.Must, any_of(combinations))]
    enough = tantivy.Query.boolean_query(
        [(tantivy.Occur.Should, word) for word in words], minimum_number_should_match=least
    )
    return [(tantivy.Occur.Must, enough)]


def demand_query(schema: tantivy.Schema, demand: Demand, fields_of: FieldsOf) -> tantivy.Query:
    """Build the query for the entries that satisfy a demand."""
    match demand:
        case Contains():
            return _literal_query(schema, demand, fields_of)
        case AllOf(parts):
            return tantivy.Query.boolean_query(
                [(tantivy.Occur.Must, demand_query(schema, part, fields_of)) for part in parts]
            )
        case AnyOf(parts):
            return any_of(demand_query(schema, part, fields_of) for part in parts)
        case AtLeast(least, parts):
            queries = [demand_query(schema, part, fields_of) for part in parts]
            return tantivy.Query.boolean_query(at_least(least, queries))
        case NoneOf(parts):
            # In tantivy, a query with only MustNot clauses matches nothing.
            return tantivy.Query.boolean_query(
                [(tantivy.Occur.Must, tantivy.Query.all_query())]
                + [(tantivy.Occur.MustNot, demand_query(schema, part, fields_of)) for part in parts]
            )


def in_field(
    schema: tantivy.Schema, name: str, terms_in_row: Phrase, *, distance: int = 0
) -> tantivy.Query:
    """Build the query for a term, or for several terms in a row, in one field."""
    if len(terms_in_row) > 1:
        return tantivy.Query.phrase_query(schema, name, list(terms_in_row), slop=distance)
    return tantivy.Query.term_query(schema, name, terms_in_row[0], index_option="freq")


def filter_clauses(schema: tantivy.Schema, filters: Filters) -> list[Clause]:
    clauses: list[Clause] = []
    for name, values in (
        (SOURCE, filters.sources),
        (KIND, filters.kinds),
        (LANGUAGE, filters.languages),
    ):
        if values is not None:
            terms = tantivy.Query.term_set_query(schema, name, [str(value) for value in values])
            clauses.append(demanded(terms))
    if filters.excluded_sources is not None:
        excluded = tantivy.Query.term_set_query(schema, SOURCE, list(filters.excluded_sources))
        clauses.append((tantivy.Occur.MustNot, excluded))
    if filters.since is not None or filters.until is not None:
        days = tantivy.Query.range_query(
            schema,
            DAY,
            tantivy.FieldType.Integer,
            lower_bound=filters.since.toordinal() if filters.since else None,
            upper_bound=filters.until.toordinal() if filters.until else None,
        )
        clauses.append(demanded(days))
    if filters.undated:
        clauses.append((tantivy.Occur.MustNot, tantivy.Query.exists_query(DAY)))
    return clauses


def _literal_query(schema: tantivy.Schema, literal: Contains, fields_of: FieldsOf) -> tantivy.Query:
    spellings: Iterable[Phrase] = literal.spellings
    if literal.distance:
        spellings = chain.from_iterable(map(_orders, spellings))
    queries = []
    for spelling in spellings:
        plain = tuple(term.removesuffix(STEM_MARK) for term in spelling)
        for name in fields_of(literal.field, is_stem(spelling[0])):
            if literal.is_prefix:
                pattern = f"{re.escape(plain[0])}.*"
                queries.append(tantivy.Query.regex_query(schema, name, pattern))
            else:
                queries.append(in_field(schema, name, plain, distance=literal.distance))
    return any_of(queries) if queries else tantivy.Query.empty_query()


def _orders(terms_in_row: Phrase) -> Iterable[Phrase]:
    if len(terms_in_row) > _MAX_ORDERED:
        return (terms_in_row, terms_in_row[::-1])
    return permutations(terms_in_row)
